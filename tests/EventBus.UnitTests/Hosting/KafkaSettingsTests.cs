using EventBus.Hosting.Settings;
using EventBus.Worker.Settings;

namespace EventBus.UnitTests.Hosting;

public class KafkaSettingsTests
{
    [Theory]
    [InlineData("embedded", null, true)]
    [InlineData("embedded", "false", false)]
    [InlineData("kafka:9092", null, false)]
    [InlineData("kafka:9092", "true", true)]
    public void Read_AutoCreateTopics_IsOnByDefaultWhereEmbedded(string brokers, string? value, bool expected)
    {
        var settings = KafkaSettingsReader.Read(Environment(("KAFKA_BROKERS", brokers), ("EVENT_BUS_AUTO_CREATE_TOPICS", value ?? "")));

        Assert.Equal(expected, settings.AutoCreateTopics);
    }

    [Fact]
    public void Read_FamilyVariables_BecomeDottedProperties()
    {
        var settings = KafkaSettingsReader.Read(Environment(
            ("KAFKA_PRODUCER_LINGER_MS", "5"), ("KAFKA_PRODUCER_COMPRESSION_TYPE", "zstd"), ("KAFKA_CONSUMER_FETCH_MIN_BYTES", "1024")));

        Assert.Equal(
            new Dictionary<string, string> { ["linger.ms"] = "5", ["compression.type"] = "zstd" }.OrderBy(p => p.Key),
            settings.ProducerProperties.OrderBy(p => p.Key));
        Assert.Equal([KeyValuePair.Create("fetch.min.bytes", "1024")], settings.ConsumerProperties);
    }

    [Theory]
    [InlineData("KAFKA_PRODUCER_ACKS", "acks")]
    [InlineData("KAFKA_PRODUCER_REQUEST_REQUIRED_ACKS", "request.required.acks")]
    [InlineData("KAFKA_PRODUCER_ENABLE_IDEMPOTENCE", "enable.idempotence")]
    [InlineData("KAFKA_PRODUCER_TRANSACTIONAL_ID", "transactional.id")]
    public void Read_PropertyThatPromisesRestOn_IsRefused(string name, string property)
    {
        var error = Assert.Throws<SettingsException>(() => KafkaSettingsReader.Read(Environment((name, "1"))));

        Assert.Equal(name, error.Variable);
        Assert.Contains(property, error.Message);
    }

    [Fact]
    public void Read_Sasl_TakesAllThree()
    {
        var settings = KafkaSettingsReader.Read(Environment(
            ("KAFKA_SECURITY_PROTOCOL", "SASL_SSL"), ("KAFKA_SASL_MECHANISM", "scram-sha-512"), ("KAFKA_SASL_USERNAME", "u"), ("KAFKA_SASL_PASSWORD", "p")));

        Assert.Equal("sasl_ssl", settings.SecurityProtocol);
        Assert.Equal("SCRAM-SHA-512", settings.SaslMechanism);
        Assert.Equal("u", settings.SaslUsername);
        Assert.Equal("p", settings.SaslPassword);
    }

    [Fact]
    public void Read_SaslWithoutPassword_NamesIt()
    {
        var error = Assert.Throws<SettingsException>(() => KafkaSettingsReader.Read(Environment(
            ("KAFKA_SECURITY_PROTOCOL", "sasl_ssl"), ("KAFKA_SASL_MECHANISM", "PLAIN"), ("KAFKA_SASL_USERNAME", "u"))));

        Assert.Equal("KAFKA_SASL_PASSWORD", error.Variable);
    }

    [Fact]
    public void Read_PasswordWithoutSasl_IsRefusedUnshown()
    {
        var error = Assert.Throws<SettingsException>(() => KafkaSettingsReader.Read(Environment(("KAFKA_SASL_PASSWORD", "hunter2"))));

        Assert.Equal("KAFKA_SASL_PASSWORD", error.Variable);
        Assert.DoesNotContain("hunter2", error.Message);
    }

    [Theory]
    [InlineData("plaintext", "KAFKA_SSL_CA_LOCATION", "KAFKA_SSL_CA_LOCATION")]
    [InlineData("ssl", "KAFKA_SSL_KEY_LOCATION", "KAFKA_SSL_CERTIFICATE_LOCATION")]
    [InlineData("ssl", "KAFKA_SSL_CERTIFICATE_LOCATION", "KAFKA_SSL_KEY_LOCATION")]
    public void Read_SslFilesThatDoNotFit_NameTheVariable(string protocol, string given, string blamed)
    {
        var file = typeof(KafkaSettingsTests).Assembly.Location;

        var error = Assert.Throws<SettingsException>(() => KafkaSettingsReader.Read(Environment(("KAFKA_SECURITY_PROTOCOL", protocol), (given, file))));

        Assert.Equal(blamed, error.Variable);
    }

    [Fact]
    public void Read_HeartbeatNotBelowSession_IsRefused()
    {
        var error = Assert.Throws<SettingsException>(() => KafkaSettingsReader.Read(Environment(("KAFKA_HEARTBEAT_INTERVAL", "10s"))));

        Assert.Equal("KAFKA_HEARTBEAT_INTERVAL", error.Variable);
    }

    [Fact]
    public void Read_WorkerWithEmbeddedBrokers_IsRefused()
    {
        var error = Assert.Throws<SettingsException>(() => WorkerSettings.Read(Environment(("KAFKA_BROKERS", "embedded")), false));

        Assert.Equal("KAFKA_BROKERS", error.Variable);
    }

    [Fact]
    public void Read_WorkerWithoutDatabase_IsRefused()
    {
        var error = Assert.Throws<SettingsException>(() => WorkerSettings.Read(Environment(("EVENT_BUS_DATABASE_URL", "")), false));

        Assert.StartsWith("EVENT_BUS_DATABASE_URL: is not set", error.Message);
    }

    [Fact]
    public void Read_WorkerRoles_AreAllByDefault()
    {
        Assert.Equal(["storing", "routing", "delivery", "dead_letters", "replay"], WorkerSettings.Read(Environment(), false).Roles);
        Assert.Equal(["replay"], WorkerSettings.Read(Environment(("EVENT_BUS_WORKER_ROLES", "replay")), false).Roles);
    }

    private static EnvironmentReader Environment(params (string Name, string Value)[] variables)
    {
        var all = new Dictionary<string, string> { ["KAFKA_BROKERS"] = "[::1]:9092,kafka_2.local:9093", ["EVENT_BUS_DATABASE_URL"] = "postgresql://db/events" };
        foreach (var (name, value) in variables)
            all[name] = value;
        return new EnvironmentReader(all);
    }
}
