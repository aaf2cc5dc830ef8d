using EventBus.Core.Idempotency;
using EventBus.TestKit.Redis;

namespace EventBus.IntegrationTests.Idempotency;

/// <summary>A Redis that dies, hangs, is full or asks for a password: no claim fails, and all is shared again afterwards.</summary>
public sealed class RedisFaultTests
{
    private static readonly RequestFingerprint Body = new(1);
    private static readonly PublishedAnswer Answer = new(1, 42);

    public RedisFaultTests() => Skip.If(RedisServer.UnavailableReason is not null, RedisServer.UnavailableReason);

    [SkippableFact]
    public async Task Redis_KilledAndRestarted_LearnsWhatItMissed()
    {
        await using var server = await RedisServer.StartAsync();
        await using var here = await RedisInstance.StartAsync(server.Url);
        await here.UntilSharedAsync();
        await CarryOutAsync(here, 1);
        await server.KillAsync();
        await CarryOutAsync(here, 2);
        Assert.True(here.Window.Circuit.IsOpen);
        await server.RestartAsync();
        await here.UntilSharedAsync();

        await using var there = await RedisInstance.StartAsync(server.Url);
        await there.UntilSharedAsync();
        Assert.Equal(Answer, (await there.Window.BeginAsync(new IdempotencyKey(2), Body, default)).Answer);
        // It forgot the first; the instance that carried it out did not.
        Assert.Equal(Answer, (await here.Window.BeginAsync(new IdempotencyKey(1), Body, default)).Answer);
    }

    [SkippableFact]
    public async Task Redis_FrozenAndThawed_LearnsWhatItMissed()
    {
        await using var server = await RedisServer.StartAsync();
        await using var here = await RedisInstance.StartAsync(server.Url);
        await using var there = await RedisInstance.StartAsync(server.Url);
        await here.UntilSharedAsync();
        await here.Window.BeginAsync(new IdempotencyKey(1), Body, default);
        server.Freeze();
        await here.Window.CompleteAsync(new IdempotencyKey(1), Answer);
        await CarryOutAsync(here, 2);
        await RedisInstance.UntilAsync(() => there.Window.Circuit.IsOpen);
        server.Thaw();
        await here.UntilSharedAsync();
        await there.UntilSharedAsync();

        for (var key = 1; key <= 2; key++)
            Assert.Equal(Answer, (await there.Window.BeginAsync(new IdempotencyKey((UInt128)key), Body, default)).Answer);
    }

    [SkippableFact]
    public async Task Redis_ScriptsFlushed_AreSentAgain()
    {
        await using var server = await RedisServer.StartAsync();
        await using var here = await RedisInstance.StartAsync(server.Url);
        await here.UntilSharedAsync();
        await CarryOutAsync(here, 1);
        await server.CommandAsync("SCRIPT", "FLUSH");
        await CarryOutAsync(here, 2);

        Assert.Equal((0, 0), (here.Window.Fallbacks, here.Window.Backlog));
    }

    [SkippableFact]
    public async Task Redis_Full_IsAwayAndSaysWhy()
    {
        await using var server = await RedisServer.StartAsync("--maxmemory", "1", "--maxmemory-policy", "noeviction");
        await using var here = await RedisInstance.StartAsync(server.Url);

        await CarryOutAsync(here, 1);
        Assert.Contains("OOM", here.Window.Circuit.State.Reason, StringComparison.Ordinal);
        await server.CommandAsync("CONFIG", "SET", "maxmemory", "0");
        await here.UntilSharedAsync();
    }

    [SkippableFact]
    public async Task Redis_WithUserPasswordAndDatabase_IsUsed()
    {
        await using var server = await RedisServer.StartAsync("--user", "events", "on", ">p@ss:w0rd", "~eventbus:idem:*", "+@all");
        await using var here = await RedisInstance.StartAsync($"redis://events:p%40ss%3Aw0rd@127.0.0.1:{server.Port}/3");
        await here.UntilSharedAsync();
        await CarryOutAsync(here, 1);

        Assert.Equal(0, here.Window.Fallbacks);
        Assert.Equal("1", await server.CommandAsync("-n", "3", "DBSIZE"));
    }

    [SkippableFact]
    public async Task Redis_WrongPassword_IsAwayAndNeverShowsIt()
    {
        await using var server = await RedisServer.StartAsync("--requirepass", "right");
        await using var here = await RedisInstance.StartAsync($"redis://:hunter2@127.0.0.1:{server.Port}");

        await CarryOutAsync(here, 1);
        Assert.True(here.Window.Circuit.IsOpen);
        Assert.DoesNotContain("hunter2", here.Window.Circuit.State.Reason, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Redis_StartedLate_IsUsedFromThenOn()
    {
        await using var server = RedisServer.Prepare();
        await using var here = await RedisInstance.StartAsync(server.Url);
        await CarryOutAsync(here, 1);
        await server.RestartAsync();
        await here.UntilSharedAsync();

        await using var there = await RedisInstance.StartAsync(server.Url);
        await there.UntilSharedAsync();
        Assert.Equal(Answer, (await there.Window.BeginAsync(new IdempotencyKey(1), Body, default)).Answer);
    }

    private static async Task CarryOutAsync(RedisInstance instance, int number)
    {
        var key = new IdempotencyKey((UInt128)number);
        Assert.Equal(IdempotencyOutcome.Started, (await instance.Window.BeginAsync(key, Body, default)).Outcome);
        await instance.Window.CompleteAsync(key, Answer);
    }
}
