namespace EventBus.Core.Topics;

/// <summary>A topic's row in the registry.</summary>
public sealed record RegisteredTopic
{
    /// <summary>The row is made, the Kafka topic perhaps not yet.</summary>
    public const string Creating = "creating";

    /// <summary>The topic is there and may be published to.</summary>
    public const string Active = "active";

    /// <summary>The Kafka topic is being removed, and then the row.</summary>
    public const string Deleting = "deleting";

    /// <summary>The row's key.</summary>
    public Guid Id { get; init; }

    /// <summary>The name, in Kafka too.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for.</summary>
    public string? Description { get; init; }

    /// <summary>The JSON Schema of its payloads, as JSON text; null where they are free.</summary>
    public string? Schema { get; init; }

    /// <summary>Partitions.</summary>
    public required int Partitions { get; init; }

    /// <summary>Replicas of each partition.</summary>
    public required int ReplicationFactor { get; init; }

    /// <summary>How long Kafka keeps its events, in hours; -1 is for ever.</summary>
    public required int RetentionHours { get; init; }

    /// <summary><see cref="Creating"/>, <see cref="Active"/> or <see cref="Deleting"/>.</summary>
    public string Status { get; init; } = Active;

    /// <summary>A word to group topics by.</summary>
    public required string Category { get; init; }

    /// <summary>Who answers for it.</summary>
    public string? OwnerService { get; init; }

    /// <summary>When the row was made, in UTC.</summary>
    public DateTime CreatedAt { get; init; }

    /// <summary>When the row was last written, in UTC: also what concurrent changes are told by.</summary>
    public DateTime UpdatedAt { get; init; }

    /// <summary>Kept as told.</summary>
    public bool IsSystemTopic { get; init; }

    /// <summary>Always false for now.</summary>
    public bool RequiresAuth { get; init; }

    /// <summary>Whether what cannot be handled goes to <see cref="DeadLetterTopic"/>.</summary>
    public bool EnableDlq { get; init; } = true;

    /// <summary>The topic's own dead letters.</summary>
    public string DeadLetterTopic => DeadLetterTopicOf(Name);

    /// <summary>The dead letters of a topic.</summary>
    public static string DeadLetterTopicOf(string name) => name + ".dlq";
}
