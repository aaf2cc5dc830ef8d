using System.Net;
using EventBus.Gateway.Settings;
using EventBus.Hosting.Settings;
using Microsoft.Extensions.Logging;

namespace EventBus.UnitTests.Hosting;

public class SettingsTests
{
    private static readonly Dictionary<string, string> Required = new() { ["KAFKA_BROKERS"] = "kafka-1:9092,kafka-2:9092" };

    [Fact]
    public void Read_OnlyWhatIsRequired_GivesDefaults()
    {
        var settings = Read();

        Assert.Equal(8083, settings.Http.Port);
        Assert.Null(settings.Http.H2cPort);
        Assert.Null(settings.Http.Tls);
        Assert.Equal(TimeSpan.FromSeconds(30), settings.Http.ReadTimeout);
        Assert.Equal(TimeSpan.FromSeconds(120), settings.Http.IdleTimeout);
        Assert.Null(settings.Operations.Bind);
        Assert.Equal(9093, settings.Operations.MetricsPort);
        Assert.Null(settings.Operations.DiagnosticsPort);
        Assert.Equal(TimeSpan.FromSeconds(25), settings.Operations.ShutdownTimeout);
        Assert.Equal(LogLevel.Information, settings.Operations.LogLevel);
        Assert.Equal(LogFormat.Json, settings.Operations.LogFormat);
        Assert.Equal("kafka-1:9092,kafka-2:9092", settings.Kafka.Brokers);
        Assert.Equal(TimeSpan.FromHours(168), settings.Kafka.RetentionPeriod);
        Assert.False(settings.Kafka.AutoCreateTopics);
        Assert.Equal(["game", "system", "analytics", "audit"], settings.Publish.Domains);
        Assert.Equal(16384, settings.Publish.BufferSize);
        Assert.Equal(64L << 20, settings.Publish.BufferBytes);
        Assert.Null(settings.Publish.RateLimit);
        Assert.Equal(TimeSpan.FromHours(24), settings.Publish.IdempotencyWindow);
    }

    [Fact]
    public void Read_EveryDefaultOfTheTable_IsTakenByItsOwnFormat()
    {
        foreach (var setting in SettingsTable.All.Where(setting => setting.Default is not null))
            setting.Check(new EnvironmentReader(new Dictionary<string, string>()));
    }

    [Fact]
    public void Read_ValuesOfTheirOwn_AreTaken()
    {
        var settings = Read(
            ("EVENT_BUS_BIND", "127.0.0.1"), ("EVENT_BUS_PORT", " 80 "), ("EVENT_BUS_H2C_PORT", "81"), ("EVENT_BUS_LOG_LEVEL", "Debug"),
            ("EVENT_BUS_EVENT_BUFFER_SIZE", "1000"), ("EVENT_BUS_EVENT_BUFFER_BYTES", "16MiB"), ("EVENT_BUS_DOMAINS", "game, shop"),
            ("EVENT_BUS_PUBLISH_RATE_LIMIT", "50"), ("EVENT_BUS_READ_TIMEOUT", "1m"), ("EVENT_BUS_LOG_SAMPLING", "0.25"));

        Assert.Equal(IPAddress.Loopback, settings.Operations.Bind);
        Assert.Equal(80, settings.Http.Port);
        Assert.Equal(81, settings.Http.H2cPort);
        Assert.Equal(LogLevel.Debug, settings.Operations.LogLevel);
        Assert.Equal(1024, settings.Publish.BufferSize);
        Assert.Equal(16L << 20, settings.Publish.BufferBytes);
        Assert.Equal(["game", "shop"], settings.Publish.Domains);
        Assert.Equal(50, settings.Publish.RateLimit);
        Assert.Equal(TimeSpan.FromMinutes(1), settings.Http.ReadTimeout);
        Assert.Equal(0.25, settings.Operations.LogSampling);
    }

    [Fact]
    public void Read_EmptyValue_CountsAsUnset() => Assert.Equal(8083, Read(("EVENT_BUS_PORT", " ")).Http.Port);

    [Theory]
    [InlineData("auto", true, LogFormat.Text)]
    [InlineData("auto", false, LogFormat.Json)]
    [InlineData("json", true, LogFormat.Json)]
    [InlineData("text", false, LogFormat.Text)]
    public void Read_LogFormat_FollowsTheTerminalWhereAuto(string value, bool isTerminal, LogFormat expected) =>
        Assert.Equal(expected, OperationsSettings.Read(Environment(("EVENT_BUS_LOG_FORMAT", value)), isTerminal).LogFormat);

    [Theory]
    [InlineData("EVENT_BUS_PORT", "0", "a port from 1 to 65535")]
    [InlineData("EVENT_BUS_PORT", "65536", "a port from 1 to 65535")]
    [InlineData("EVENT_BUS_PORT", "8083x", "a port from 1 to 65535")]
    [InlineData("EVENT_BUS_READ_TIMEOUT", "30x", "a duration from 1s to 1h")]
    [InlineData("EVENT_BUS_READ_TIMEOUT", "30", "a duration from 1s to 1h")]
    [InlineData("EVENT_BUS_READ_TIMEOUT", "-1s", "a duration from 1s to 1h")]
    [InlineData("EVENT_BUS_READ_TIMEOUT", "2h", "a duration from 1s to 1h")]
    [InlineData("EVENT_BUS_WRITE_TIMEOUT", "1s", "a duration from 2s to 1h")]
    [InlineData("EVENT_BUS_EVENT_BUFFER_SIZE", "-5", "a whole number from 16 to 1048576")]
    [InlineData("EVENT_BUS_EVENT_BUFFER_SIZE", "15", "a whole number from 16 to 1048576")]
    [InlineData("EVENT_BUS_EVENT_BUFFER_SIZE", "1048577", "a whole number from 16 to 1048576")]
    [InlineData("EVENT_BUS_EVENT_BUFFER_BYTES", "-1", "a size from 4MiB to 8GiB")]
    [InlineData("EVENT_BUS_EVENT_BUFFER_BYTES", "64MB", "a size from 4MiB to 8GiB")]
    [InlineData("EVENT_BUS_BIND", "8", "an IP address")]
    [InlineData("EVENT_BUS_BIND", "localhost", "an IP address")]
    [InlineData("EVENT_BUS_DOMAINS", "game,Game", "different domains")]
    [InlineData("EVENT_BUS_DOMAINS", "game,game", "different domains")]
    [InlineData("EVENT_BUS_DOMAINS", "game,", "different domains")]
    [InlineData("EVENT_BUS_ENCRYPTION_ENABLED", "true", "it takes false")]
    [InlineData("EVENT_BUS_ENCRYPTION_ENABLED", "yes", "true or false")]
    [InlineData("EVENT_BUS_WEBHOOK_ALLOW_NETWORKS", "10.0.0.0/33", "networks as 10.0.0.0/8")]
    [InlineData("EVENT_BUS_WORKER_ROLES", "storing,cooking", "storing,routing,delivery,dead_letters,replay")]
    [InlineData("EVENT_BUS_DEAD_LETTER_TOPIC", "a b", "a topic name")]
    [InlineData("EVENT_BUS_TLS_CERTIFICATE_FILE", "/nowhere/tls.pem", "the path of a PEM file that exists")]
    [InlineData("EVENT_BUS_LOG_LEVEL", "verbose", "trace, debug, information, warning, error or critical")]
    [InlineData("EVENT_BUS_LOG_SAMPLING", "1.5", "a number from 0 to 1")]
    [InlineData("EVENT_BUS_METRICS_PORT", "8083", "another port than EVENT_BUS_PORT")]
    [InlineData("EVENT_BUS_DIAGNOSTICS_PORT", "9093", "another port than EVENT_BUS_METRICS_PORT")]
    [InlineData("EVENT_BUS_H2C_PORT", "8083", "another port than EVENT_BUS_PORT")]
    [InlineData("EVENT_BUS_SHUTDOWN_DELAY", "25s", "a duration below EVENT_BUS_SHUTDOWN_TIMEOUT")]
    [InlineData("KAFKA_BROKERS", "kafka", "host:port,host:port or embedded")]
    [InlineData("KAFKA_BROKERS", "kafka:0", "host:port,host:port or embedded")]
    [InlineData("KAFKA_BROKERS", "a:1,,b:2", "host:port,host:port or embedded")]
    [InlineData("KAFKA_AUTO_OFFSET_RESET", "none", "latest or earliest")]
    public void Read_ValueThatIsNotTaken_NamesVariableValueAndWhatItTakes(string name, string value, string takes)
    {
        var error = Assert.Throws<SettingsException>(() => Read((name, value)));

        Assert.Equal(name, error.Variable);
        Assert.StartsWith(name + ": ", error.Message);
        Assert.Contains($"\"{value}\"", error.Message);
        Assert.Contains(takes, error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("EVENT_BUS_DATABASE_URL", "postgresql://user:hunter2@/events")]
    [InlineData("EVENT_BUS_DATABASE_URL", "mysql://user:hunter2@db/events")]
    [InlineData("EVENT_BUS_DATABASE_URL", "Password=hunter2;Database=events")]
    [InlineData("EVENT_BUS_REDIS_URL", "http://:hunter2@redis:6379")]
    [InlineData("EVENT_BUS_REDIS_URL", "redis://:hunter2@redis:6379/one")]
    [InlineData("EVENT_BUS_REDIS_URL", "redis://:hunter2@redis:6379/0/1")]
    [InlineData("EVENT_BUS_REDIS_URL", "redis://:hunter2@redis:6379?db=1")]
    [InlineData("EVENT_BUS_REDIS_URL", "redis://:hunter2@redis:0")]
    [InlineData("EVENT_BUS_REDIS_URL", "redis://:hunter2@")]
    public void Read_SecretThatIsNotTaken_NeverShowsTheValue(string name, string value)
    {
        var error = Assert.Throws<SettingsException>(() => Read((name, value)));

        Assert.Equal(name, error.Variable);
        Assert.DoesNotContain("hunter2", error.Message);
    }

    [Theory]
    [InlineData("postgresql://user:password@host:5432/database")]
    [InlineData("postgres://host/database")]
    [InlineData("Host=db;Username=u;Password=p;Database=events")]
    [InlineData("Server=db;Database=events")]
    public void Read_DatabaseUrl_TakesUriAndConnectionString(string value) => Read(("EVENT_BUS_DATABASE_URL", value));

    [Theory]
    [InlineData("redis://host")]
    [InlineData("redis://[::1]:6379/")]
    [InlineData("rediss://user:p%40ss@host:6380/15")]
    [InlineData("redis://:password@host")]
    public void Read_RedisUrl_TakesWhatRedisToolsTake(string value) => Read(("EVENT_BUS_REDIS_URL", value));

    [Fact]
    public void Read_WithoutBrokers_SaysWhatIsMissing()
    {
        var error = Assert.Throws<SettingsException>(() => GatewaySettings.Read(new EnvironmentReader(new Dictionary<string, string>()), false));

        Assert.Equal("KAFKA_BROKERS: is not set: it takes host:port,host:port or embedded", error.Message);
    }

    [Fact]
    public void Read_ValueWithLineBreaks_StaysOnOneLine()
    {
        var error = Assert.Throws<SettingsException>(() => Read(("EVENT_BUS_PORT", "1\r\n2" + new string('3', 500))));

        Assert.Contains("\"1??2333", error.Message);
        Assert.DoesNotContain('\n', error.Message);
        Assert.True(error.Message.Length < 200);
    }

    private static EnvironmentReader Environment(params (string Name, string Value)[] variables)
    {
        var all = new Dictionary<string, string>(Required);
        foreach (var (name, value) in variables)
            all[name] = value;
        return new EnvironmentReader(all);
    }

    private static GatewaySettings Read(params (string Name, string Value)[] variables) =>
        GatewaySettings.Read(Environment(variables), isTerminal: false);
}
