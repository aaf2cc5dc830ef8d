using System.Collections.Concurrent;
using EventBus.SystemTests.Fixtures;
using EventBus.TestKit.Processes;
using EventBus.TestKit.Redis;
using Xunit.Abstractions;

namespace EventBus.SystemTests.Idempotency;

/// <summary>Redis killed, frozen, flushed and back under load: no publish fails, health tells, and the log has what was promised.</summary>
[Trait("Cost", "slow")]
public sealed class RedisFaultTests(TwoGateways engines, ITestOutputHelper output) : IClassFixture<TwoGateways>
{
    private const long MemoryLimit = 256L * 1024 * 1024;

    [SkippableFact]
    public Task Redis_Killed_NoPublishFailsAndEachKeyOfAnInstanceIsStoredOnce() => RunAsync(
        "game.fault.redis.killed", isRemembered: false, async () =>
        {
            await engines.Redis.KillAsync();
            await engines.UntilHealthAsync("degraded");
            await Task.Delay(TimeSpan.FromSeconds(2));
            await engines.Redis.RestartAsync();
        });

    [SkippableFact]
    public Task Redis_Frozen_NoPublishFailsAndBothKnowEveryKeyAfterwards() => RunAsync(
        "game.fault.redis.frozen", isRemembered: true, async () =>
        {
            engines.Redis.Freeze();
            await engines.UntilHealthAsync("degraded");
            await Task.Delay(TimeSpan.FromSeconds(5));
            engines.Redis.Thaw();
        });

    [SkippableFact]
    public Task Redis_Flushed_NoPublishFailsAndEachKeyOfAnInstanceIsStoredOnce() => RunAsync(
        "game.fault.redis.flushed", isRemembered: false, () => engines.Redis.CommandAsync("FLUSHALL"));

    [SkippableFact]
    public async Task Start_BeforeRedis_IsDegradedAndHealthyOnceItIsThere()
    {
        Skip.If(TwoGateways.UnavailableReason is not null, TwoGateways.UnavailableReason);
        const string topic = "game.fault.redis.late";
        await engines.NewTopicAsync(topic);
        await using var redis = RedisServer.Prepare();
        await using var gateway = await GatewayProcess.StartAsync(engines.Cluster.BootstrapServers, ("EVENT_BUS_REDIS_URL", redis.Url));
        var api = new Api(gateway.Http);

        var health = (await api.GetAsync("/health")).Json;
        Assert.Equal("degraded", health.GetProperty("status").GetString());
        Assert.Contains("redis", health.GetProperty("detail").GetString(), StringComparison.Ordinal);
        (await api.PostAsync(Api.Publish, Api.Event(topic, ",\"event_id\":\"1\""))).AssertPublished(topic);
        await redis.RestartAsync();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await api.GetAsync("/health")).Json.GetProperty("status").GetString() != "healthy")
            await Task.Delay(50, deadline.Token);
        Assert.Equal("1", await redis.CommandAsync("DBSIZE"));
    }

    /// <summary>Load on both gateways, each key twice at its own; the fault; and afterwards every key at the other gateway too, where that is promised.</summary>
    private async Task RunAsync(string topic, bool isRemembered, Func<Task> fault)
    {
        Skip.If(TwoGateways.UnavailableReason is not null, TwoGateways.UnavailableReason);
        await engines.NewTopicAsync(topic);
        using var stop = new CancellationTokenSource();
        var published = new ConcurrentDictionary<string, Published>();
        List<Task> clients = [.. Enumerable.Range(0, 8).Select(client => Task.Run(() => PublishAsync(topic, client, published, stop.Token)))];
        await ProgressAsync(published, clients);
        await fault();
        await ProgressAsync(published, clients);
        await engines.UntilHealthAsync("healthy");
        await ProgressAsync(published, clients);
        await stop.CancelAsync();
        await Task.WhenAll(clients);
        output.WriteLine($"{published.Count} keys");

        var again = isRemembered ? await AskTheOtherAsync(topic, published) : 0;

        var records = engines.Read(topic);
        Assert.Equal(published.Count + again, records.Count);
        foreach (var gateway in engines.Gateways)
            Assert.InRange(gateway.Process.ResidentBytes, 0, MemoryLimit);
    }

    /// <summary>
    /// Asks each gateway for the other's keys, once both have told Redis what it missed. Returns how many were published again: none, but for
    /// those that a gateway decided alone and counted, since a starved machine can keep Redis from answering in time at any moment.
    /// </summary>
    private async Task<int> AskTheOtherAsync(string topic, ConcurrentDictionary<string, Published> published)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await SumAsync("event_bus_idempotency_backlog") > 0)
            await Task.Delay(50, deadline.Token);
        var aloneBefore = await SumAsync("event_bus_idempotency_fallbacks_total");
        var again = 0;
        foreach (var (key, first) in published)
            again += (await PostAsync(1 - GatewayOf(key), topic, key)).AssertPublished(topic) == first ? 0 : 1;
        Assert.InRange(again, 0, await SumAsync("event_bus_idempotency_fallbacks_total") - aloneBefore);
        return again;
    }

    private async Task<double> SumAsync(string metric) =>
        (await Task.WhenAll(engines.Gateways.Select(async g => (await g.ScrapeAsync()).Sum(metric)))).Sum();

    private async Task PublishAsync(string topic, int client, ConcurrentDictionary<string, Published> published, CancellationToken stop)
    {
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            var key = $"{client}-{i}";
            var first = (await PostAsync(GatewayOf(key), topic, key)).AssertPublished(topic);
            Assert.Equal(first, (await PostAsync(GatewayOf(key), topic, key)).AssertPublished(topic));
            published[key] = first;
            await Task.Delay(5, CancellationToken.None);
        }
    }

    private Task<Answer> PostAsync(int gateway, string topic, string key) =>
        engines.Apis[gateway].PostAsync(Api.Publish, Api.Event(topic), ("Idempotency-Key", $"{topic}-{key}"));

    private static int GatewayOf(string key) => (key[0] - '0') % 2;

    /// <summary>Waits until some hundred more keys are published; a client that met anything but success ends the test.</summary>
    private static async Task ProgressAsync(ConcurrentDictionary<string, Published> published, List<Task> clients)
    {
        var target = published.Count + 200;
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (published.Count < target)
        {
            if (clients.Find(c => c.IsCompleted) is { } failed)
                await failed;
            await Task.Delay(20, deadline.Token);
        }
    }
}
