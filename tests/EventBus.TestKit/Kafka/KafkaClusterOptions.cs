namespace EventBus.TestKit.Kafka;

/// <summary>What cluster to start.</summary>
public sealed record KafkaClusterOptions
{
    /// <summary>One broker or three; each is a controller too.</summary>
    public int Brokers { get; init; } = 1;

    /// <summary>Whether each broker has a second listener behind a <see cref="Network.TcpProxy"/>, whose port it advertises.</summary>
    public bool Proxied { get; init; }

    /// <summary>Broker settings beyond the kit's own.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();
}
