using EventBus.Core.Schemas;

namespace EventBus.Gateway.Topics;

/// <summary>What a request says of a topic, checked field by field. Null is absent, but for what <see cref="Removes"/> names.</summary>
internal sealed class TopicFields
{
    public string? Name { get; set; }

    public string? Description { get; set; }

    public int? Partitions { get; set; }

    public int? ReplicationFactor { get; set; }

    public int? RetentionHours { get; set; }

    public string? Category { get; set; }

    public string? OwnerService { get; set; }

    public bool? IsSystemTopic { get; set; }

    public bool? EnableDlq { get; set; }

    public TopicSchema? Schema { get; set; }

    /// <summary>The fields that a change sets to null.</summary>
    public HashSet<string> Removes { get; } = new(StringComparer.Ordinal);
}
