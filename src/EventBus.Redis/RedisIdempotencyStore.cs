using EventBus.Core.Idempotency;
using EventBus.Core.Resilience;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace EventBus.Redis;

/// <summary>
/// Claims and answers in Redis, one key each, <c>eventbus:idem:</c> and the hash of what the client sent. Each operation concerns one key, so
/// a cluster may spread them as it likes. Needs SET with NX and PX, GET, and EVAL.
/// </summary>
/// <remarks>
/// The first operation connects, and the client then connects again by itself for as long as it lives. Redis may lose what it was told last
/// when it fails over or restarts; then a key may be used again.
/// </remarks>
/// <param name="url"><c>EVENT_BUS_REDIS_URL</c>. Never logged.</param>
/// <param name="retention">How long answers are kept.</param>
/// <param name="claimLife">When a claim that nobody settles lapses: longer than any request takes.</param>
/// <param name="logger">Where connections and the circuit are logged.</param>
public sealed partial class RedisIdempotencyStore(Uri url, TimeSpan retention, TimeSpan claimLife, ILogger<RedisIdempotencyStore> logger)
    : ISharedIdempotencyStore, IAsyncDisposable
{
    /// <summary>Before each key.</summary>
    public const string Prefix = "eventbus:idem:";

    private const int RaceRetries = 3;

    // ARGV: the claim, the answer, milliseconds to keep it.
    private const string KeepScript =
        "local v = redis.call('GET', KEYS[1]) "
        + "if v == false or v == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end return 1";

    // ARGV: the claim.
    private const string ReleaseScript = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end return 1";

    private readonly Lock _connecting = new();
    private Task<IDatabase>? _database;

    /// <inheritdoc />
    public async ValueTask<IdempotencyClaim> ClaimAsync(SharedClaim claim)
    {
        var redis = await ConnectAsync();
        var key = KeyOf(claim);
        RedisValue value = SharedEntry.Write(claim);
        for (var tries = 0; tries < RaceRetries; tries++)
        {
            if (await redis.StringSetAsync(key, value, claimLife, When.NotExists))
                return Started;
            var found = await redis.StringGetAsync(key);
            if (found.IsNull)
                continue; // It lapsed or was freed in between.
            // What nobody can read must not keep the event from being published; it stays as it is, and this instance decides.
            return SharedEntry.Read(((ReadOnlyMemory<byte>)found).Span, claim.Fingerprint) ?? Started;
        }

        return new IdempotencyClaim(IdempotencyOutcome.InFlight, null);
    }

    /// <inheritdoc />
    public async ValueTask KeepAsync(SharedClaim claim, IdempotentAnswer answer)
    {
        var redis = await ConnectAsync();
        await redis.ScriptEvaluateAsync(
            KeepScript, [KeyOf(claim)], [SharedEntry.Write(claim), SharedEntry.Write(claim, answer), (long)retention.TotalMilliseconds]);
    }

    /// <inheritdoc />
    public async ValueTask ReleaseAsync(SharedClaim claim)
    {
        var redis = await ConnectAsync();
        await redis.ScriptEvaluateAsync(ReleaseScript, [KeyOf(claim)], [SharedEntry.Write(claim)]);
    }

    /// <summary>Logs that Redis is away or back: for the circuit of the window over this store.</summary>
    public void Report(CircuitState circuit)
    {
        if (circuit.IsOpen)
            LogAway(circuit.Reason!);
        else
            LogBack();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_database is { IsCompletedSuccessfully: true } database)
            await database.Result.Multiplexer.CloseAsync(allowCommandsToComplete: false);
    }

    private static IdempotencyClaim Started => new(IdempotencyOutcome.Started, null);

    private static RedisKey KeyOf(SharedClaim claim) => Prefix + claim.Key.Value.ToString("x32");

    private Task<IDatabase> ConnectAsync()
    {
        var database = Volatile.Read(ref _database);
        if (database is { IsFaulted: false })
            return database;
        lock (_connecting)
        {
            if (_database is not { IsFaulted: false })
                _database = OpenAsync();
            return _database;
        }
    }

    private async Task<IDatabase> OpenAsync()
    {
        var options = RedisConnection.Read(url, TimeSpan.FromSeconds(2));
        var redis = await ConnectionMultiplexer.ConnectAsync(options);
        return redis.GetDatabase();
    }
}
