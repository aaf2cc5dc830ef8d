using Confluent.Kafka;
using EventBus.TestKit.Kafka;
using EventBus.TestKit.Records;

namespace EventBus.IntegrationTests.TestKit;

/// <summary>The kit's own cluster and reader, without the product.</summary>
public sealed class KafkaClusterTests
{
    [SkippableFact]
    [Trait("Cost", "slow")]
    public async Task StartAsync_OneBroker_RecordsComeBackAlsoAfterAKill()
    {
        Skip.If(KafkaCluster.UnavailableReason is not null, KafkaCluster.UnavailableReason);
        await using var cluster = await KafkaCluster.StartAsync();
        await cluster.CreateTopicAsync("kit.records", partitions: 3);
        using var producer = new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = cluster.BootstrapServers, Acks = Acks.All })
            .SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        var sent = await producer.ProduceAsync(
            new TopicPartition("kit.records", 1),
            new Message<string, string> { Key = "k", Value = "v", Headers = [new Header("b", [1]), new Header("a", [2])] });

        await cluster.Brokers[0].KillAsync();
        await cluster.Brokers[0].RestartAsync();

        using var reader = new RecordReader(cluster.BootstrapServers);
        var record = Assert.Single(reader.ReadAll("kit.records"));
        Assert.Equal(("kit.records", 1, sent.Offset.Value, "k", "v"), (record.Topic, record.Partition, record.Offset, record.KeyText, record.ValueText));
        Assert.Equal(["b", "a"], record.HeaderNames);
        Assert.Equal(1, reader.EndOffset("kit.records"));
        Assert.Equal("v", reader.ReadAt("kit.records", 1, sent.Offset.Value).ValueText);
        Assert.Equal(1, cluster.LeaderOf("kit.records", 2).Id);
    }
}
