using EventBus.TestKit.Kafka;
using EventBus.TestKit.Processes;
using EventBus.TestKit.Records;

namespace EventBus.SystemTests.Fixtures;

/// <summary>The collection of the tests that only need topics of their own: one broker and one gateway serve them all.</summary>
[CollectionDefinition(Name)]
public sealed class SharedEngines : ICollectionFixture<SharedFixture>
{
    public const string Name = "shared engines";
}

/// <summary>
/// One broker, one gateway and a supply of fresh topics, made before the gateway starts so that none has to be waited for.
/// </summary>
public sealed class SharedFixture : IAsyncLifetime
{
    /// <summary>The default topic of game events.</summary>
    public const string GameEvents = "game.events";

    private const int SinglePartition = 120;
    private const int ThreePartitions = 20;
    private int _nextSingle;
    private int _nextThree;

    /// <summary>Why the tests cannot run here; null where they can.</summary>
    public static string? UnavailableReason => GatewayProcess.UnavailableReason ?? KafkaCluster.UnavailableReason;

    public KafkaCluster Cluster { get; private set; } = null!;

    public GatewayProcess Gateway { get; private set; } = null!;

    public RecordReader Reader { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (UnavailableReason is not null)
            return;
        Cluster = await KafkaCluster.StartAsync();
        await Cluster.CreateTopicsAsync([GameEvents, "game.match.events", .. Enumerable.Range(0, SinglePartition).Select(Single)]);
        await Cluster.CreateTopicsAsync(Enumerable.Range(0, ThreePartitions).Select(Three), partitions: 3);
        Reader = new RecordReader(Cluster.BootstrapServers);
        Gateway = await GatewayProcess.StartAsync(Cluster.BootstrapServers);
    }

    public async Task DisposeAsync()
    {
        if (Gateway is not null)
            await Gateway.DisposeAsync();
        Reader?.Dispose();
        if (Cluster is not null)
            await Cluster.DisposeAsync();
    }

    /// <summary>An empty topic of one partition that no other test uses.</summary>
    public string FreshTopic() => Take(ref _nextSingle, SinglePartition, Single);

    /// <summary>An empty topic of three partitions that no other test uses.</summary>
    public string FreshTopicOfThree() => Take(ref _nextThree, ThreePartitions, Three);

    private static string Single(int i) => $"game.single.t{i}";

    private static string Three(int i) => $"game.three.t{i}";

    private static string Take(ref int next, int count, Func<int, string> name) => next < count
        ? name(next++)
        : throw new InvalidOperationException($"All {count} topics are used: raise the number in {nameof(SharedFixture)}.");
}
