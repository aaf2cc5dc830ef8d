namespace EventBus.TestKit.Kafka;

/// <summary>What cluster to start.</summary>
public sealed record KafkaClusterOptions
{
    /// <summary>One broker or three.</summary>
    public int Brokers { get; init; } = 1;

    /// <summary>
    /// How many of the brokers are controllers too; null for all. With as many as brokers, two of three dead are no quorum, and nothing
    /// more is decided about who is in sync.
    /// </summary>
    public int? Controllers { get; init; }

    /// <summary>Whether each broker has a second listener behind a <see cref="Network.TcpProxy"/>, whose port it advertises.</summary>
    public bool Proxied { get; init; }

    /// <summary>Broker settings beyond the kit's own.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();
}
