namespace EventBus.Contracts;

/// <summary>Headers that a dead letter has besides those of the record that it was.</summary>
public static class DeadLetterHeaders
{
    /// <summary>What all of them begin with. Clients cannot set such headers.</summary>
    public const string Prefix = "eb_";
    /// <summary>Why, as a word to group by.</summary>
    public const string Reason = "eb_reason";
    /// <summary>Why, for people.</summary>
    public const string ReasonDetail = "eb_reason_detail";
    /// <summary>How often it was tried.</summary>
    public const string Attempts = "eb_attempts";
    /// <summary>The topic that it was read from.</summary>
    public const string OriginTopic = "eb_origin_topic";
    /// <summary>The partition that it was read from.</summary>
    public const string OriginPartition = "eb_origin_partition";
    /// <summary>The offset that it was read at.</summary>
    public const string OriginOffset = "eb_origin_offset";
    /// <summary><c>true</c> where the letter was too large for its topic: the value is at the origin only.</summary>
    public const string PayloadOmitted = "eb_payload_omitted";
}
