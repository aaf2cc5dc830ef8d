using EventBus.TestKit.Processes;

namespace EventBus.SystemTests.BadInput;

/// <summary>Settings that are wrong: the process ends at once with 78 and one line that names the variable. Needs no broker.</summary>
public sealed class ConfigurationTests
{
    [SkippableTheory]
    [InlineData("EVENT_BUS_READ_TIMEOUT", "30x")]
    [InlineData("EVENT_BUS_READ_TIMEOUT", "30")]
    [InlineData("EVENT_BUS_WRITE_TIMEOUT", "-30s")]
    [InlineData("EVENT_BUS_IDLE_TIMEOUT", "0x10")]
    [InlineData("EVENT_BUS_SHUTDOWN_TIMEOUT", "soon")]
    [InlineData("EVENT_BUS_PORT", "70000")]
    [InlineData("EVENT_BUS_PORT", "http")]
    [InlineData("EVENT_BUS_METRICS_PORT", "-1")]
    [InlineData("EVENT_BUS_H2C_PORT", "x")]
    [InlineData("EVENT_BUS_DIAGNOSTICS_PORT", "99999")]
    [InlineData("EVENT_BUS_BIND", "not-an-address")]
    [InlineData("EVENT_BUS_BIND", "300.1.1.1")]
    [InlineData("EVENT_BUS_EVENT_BUFFER_SIZE", "-1")]
    [InlineData("EVENT_BUS_EVENT_BUFFER_SIZE", "many")]
    [InlineData("EVENT_BUS_EVENT_BUFFER_BYTES", "-1")]
    [InlineData("EVENT_BUS_DOMAINS", "game,Upper")]
    [InlineData("EVENT_BUS_AUTO_CREATE_TOPICS", "maybe")]
    [InlineData("EVENT_BUS_DEFAULT_PARTITIONS", "0")]
    [InlineData("EVENT_BUS_ENCRYPTION_ENABLED", "true")]
    [InlineData("EVENT_BUS_TLS_CERTIFICATE_FILE", "/nowhere/certificate.pem")]
    [InlineData("EVENT_BUS_REDIS_URL", "redis:6379")]
    [InlineData("EVENT_BUS_REDIS_URL", "http://redis:6379")]
    [InlineData("EVENT_BUS_REDIS_URL", "redis://redis:6379/games")]
    [InlineData("KAFKA_BROKERS", null)]
    [InlineData("KAFKA_BROKERS", "")]
    [InlineData("KAFKA_BROKERS", "broker:port")]
    [InlineData("KAFKA_SECURITY_PROTOCOL", "plain")]
    [InlineData("KAFKA_SASL_MECHANISM", "MD5")]
    [InlineData("KAFKA_SSL_CA_LOCATION", "/nowhere/ca.pem")]
    [InlineData("KAFKA_PRODUCER_ACKS", "1")]
    [InlineData("KAFKA_PRODUCER_ENABLE_IDEMPOTENCE", "false")]
    [InlineData("KAFKA_PRODUCER_TRANSACTIONAL_ID", "mine")]
    [InlineData("KAFKA_PRODUCER_NO_SUCH_PROPERTY", "1")]
    [InlineData("KAFKA_PRODUCER_LINGER_MS", "soon")]
    public async Task Start_ABadValue_EndsWith78AndOneLineThatNamesIt(string variable, string? value)
    {
        Skip.If(GatewayProcess.UnavailableReason is not null, GatewayProcess.UnavailableReason);
        var environment = GatewayProcess.Environment("127.0.0.1:1");
        environment[variable] = value;

        var (exitCode, output) = await ChildProcess.RunAsync(GatewayProcess.Binary, [], TimeSpan.FromSeconds(10), environment);

        Assert.True(exitCode == 78, $"{exitCode}:\n{output}");
        var line = Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(variable, line, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Start_APortThatIsTaken_EndsWithALineThatNamesIt()
    {
        Skip.If(GatewayProcess.UnavailableReason is not null, GatewayProcess.UnavailableReason);
        var environment = GatewayProcess.Environment("127.0.0.1:1");
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, int.Parse(environment["EVENT_BUS_PORT"]!));
        taken.Start();

        var (exitCode, output) = await ChildProcess.RunAsync(GatewayProcess.Binary, [], TimeSpan.FromSeconds(30), environment);

        Assert.NotEqual(0, exitCode);
        Assert.Contains(environment["EVENT_BUS_PORT"]!, output, StringComparison.Ordinal);
    }
}
