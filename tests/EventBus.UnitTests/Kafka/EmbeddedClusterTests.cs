using System.Text;
using Confluent.Kafka;
using EventBus.Core.Settings;
using EventBus.Kafka.Client;
using EventBus.Kafka.Embedded;

namespace EventBus.UnitTests.Kafka;

public sealed class EmbeddedClusterTests
{
    [Fact]
    public void CreateTopic_WithoutPartitions_HasDefaultNumber()
    {
        using var cluster = new EmbeddedCluster(defaultPartitions: 5);

        Assert.True(cluster.CreateTopic("game.events"));
        Assert.True(cluster.CreateTopic("game.match", 2));

        using var admin = new AdminClientBuilder(KafkaClientProperties.Admin(new KafkaSettings { Brokers = cluster.Bootstrap })).Build();
        var topics = admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics.ToDictionary(t => t.Topic, t => t.Partitions.Count);
        Assert.Equal(5, topics["game.events"]);
        Assert.Equal(2, topics["game.match"]);
    }

    [Fact]
    public void CreateTopic_NameTaken_False()
    {
        using var cluster = new EmbeddedCluster(1);
        cluster.CreateTopic("game.events");

        Assert.False(cluster.CreateTopic("game.events"));
    }

    [Fact]
    public void CreateTopic_Disposed_Throws()
    {
        var cluster = new EmbeddedCluster(1);
        cluster.Dispose();
        cluster.Dispose();

        Assert.Throws<ObjectDisposedException>(() => cluster.CreateTopic("game.events"));
    }

    [Fact]
    public async Task Bootstrap_ProduceThenConsume_RecordComesBack()
    {
        using var cluster = new EmbeddedCluster(1);
        cluster.CreateTopic("game.events");
        var settings = new KafkaSettings { Brokers = cluster.Bootstrap, AutoOffsetReset = "earliest" };
        using var producer = new ProducerBuilder<byte[], byte[]>(KafkaClientProperties.Producer(settings, new ProducerLimits(100, 1000, 0))).Build();
        using var consumer = new ConsumerBuilder<byte[], byte[]>(KafkaClientProperties.Consumer(settings, "group")).Build();

        var stored = await producer.ProduceAsync("game.events", new Message<byte[], byte[]> { Key = "k"u8.ToArray(), Value = "v"u8.ToArray() });
        consumer.Assign(new TopicPartitionOffset("game.events", 0, Offset.Beginning));
        var read = consumer.Consume(TimeSpan.FromSeconds(10));
        consumer.Close();

        Assert.Equal(PersistenceStatus.Persisted, stored.Status);
        Assert.Equal("v", Encoding.UTF8.GetString(read.Message.Value));
    }
}
