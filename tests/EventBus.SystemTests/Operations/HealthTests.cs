using EventBus.SystemTests.Fixtures;
using EventBus.TestKit.Processes;
using Xunit.Abstractions;

namespace EventBus.SystemTests.Operations;

/// <summary>Health over HTTP and from the command line.</summary>
public sealed class HealthTests(SharedFixture fixture, ITestOutputHelper output) : GatewayTest(fixture, output)
{
    [SkippableFact]
    public async Task Health_WithKafka_IsHealthyInTheContractsShape()
    {
        var answer = await Api.GetAsync("/health");

        Assert.Equal((200, "application/json"), (answer.Status, answer.MediaType));
        string[] names = ["status", "domain", "timestamp", "version", "kafka_connected", "topics_active", "subscribers_active"];
        Assert.Equal(names, answer.Json.EnumerateObject().Select(p => p.Name));
        Assert.Equal("healthy", answer.Json.GetProperty("status").GetString());
        Assert.Equal("event-bus-service", answer.Json.GetProperty("domain").GetString());
        Assert.True(answer.Json.GetProperty("kafka_connected").GetBoolean());
        Assert.InRange(answer.Json.GetProperty("topics_active").GetInt32(), 100, int.MaxValue);
        Assert.Equal(0, answer.Json.GetProperty("subscribers_active").GetInt32());
        Assert.EndsWith("Z", answer.Json.GetProperty("timestamp").GetString(), StringComparison.Ordinal);
        Assert.InRange(
            answer.Json.GetProperty("timestamp").GetDateTimeOffset(),
            TimeProvider.System.GetUtcNow().AddSeconds(-10),
            TimeProvider.System.GetUtcNow().AddSeconds(1));
    }

    [SkippableTheory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    public async Task Probes_WithKafka_Are200(string path) => Assert.Equal(200, (await Api.GetAsync(path)).Status);

    [SkippableFact]
    public async Task HealthCheck_OfARunningGateway_EndsWith0()
    {
        var environment = new Dictionary<string, string?>
        {
            ["KAFKA_BROKERS"] = Cluster.BootstrapServers,
            ["EVENT_BUS_BIND"] = "127.0.0.1",
            ["EVENT_BUS_PORT"] = $"{Gateway.Port}",
            ["EVENT_BUS_METRICS_PORT"] = $"{Gateway.MetricsPort}",
        };

        var (exitCode, output) = await ChildProcess.RunAsync(
            GatewayProcess.Binary, ["--health-check"], TimeSpan.FromSeconds(10), environment);

        Assert.True(exitCode == 0, $"{exitCode}: {output}");
    }

    [SkippableFact]
    public async Task Diagnostics_ByDefault_AreOff()
    {
        using var client = new System.Net.Sockets.TcpClient();

        await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(() => client.ConnectAsync("127.0.0.1", 6063));
    }
}
