using System.Globalization;
using EventBus.Core.Idempotency;
using EventBus.Redis;
using EventBus.TestKit.Redis;
using EventBus.UnitTests.Idempotency;

namespace EventBus.IntegrationTests.Idempotency;

public sealed class RedisIdempotencyContractTests(RedisFixture redis) : IdempotencyWindowContract, IClassFixture<RedisFixture>, IAsyncLifetime
{
    private RedisInstance _instance = null!;

    protected override IIdempotencyWindow Window => _instance.Window;

    public async Task InitializeAsync()
    {
        Skip.If(RedisServer.UnavailableReason is not null, RedisServer.UnavailableReason);
        _instance = await RedisInstance.StartAsync(redis.Server.Url);
        await _instance.UntilSharedAsync();
    }

    public async Task DisposeAsync()
    {
        if (_instance is null)
            return;
        Assert.Equal(0, _instance.Window.Fallbacks);
        await _instance.DisposeAsync();
    }
}

/// <summary>Gateways that share a Redis which stays where it is.</summary>
public sealed class RedisIdempotencyTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly RequestFingerprint Body = new(1);
    private static readonly PublishedAnswer Answer = new(1, 42);

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Window_AnyProgramOfTwoInstances_BehavesAsModel(int seed)
    {
        await using var instances = await PairAsync();
        var random = new Random(seed);
        var owners = new Dictionary<int, (int Instance, RequestFingerprint Fingerprint)>();
        var done = new Dictionary<int, (RequestFingerprint Fingerprint, PublishedAnswer Answer)>();
        for (var step = 0; step < 2000; step++)
        {
            var (number, instance, fingerprint) = (random.Next(40), random.Next(2), new RequestFingerprint((UInt128)random.Next(1, 3)));
            var (key, window) = (new IdempotencyKey(new UInt128((ulong)seed, (ulong)number)), instances[instance]);
            switch (random.Next(4))
            {
                case < 2:
                    var expected = Expect(number, fingerprint);
                    Assert.Equal(expected, await window.BeginAsync(key, fingerprint, default));
                    if (expected.Outcome == IdempotencyOutcome.Started)
                        owners[number] = (instance, fingerprint);
                    break;
                case 2:
                    var answer = new PublishedAnswer(step, step);
                    await window.CompleteAsync(key, answer);
                    if (owners.TryGetValue(number, out var owner) && owner.Instance == instance && owners.Remove(number))
                        done[number] = (owner.Fingerprint, answer);
                    break;
                default:
                    await window.AbandonAsync(key);
                    if (owners.TryGetValue(number, out owner) && owner.Instance == instance)
                        owners.Remove(number);
                    break;
            }
        }

        IdempotencyClaim Expect(int number, RequestFingerprint fingerprint)
        {
            if (done.TryGetValue(number, out var kept))
                return kept.Fingerprint == fingerprint ? new(IdempotencyOutcome.Completed, kept.Answer) : new(IdempotencyOutcome.Mismatch, null);
            if (owners.TryGetValue(number, out var owner))
                return new(owner.Fingerprint == fingerprint ? IdempotencyOutcome.InFlight : IdempotencyOutcome.Mismatch, null);
            return new(IdempotencyOutcome.Started, null);
        }
    }

    [SkippableFact]
    public async Task Begin_TwoInstancesAtOnce_OneStarted()
    {
        await using var instances = await PairAsync();
        for (var i = 0; i < 500; i++)
        {
            var key = new IdempotencyKey(new UInt128(100, (ulong)i));
            var claims = await Task.WhenAll(instances[0].BeginAsync(key, Body, default).AsTask(), instances[1].BeginAsync(key, Body, default).AsTask());
            Assert.Single(claims, c => c.Outcome == IdempotencyOutcome.Started);
        }
    }

    [SkippableFact]
    public async Task Claim_OfAnInstanceThatDied_LapsesAndIsNotTakenAwayFromItsNextHolder()
    {
        await using var instances = await PairAsync(TimeSpan.FromSeconds(1));
        var key = new IdempotencyKey(new UInt128(101, 0));
        await instances[0].BeginAsync(key, Body, default);

        Assert.Equal(IdempotencyOutcome.InFlight, (await instances[1].BeginAsync(key, Body, default)).Outcome);
        await Task.Delay(TimeSpan.FromSeconds(1.5));
        Assert.Equal(IdempotencyOutcome.Started, (await instances[1].BeginAsync(key, Body, default)).Outcome);

        // The first was only slow: what it says now must not touch the second's claim.
        await instances[0].AbandonAsync(key);
        Assert.Equal(IdempotencyOutcome.InFlight, (await instances[0].BeginAsync(key, Body, default)).Outcome);
        await instances[1].CompleteAsync(key, Answer);
        Assert.Equal(Answer, (await instances[0].BeginAsync(key, Body, default)).Answer);
    }

    [SkippableFact]
    public async Task Keys_InRedis_ArePrefixedHashesThatExpire()
    {
        await using var instances = await PairAsync();
        var key = IdempotencyKey.Create(IdempotencyKind.Header, "shop"u8, "key-1"u8);
        const string name = "eventbus:idem:4d000b1fd4c906a4a83d23394f8d8969";

        await instances[0].BeginAsync(key, Body, default);
        Assert.InRange(await TimeToLiveAsync(name), 1, 30_000);
        await instances[0].CompleteAsync(key, Answer);
        Assert.InRange(await TimeToLiveAsync(name), 86_300_000, 86_400_000);
        Assert.Equal("29", await redis.Server.CommandAsync("STRLEN", name));
    }

    [SkippableFact]
    public async Task Complete_HugeAnswer_IsKeptAsDoneOnly()
    {
        await using var instances = await PairAsync();
        var key = new IdempotencyKey(new UInt128(102, 0));
        await instances[0].BeginAsync(key, Body, default);
        await instances[0].CompleteAsync(key, new BodyAnswer(200, new byte[4097]));

        Assert.Equal(new IdempotencyClaim(IdempotencyOutcome.Completed, null), await instances[1].BeginAsync(key, Body, default));
        Assert.Equal("17", await redis.Server.CommandAsync("STRLEN", RedisIdempotencyStore.Prefix + key.Value.ToString("x32")));
    }

    [SkippableTheory]
    [InlineData("")]
    [InlineData("rubbish")]
    [InlineData("rubbish that is longer than what stands at the head of each value")]
    public async Task Begin_ValueThatNobodyCanRead_StartedAndTheValueStays(string value)
    {
        await using var instances = await PairAsync();
        var key = new IdempotencyKey(new UInt128(103, (ulong)value.Length));
        var name = RedisIdempotencyStore.Prefix + key.Value.ToString("x32");
        await redis.Server.CommandAsync("SET", name, value);

        Assert.Equal(IdempotencyOutcome.Started, (await instances[0].BeginAsync(key, Body, default)).Outcome);
        await instances[0].CompleteAsync(key, Answer);
        Assert.Equal(Answer, (await instances[0].BeginAsync(key, Body, default)).Answer);
        Assert.Equal(value, await redis.Server.CommandAsync("GET", name));
    }

    private async Task<long> TimeToLiveAsync(string name) => long.Parse(await redis.Server.CommandAsync("PTTL", name), CultureInfo.InvariantCulture);

    private async Task<Pair> PairAsync(TimeSpan? claimLife = null)
    {
        Skip.If(RedisServer.UnavailableReason is not null, RedisServer.UnavailableReason);
        var pair = new Pair(await RedisInstance.StartAsync(redis.Server.Url, claimLife), await RedisInstance.StartAsync(redis.Server.Url, claimLife));
        await pair.First.UntilSharedAsync();
        await pair.Second.UntilSharedAsync();
        return pair;
    }

    private sealed record Pair(RedisInstance First, RedisInstance Second) : IAsyncDisposable
    {
        public SharedIdempotencyWindow this[int index] => index == 0 ? First.Window : Second.Window;

        public async ValueTask DisposeAsync()
        {
            await First.DisposeAsync();
            await Second.DisposeAsync();
        }
    }
}
