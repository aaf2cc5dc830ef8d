using System.Diagnostics;
using EventBus.SystemTests.Fixtures;
using EventBus.TestKit.Kafka;
using EventBus.TestKit.Processes;

namespace EventBus.SystemTests.Faults;

/// <summary>The gateway started before its broker, as happens where a whole machine or compose file starts at once.</summary>
[Trait("Cost", "slow")]
public sealed class StartOrderTests
{
    private const string Topic = "game.fault.before";

    [SkippableFact]
    public async Task Start_BeforeTheBroker_IsUnreadyAndServesOnceItIsThere()
    {
        Skip.If(SharedFixture.UnavailableReason is not null, SharedFixture.UnavailableReason);
        await using var cluster = await KafkaCluster.PrepareAsync(new KafkaClusterOptions());
        await using var gateway = GatewayProcess.Launch(cluster.BootstrapServers);
        var api = new Api(gateway.Http);
        await UntilListeningAsync(gateway);

        Assert.Equal(200, (await api.GetAsync("/health/live")).Status);
        Assert.Equal(503, (await api.GetAsync("/health/ready")).Status);
        var health = await api.GetAsync("/health");
        Assert.Equal((503, "unhealthy"), (health.Status, health.Json.GetProperty("status").GetString()));
        Assert.False(health.Json.GetProperty("kafka_connected").GetBoolean());
        (await api.PostAsync(Api.Publish, Api.Event(Topic))).AssertProblem(503, "kafka_unavailable");

        await cluster.Brokers[0].RestartAsync();
        await gateway.WaitReadyAsync(TimeSpan.FromSeconds(5));
        (await api.PostAsync(Api.Publish, Api.Event(Topic))).AssertProblem(404, "unknown_topic");
        await cluster.CreateTopicAsync(Topic);
        // The snapshot may be two seconds old.
        await Task.Delay(TimeSpan.FromSeconds(2));
        (await api.PostAsync(Api.Publish, Api.Event(Topic))).AssertPublished(Topic);
    }

    private static async Task UntilListeningAsync(GatewayProcess gateway)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var response = await gateway.Http.GetAsync(new Uri("/health/live", UriKind.Relative));
                return;
            }
            catch (HttpRequestException) when (gateway.Process.IsRunning && watch.Elapsed < TimeSpan.FromSeconds(10))
            {
                await Task.Delay(20);
            }
        }
    }
}
