using EventBus.SystemTests.Fixtures;
using EventBus.TestKit.Kafka;

namespace EventBus.SystemTests.Faults;

/// <summary>The collection of the tests that hurt a cluster of three and heal it again.</summary>
[CollectionDefinition(Name)]
public sealed class ThreeBrokers : ICollectionFixture<ThreeBrokersFixture>
{
    public const string Name = "three brokers";
}

/// <summary>Three brokers, each a controller too: the usual small production cluster.</summary>
public sealed class ThreeBrokersFixture : IAsyncLifetime
{
    /// <summary>A dead broker is found out after six seconds instead of nine: well below the time that a publish may take.</summary>
    public static IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>
    {
        ["broker.session.timeout.ms"] = "6000",
        ["broker.heartbeat.interval.ms"] = "1000",
        ["replica.lag.time.max.ms"] = "6000",
    };

    public KafkaCluster Cluster { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (SharedFixture.UnavailableReason is null)
            Cluster = await KafkaCluster.StartAsync(new KafkaClusterOptions { Brokers = 3, Settings = Settings });
    }

    public async Task DisposeAsync()
    {
        if (Cluster is not null)
            await Cluster.DisposeAsync();
    }
}
