using System.Collections.Concurrent;
using System.Diagnostics;
using EventBus.SystemTests.Fixtures;
using EventBus.TestKit.Processes;
using Xunit.Abstractions;

namespace EventBus.SystemTests.Faults;

/// <summary>Far more than the broker takes: refused by priority, in bounded memory, and nothing that was refused is stored.</summary>
[Trait("Cost", "slow")]
public sealed class OverloadTests(SharedFixture fixture, ITestOutputHelper output) : GatewayTest(fixture, output)
{
    private const string ClientId = "event-bus-overload";
    private const long MemoryBound = 256L << 20;
    private static readonly TimeSpan CriticalInterval = TimeSpan.FromSeconds(2);
    private static readonly string[] Priorities = ["low", "normal", "high", "critical"];

    [SkippableFact]
    public async Task Publish_TenTimesTheQuota_ShedsLowFirstInBoundedMemory()
    {
        var topic = FreshTopicOfThree();
        await Cluster.SetProduceQuotaAsync(ClientId, 500_000);
        await using var gateway = await GatewayProcess.StartAsync(Cluster.BootstrapServers, ("KAFKA_CLIENT_ID", ClientId));
        var outcomes = new ConcurrentBag<(string Id, string Priority, int Status)>();
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(20));

        // Queued without being waited for, 10 KiB each: many times what the quota lets through.
        var clients = Enumerable.Range(0, 32).Select(c => OfferAsync(gateway, topic, c, outcomes, enough.Token)).ToList();
        var highest = 0L;
        while (!enough.IsCancellationRequested)
        {
            highest = Math.Max(highest, gateway.Process.ResidentBytes);
            await Task.Delay(100);
        }

        await Task.WhenAll(clients);
        await Cluster.SetProduceQuotaAsync(ClientId, null);

        int Refused(string priority) => outcomes.Count(o => o.Priority == priority && o.Status == 429);
        int Taken(string priority) => outcomes.Count(o => o.Priority == priority && o.Status == 202);
        Say($"{highest >> 20} MiB at most; " + string.Join(", ", Priorities.Select(p => $"{p}: {Taken(p)} taken, {Refused(p)} refused")));
        Assert.InRange(highest, 0, MemoryBound);
        Assert.All(outcomes, o => Assert.True(o.Status is 202 or 429 or 503, $"{o}"));
        Assert.True(Refused("low") > 0, "Nothing was refused: this is no overload.");
        Assert.True(Refused("low") >= Refused("normal"), "More normal than low ones were refused.");
        Assert.True(Refused("normal") >= Refused("high"), "More high than normal ones were refused.");
        Assert.True(Taken("critical") > 0, "Nothing critical was offered.");
        Assert.Equal(0, Refused("critical"));
        Assert.True(gateway.Process.IsRunning, gateway.Process.Output);
        await gateway.TerminateAsync(TimeSpan.FromSeconds(60));
        var stored = Reader.ReadAll(topic).Select(r => r.Header("ce_id")!).ToHashSet();
        Assert.DoesNotContain(outcomes, o => o.Status == 429 && stored.Contains(o.Id));
    }

    private static async Task OfferAsync(
        GatewayProcess gateway, string topic, int client, ConcurrentBag<(string Id, string Priority, int Status)> outcomes,
        CancellationToken stop)
    {
        var api = new Api(gateway.Http);
        // Quotas count what is left after compression: this does not compress.
        var noise = new byte[7_680];
        new Random(20260 + client).NextBytes(noise);
        var filler = Convert.ToBase64String(noise);
        var watch = Stopwatch.StartNew();
        var criticals = 1;
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            // By the clock and not by the count, which grows with the speed of refusals: what is critical stays a third of the quota, and there
            // must be room for it.
            var isCritical = watch.Elapsed >= criticals * CriticalInterval;
            var priority = isCritical ? "critical" : Priorities[i % 3];
            criticals += isCritical ? 1 : 0;
            var id = $"o{client}-{i}";
            var body = Api.Event(topic, $",\"event_id\":\"{id}\",\"priority\":\"{priority}\"")
                .Replace("\"{}\"", $"\"{filler}\"", StringComparison.Ordinal);
            var answer = await api.PostAsync(Api.Publish, body, ("Prefer", "respond-async"));
            if (answer.Status == 429)
                answer.AssertProblem(429, "overloaded");
            outcomes.Add((id, priority, answer.Status));
        }
    }
}
