using System.Diagnostics;
using System.Text;
using EventBus.Core.Resilience;
using EventBus.Core.Settings;
using EventBus.Core.Topics;
using EventBus.Kafka.Topics;
using EventBus.TestKit.Kafka;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventBus.IntegrationTests.Topics;

/// <summary>The directory against three real brokers that are frozen, killed and started again: one story, since a cluster is dear.</summary>
public sealed class KafkaTopicDirectoryTests
{
    private readonly CircuitBreaker _circuit = new(TimeProvider.System);

    [SkippableFact]
    public async Task CreateTopicAsync_ThreeBrokers_TwoReplicasBothNeeded()
    {
        Skip.If(KafkaCluster.UnavailableReason is not null, KafkaCluster.UnavailableReason);
        await using var cluster = await KafkaCluster.StartAsync(new KafkaClusterOptions { Brokers = 3 });
        await using var directory = Directory(cluster.BootstrapServers);
        directory.Start();

        // At once: before the first answer the number of brokers is not known.
        var creation = await directory.CreateTopicAsync(new TopicRequest("game.events"), default);

        Assert.Equal(new TopicCreation(TopicCreationOutcome.Created), creation);
        var topic = Find(directory, "game.events");
        Assert.NotNull(topic);
        await Until(() => topic.State == new TopicState(3, 2, null), TimeSpan.FromSeconds(3));
        string described = await KafkaCluster.RunToolAsync("kafka-topics.sh", "--bootstrap-server", cluster.BootstrapServers, "--describe", "--topic", "game.events");
        Assert.Contains("ReplicationFactor: 2", described, StringComparison.Ordinal);
        Assert.Contains("min.insync.replicas=2", described, StringComparison.Ordinal);
        Assert.Contains("retention.ms=604800000", described, StringComparison.Ordinal);
        Assert.Contains("max.message.bytes=1179648", described, StringComparison.Ordinal);

        var tooMany = await directory.CreateTopicAsync(new TopicRequest("game.match", Replicas: 9), default);
        Assert.Equal(TopicCreationOutcome.Refused, tooMany.Outcome);
        Assert.Contains("3 broker(s)", tooMany.Reason, StringComparison.Ordinal);

        await KafkaCluster.RunToolAsync("kafka-topics.sh", "--bootstrap-server", cluster.BootstrapServers, "--create", "--topic", "game.score", "--partitions", "1");
        await Until(() => Find(directory, "game.score") is not null, TimeSpan.FromSeconds(2));

        // One of three frozen: Kafka is still there, and partitions with a replica on it fall under their minimum.
        var frozen = cluster.LeaderOf("game.events", 0);
        frozen.Freeze();
        await Until(() => topic.State.UnderMinimum is { } under && under[0], TimeSpan.FromSeconds(30));
        Assert.Equal(1, _circuit.Trips);
        Assert.True(directory.Connected);
        frozen.Thaw();
        await Until(() => topic.State.UnderMinimum is null, TimeSpan.FromSeconds(30));

        await KafkaCluster.RunToolAsync("kafka-topics.sh", "--bootstrap-server", cluster.BootstrapServers, "--delete", "--topic", "game.score");
        await Until(() => Find(directory, "game.score") is null, TimeSpan.FromSeconds(5));
    }

    [SkippableFact]
    public async Task Connected_BrokerFrozenAndKilled_FollowsWithinFiveSeconds()
    {
        Skip.If(KafkaCluster.UnavailableReason is not null, KafkaCluster.UnavailableReason);
        await using var cluster = await KafkaCluster.PrepareAsync(new KafkaClusterOptions());
        var broker = cluster.Brokers[0];
        await using var directory = Directory(cluster.BootstrapServers);
        directory.Start();
        Assert.Equal(TopicCreationOutcome.Unavailable, (await directory.CreateTopicAsync(new TopicRequest("game.events"), default)).Outcome);

        await broker.RestartAsync();
        await Until(() => directory.Connected, TimeSpan.FromSeconds(10));
        Assert.Equal(TopicCreationOutcome.Created, (await directory.CreateTopicAsync(new TopicRequest("game.events"), default)).Outcome);

        // A passing pause of a loaded machine may add to the five seconds that the two requests take at most.
        broker.Freeze();
        await Until(() => !directory.Connected, TimeSpan.FromSeconds(7));
        Assert.NotNull(Find(directory, "game.events"));
        broker.Thaw();
        await Until(() => directory.Connected, TimeSpan.FromSeconds(7));

        await broker.KillAsync();
        await Until(() => !directory.Connected, TimeSpan.FromSeconds(7));
        await broker.RestartAsync();
        await Until(() => directory.Connected && Find(directory, "game.events") is not null, TimeSpan.FromSeconds(10));
    }

    private static Topic? Find(KafkaTopicDirectory directory, string name) =>
        directory.Current.TryGet(Encoding.UTF8.GetBytes(name), out var topic) ? topic : null;

    private static async Task Until(Func<bool> condition, TimeSpan limit)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < limit, $"not so within {limit}");
            await Task.Delay(20);
        }
    }

    private KafkaTopicDirectory Directory(string brokers) =>
        new(new KafkaSettings { Brokers = brokers }, "dead-letter-events", _circuit, null, TimeProvider.System, NullLogger<KafkaTopicDirectory>.Instance);
}
