using Confluent.Kafka;
using EventBus.Core.Settings;
using EventBus.Kafka.Client;

namespace EventBus.UnitTests.Kafka;

public sealed class KafkaClientPropertiesTests
{
    private static readonly ProducerLimits Limits = new(1000, 2000, 1.5);

    [Fact]
    public void Producer_Defaults_NeverLosesOrReorders()
    {
        var properties = AsDictionary(KafkaClientProperties.Producer(new KafkaSettings { Brokers = "a:1,b:2" }, Limits));

        Assert.Equal("a:1,b:2", properties["bootstrap.servers"]);
        Assert.Equal("event-bus-service", properties["client.id"]);
        Assert.Equal("all", properties["acks"]);
        Assert.Equal("true", properties["enable.idempotence"]);
        Assert.Equal("murmur2_random", properties["partitioner"]);
        Assert.Equal("10000", properties["message.timeout.ms"]);
        Assert.Equal("false", properties["allow.auto.create.topics"]);
        Assert.Equal("1000", properties["queue.buffering.max.messages"]);
        Assert.Equal("2000", properties["queue.buffering.max.kbytes"]);
        Assert.Equal("1.5", properties["linger.ms"]);
        Assert.DoesNotContain("sasl.mechanism", properties.Keys);
        Assert.DoesNotContain("ssl.ca.location", properties.Keys);
    }

    [Fact]
    public void Producer_Overrides_ReplaceAndComeLast()
    {
        var settings = new KafkaSettings
        {
            Brokers = "a:1",
            ProducerProperties = new Dictionary<string, string> { ["linger.ms"] = "7", ["batch.size"] = "5" },
        };

        var properties = KafkaClientProperties.Producer(settings, Limits);

        Assert.Equal([new("batch.size", "5"), new("linger.ms", "7")], properties.TakeLast(2));
        Assert.Single(properties, p => p.Key == "linger.ms");
    }

    [Fact]
    public void AllClients_WithSaslAndTls_CarryThem()
    {
        var settings = new KafkaSettings
        {
            Brokers = "a:1",
            SecurityProtocol = "sasl_ssl",
            SaslMechanism = "SCRAM-SHA-512",
            SaslUsername = "user",
            SaslPassword = "secret",
            SslCaLocation = "/ca.pem",
            SslCertificateLocation = "/cert.pem",
            SslKeyLocation = "/key.pem",
        };

        foreach (var list in new[] { KafkaClientProperties.Producer(settings, Limits), KafkaClientProperties.Consumer(settings, "g"), KafkaClientProperties.Admin(settings) })
        {
            var properties = AsDictionary(list);
            Assert.Equal("sasl_ssl", properties["security.protocol"]);
            Assert.Equal("SCRAM-SHA-512", properties["sasl.mechanism"]);
            Assert.Equal("user", properties["sasl.username"]);
            Assert.Equal("secret", properties["sasl.password"]);
            Assert.Equal("/ca.pem", properties["ssl.ca.location"]);
            Assert.Equal("/cert.pem", properties["ssl.certificate.location"]);
            Assert.Equal("/key.pem", properties["ssl.key.location"]);
        }
    }

    [Fact]
    public void AllClients_BuiltByLibrdkafka_Accepted()
    {
        // Nothing listens there; what is tested is that no property is unknown or out of range.
        var settings = new KafkaSettings { Brokers = "127.0.0.1:1", SessionTimeout = TimeSpan.FromSeconds(12) };

        using var producer = new ProducerBuilder<byte[], byte[]>(KafkaClientProperties.Producer(settings, Limits)).SetLogHandler((_, _) => { }).Build();
        using var consumer = new ConsumerBuilder<byte[], byte[]>(KafkaClientProperties.Consumer(settings, "group")).SetLogHandler((_, _) => { }).Build();
        using var admin = new AdminClientBuilder(KafkaClientProperties.Admin(settings)).SetLogHandler((_, _) => { }).Build();

        Assert.Equal("12000", AsDictionary(KafkaClientProperties.Consumer(settings, "group"))["session.timeout.ms"]);
    }

    // Fails where a name occurs twice.
    private static Dictionary<string, string> AsDictionary(IEnumerable<KeyValuePair<string, string>> list) => new(list.ToDictionary(p => p.Key, p => p.Value));
}
