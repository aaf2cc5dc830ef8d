namespace EventBus.Core.Settings;

/// <summary>How to reach Kafka: read from the environment once, at start, and never changed.</summary>
public sealed record KafkaSettings
{
    /// <summary>The value of <c>KAFKA_BROKERS</c> that starts librdkafka's in-process mock cluster instead of connecting to a real one.</summary>
    public const string Embedded = "embedded";

    /// <summary><c>KAFKA_BROKERS</c>: comma-separated <c>host:port</c>, or <see cref="Embedded"/>.</summary>
    public required string Brokers { get; init; }

    /// <summary>True where the cluster is the embedded one.</summary>
    public bool IsEmbedded => Brokers == Embedded;

    /// <summary><c>KAFKA_CLIENT_ID</c>.</summary>
    public string ClientId { get; init; } = "event-bus-service";

    /// <summary><c>KAFKA_GROUP_ID</c>: the prefix of the worker's consumer groups.</summary>
    public string GroupId { get; init; } = "event-bus-group";

    /// <summary><c>KAFKA_SESSION_TIMEOUT</c>.</summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary><c>KAFKA_HEARTBEAT_INTERVAL</c>.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary><c>KAFKA_AUTO_OFFSET_RESET</c>: for live streams only; the sink and the router start from the earliest.</summary>
    public string AutoOffsetReset { get; init; } = "latest";

    /// <summary><c>KAFKA_ENABLE_AUTO_COMMIT</c>.</summary>
    public bool EnableAutoCommit { get; init; } = true;

    /// <summary><c>KAFKA_SECURITY_PROTOCOL</c>: <c>plaintext</c>, <c>ssl</c>, <c>sasl_plaintext</c> or <c>sasl_ssl</c>.</summary>
    public string SecurityProtocol { get; init; } = "plaintext";

    /// <summary><c>KAFKA_SASL_MECHANISM</c>: <c>PLAIN</c>, <c>SCRAM-SHA-256</c> or <c>SCRAM-SHA-512</c>; null without SASL.</summary>
    public string? SaslMechanism { get; init; }

    /// <summary><c>KAFKA_SASL_USERNAME</c>.</summary>
    public string? SaslUsername { get; init; }

    /// <summary><c>KAFKA_SASL_PASSWORD</c>. Never logged.</summary>
    public string? SaslPassword { get; init; }

    /// <summary><c>KAFKA_SSL_CA_LOCATION</c>: a PEM file; null for the system's own store.</summary>
    public string? SslCaLocation { get; init; }

    /// <summary><c>KAFKA_SSL_CERTIFICATE_LOCATION</c>: the client's certificate, a PEM file.</summary>
    public string? SslCertificateLocation { get; init; }

    /// <summary><c>KAFKA_SSL_KEY_LOCATION</c>: the client's key, a PEM file.</summary>
    public string? SslKeyLocation { get; init; }

    /// <summary><c>KAFKA_PRODUCER_*</c>: any other librdkafka property of producers, by its own dotted name.</summary>
    public IReadOnlyDictionary<string, string> ProducerProperties { get; init; } = new Dictionary<string, string>();

    /// <summary><c>KAFKA_CONSUMER_*</c>: any other librdkafka property of consumers, by its own dotted name.</summary>
    public IReadOnlyDictionary<string, string> ConsumerProperties { get; init; } = new Dictionary<string, string>();

    /// <summary><c>EVENT_BUS_DEFAULT_PARTITIONS</c>: of topics made without a number.</summary>
    public int DefaultPartitions { get; init; } = 3;

    /// <summary><c>EVENT_BUS_DEFAULT_REPLICAS</c>: of topics made without a number; capped at the brokers there are.</summary>
    public int DefaultReplicas { get; init; } = 2;

    /// <summary><c>EVENT_BUS_EVENT_RETENTION_PERIOD</c>: of topics made without one.</summary>
    public TimeSpan RetentionPeriod { get; init; } = TimeSpan.FromHours(168);

    /// <summary><c>EVENT_BUS_AUTO_CREATE_TOPICS</c>: make a topic at its first publish. On by default with the embedded cluster only.</summary>
    public bool AutoCreateTopics { get; init; }
}
