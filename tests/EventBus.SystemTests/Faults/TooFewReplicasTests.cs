using EventBus.SystemTests.Fixtures;
using EventBus.TestKit.Histories;
using EventBus.TestKit.Kafka;
using Xunit.Abstractions;

namespace EventBus.SystemTests.Faults;

/// <summary>Two of three brokers dead: a single copy is never acknowledged. Broker 1 alone is the controller, and lives.</summary>
[Trait("Cost", "slow")]
public sealed class TooFewReplicasTests(ITestOutputHelper output)
{
    [SkippableFact]
    public async Task Kill_TwoOfThree_IsNotEnoughReplicasUntilTheyReturn()
    {
        Skip.If(SharedFixture.UnavailableReason is not null, SharedFixture.UnavailableReason);
        await using var cluster = await KafkaCluster.StartAsync(
            new KafkaClusterOptions { Brokers = 3, Controllers = 1, Settings = ThreeBrokersFixture.Settings });
        await using var run = await FaultRun.StartAsync(cluster, cluster.BootstrapServers, "game.fault.two", output);

        await cluster.Brokers[1].KillAsync();
        await cluster.Brokers[2].KillAsync();
        await run.UntilAnsweredAsync(HistoryStep.Fail, "503 not_enough_replicas", TimeSpan.FromSeconds(45));
        // From here on the refusal is quick and honest: nothing is acknowledged any more.
        var acknowledged = run.History.Count(HistoryStep.Ok);
        var refused = await new Api(run.Gateway.Http).PostAsync(Api.Publish, Api.Event(run.Topic));
        refused.AssertProblem(503, "not_enough_replicas");
        await Task.Delay(TimeSpan.FromSeconds(2));
        Assert.Equal(acknowledged, run.History.Count(HistoryStep.Ok));

        await Task.WhenAll(cluster.Brokers[1].RestartAsync(), cluster.Brokers[2].RestartAsync());
        await run.ProgressAsync();

        await run.CheckAsync(replicas: 3);
    }
}
