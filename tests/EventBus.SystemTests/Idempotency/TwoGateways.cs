using EventBus.SystemTests.Fixtures;
using EventBus.TestKit.Kafka;
using EventBus.TestKit.Processes;
using EventBus.TestKit.Records;
using EventBus.TestKit.Redis;

namespace EventBus.SystemTests.Idempotency;

/// <summary>One broker, one Redis and two native gateways that share it.</summary>
public sealed class TwoGateways : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private int _topics;

    public static string? UnavailableReason => SharedFixture.UnavailableReason ?? RedisServer.UnavailableReason;

    public KafkaCluster Cluster { get; private set; } = null!;

    public RedisServer Redis { get; private set; } = null!;

    public IReadOnlyList<GatewayProcess> Gateways { get; private set; } = [];

    public IReadOnlyList<Api> Apis { get; private set; } = [];

    public async Task InitializeAsync()
    {
        if (UnavailableReason is not null)
            return;
        Cluster = await KafkaCluster.StartAsync();
        Redis = await RedisServer.StartAsync();
        Gateways = [await StartGatewayAsync(), await StartGatewayAsync()];
        Apis = [.. Gateways.Select(g => new Api(g.Http))];
        await UntilHealthAsync("healthy");
    }

    public async Task DisposeAsync()
    {
        foreach (var gateway in Gateways)
            await gateway.DisposeAsync();
        if (Redis is not null)
            await Redis.DisposeAsync();
        if (Cluster is not null)
            await Cluster.DisposeAsync();
    }

    /// <summary>An empty topic that both gateways know.</summary>
    public async Task<string> NewTopicAsync(string name)
    {
        await Cluster.CreateTopicAsync(name);
        _topics++;
        foreach (var api in Apis)
            await UntilAsync(async () => (await api.GetAsync("/health")).Json.GetProperty("topics_active").GetInt32() == _topics, $"{name} is known");
        return name;
    }

    /// <summary>Waits until both say that they are so.</summary>
    public async Task UntilHealthAsync(string status)
    {
        foreach (var api in Apis)
            await UntilAsync(async () => (await api.GetAsync("/health")).Json.GetProperty("status").GetString() == status, $"health is {status}");
    }

    /// <summary>The records of a topic.</summary>
    public IReadOnlyList<KafkaRecord> Read(string topic)
    {
        using var reader = new RecordReader(Cluster.BootstrapServers);
        return reader.ReadAll(topic);
    }

    private Task<GatewayProcess> StartGatewayAsync() => GatewayProcess.StartAsync(Cluster.BootstrapServers, ("EVENT_BUS_REDIS_URL", Redis.Url));

    private async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (!await condition())
        {
            Assert.False(deadline.IsCancellationRequested, $"not within {Patience}: {what}\n{string.Join('\n', Gateways.Select(g => g.Process.Output))}");
            await Task.Delay(20);
        }
    }
}
