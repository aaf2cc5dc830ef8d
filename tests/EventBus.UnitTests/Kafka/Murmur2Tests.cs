using System.Text;
using Confluent.Kafka;
using EventBus.Core.Settings;
using EventBus.Kafka.Client;
using EventBus.Kafka.Embedded;
using EventBus.Kafka.Topics;

namespace EventBus.UnitTests.Kafka;

public sealed class Murmur2Tests
{
    // From the tests of Apache Kafka's own org.apache.kafka.common.utils.Utils.murmur2 (UtilsTest).
    [Theory]
    [InlineData("21", -973932308)]
    [InlineData("foobar", -790332482)]
    [InlineData("a-little-bit-long-string", -985981536)]
    [InlineData("a-little-bit-longer-string", -1486304829)]
    [InlineData("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971)]
    [InlineData("abc", 479470107)]
    public void Hash_KnownText_SameAsJava(string text, int expected) =>
        Assert.Equal(expected, unchecked((int)Murmur2.Hash(Encoding.UTF8.GetBytes(text))));

    [Fact]
    public async Task Partition_RandomKeys_SameAsLibrdkafka()
    {
        const int seed = 20_251;
        const int partitions = 7;
        using var cluster = new EmbeddedCluster(partitions);
        cluster.CreateTopic("murmur.check");
        var properties = KafkaClientProperties.Producer(new KafkaSettings { Brokers = cluster.Bootstrap }, new ProducerLimits(10_000, 10_000, 1));
        using var producer = new ProducerBuilder<byte[], byte[]>(properties).Build();
        var keys = new Random(seed);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 1000).Select(async i =>
        {
            byte[] key = new byte[1 + (i % 40)];
            keys.NextBytes(key);
            var report = await producer.ProduceAsync("murmur.check", new Message<byte[], byte[]> { Key = key, Value = [1] });
            return (Key: Convert.ToHexString(key), Theirs: report.Partition.Value, Ours: Murmur2.Partition(key, partitions));
        }));

        Assert.All(outcomes, o => Assert.True(o.Theirs == o.Ours, $"seed {seed}, key {o.Key}: librdkafka {o.Theirs}, ours {o.Ours}"));
        Assert.Equal(partitions, outcomes.Select(o => o.Ours).Distinct().Count());
    }
}
