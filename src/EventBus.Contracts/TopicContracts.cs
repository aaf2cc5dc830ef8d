using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventBus.Contracts;

/// <summary>The body of <c>POST /topics</c>. What is absent gets the deployment's default.</summary>
public sealed record CreateTopicRequest
{
    /// <summary>Two to five dot-separated segments of <c>[a-z0-9_]+</c>, the first one a domain, the last one not <c>dlq</c>. Up to 245 characters.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for. Up to 4,096 characters.</summary>
    public string? Description { get; init; }

    /// <summary>Partitions, at least 1.</summary>
    public int? Partitions { get; init; }

    /// <summary>Replicas of each partition, at most the brokers there are.</summary>
    public int? ReplicationFactor { get; init; }

    /// <summary>How long Kafka keeps its events, in hours.</summary>
    public int? RetentionHours { get; init; }

    /// <summary>A word to group topics by; <c>game</c> by default. Up to 20 characters.</summary>
    public string? Category { get; init; }

    /// <summary>Who answers for it. Up to 100 characters.</summary>
    public string? OwnerService { get; init; }

    /// <summary>Kept as told; false by default.</summary>
    public bool? IsSystemTopic { get; init; }

    /// <summary>Not supported yet: <c>true</c> is refused.</summary>
    public bool? RequiresAuth { get; init; }

    /// <summary>Whether the topic gets one for its dead letters, <c>{name}.dlq</c>; true by default.</summary>
    public bool? EnableDlq { get; init; }

    /// <summary>A JSON Schema that payloads must fit: an object, or a string with one inside.</summary>
    public JsonElement? Schema { get; init; }
}

/// <summary>The body of <c>PATCH /topics/{topicName}</c>: what is absent stays; a null description, owner or schema is removed.</summary>
public sealed record UpdateTopicRequest
{
    /// <summary>What it is for. Up to 4,096 characters.</summary>
    public string? Description { get; init; }

    /// <summary>Partitions: they can only grow. Keys go to other partitions from then on.</summary>
    public int? Partitions { get; init; }

    /// <summary>How long Kafka keeps its events, in hours.</summary>
    public int? RetentionHours { get; init; }

    /// <summary>A word to group topics by. Up to 20 characters.</summary>
    public string? Category { get; init; }

    /// <summary>Who answers for it. Up to 100 characters.</summary>
    public string? OwnerService { get; init; }

    /// <summary>True makes <c>{name}.dlq</c>; false keeps the one there is, with what is in it.</summary>
    public bool? EnableDlq { get; init; }

    /// <summary>A schema that takes all that the present one takes.</summary>
    public JsonElement? Schema { get; init; }
}

/// <summary>A topic in the answer of <c>GET /topics</c>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it is for.</param>
/// <param name="Partitions">Partitions.</param>
/// <param name="ReplicationFactor">Replicas of each partition.</param>
/// <param name="Status"><c>active</c>, <c>creating</c> or <c>deleting</c>.</param>
/// <param name="Category">A word to group topics by.</param>
/// <param name="CreatedAt">When it was registered, in UTC.</param>
public sealed record TopicSummary(
    string Name, string? Description, int Partitions, int ReplicationFactor, string Status, string Category, DateTime CreatedAt);

/// <summary>A topic in full: the answer of <c>POST</c>, <c>PATCH</c> and <c>GET /topics/{topicName}</c>.</summary>
public sealed record TopicResponse
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for.</summary>
    public string? Description { get; init; }

    /// <summary>Partitions.</summary>
    public required int Partitions { get; init; }

    /// <summary>Replicas of each partition.</summary>
    public required int ReplicationFactor { get; init; }

    /// <summary>How long Kafka keeps its events, in hours; -1 is for ever.</summary>
    public required int RetentionHours { get; init; }

    /// <summary><c>active</c>.</summary>
    public required string Status { get; init; }

    /// <summary>A word to group topics by.</summary>
    public required string Category { get; init; }

    /// <summary>Who answers for it.</summary>
    public string? OwnerService { get; init; }

    /// <summary>Kept as told.</summary>
    public required bool IsSystemTopic { get; init; }

    /// <summary>Always false for now.</summary>
    public required bool RequiresAuth { get; init; }

    /// <summary>Whether it has a topic for its dead letters, <c>{name}.dlq</c>.</summary>
    public required bool EnableDlq { get; init; }

    /// <summary>The JSON Schema that payloads must fit; null where they are free.</summary>
    public JsonElement? Schema { get; init; }

    /// <summary>When it was registered, in UTC.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>When its registration last changed, in UTC.</summary>
    public required DateTime UpdatedAt { get; init; }

    /// <summary>What the brokers say of its partitions; in the answer of <c>GET</c> alone.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<TopicPartition>? PartitionDetails { get; init; }
}

/// <summary>What the brokers say of a partition.</summary>
/// <param name="Partition">Its number.</param>
/// <param name="Leader">The leading broker's id; null where there is none now.</param>
/// <param name="Replicas">The ids of the brokers that hold it.</param>
/// <param name="InSyncReplicas">Those of them that have all of it.</param>
/// <param name="EarliestOffset">The first offset still kept; null where its leader did not say.</param>
/// <param name="LatestOffset">The offset of the next record; null where its leader did not say.</param>
/// <param name="SizeBytes">What it takes on a broker's disk; always null for now, since the client library does not ask for it.</param>
public sealed record TopicPartition(
    int Partition, int? Leader, IReadOnlyList<int> Replicas, IReadOnlyList<int> InSyncReplicas, long? EarliestOffset, long? LatestOffset,
    long? SizeBytes);
