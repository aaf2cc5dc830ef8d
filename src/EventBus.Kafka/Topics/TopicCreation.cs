namespace EventBus.Kafka.Topics;

/// <summary>What a new topic is to be like; what is null gets the configured default.</summary>
/// <param name="Name">The name.</param>
/// <param name="Partitions">How many partitions.</param>
/// <param name="Replicas">How many replicas; the default, unlike a number given here, is capped at the brokers there are.</param>
/// <param name="Retention">How long records are kept.</param>
public sealed record TopicRequest(string Name, int? Partitions = null, int? Replicas = null, TimeSpan? Retention = null);

/// <summary>What became of a <see cref="TopicRequest"/>.</summary>
public enum TopicCreationOutcome
{
    /// <summary>The topic is there now.</summary>
    Created,

    /// <summary>There was one of that name.</summary>
    AlreadyExists,

    /// <summary>Kafka will not make it.</summary>
    Refused,

    /// <summary>Kafka did not answer: it may or may not be made.</summary>
    Unavailable,
}

/// <summary>What became of a <see cref="TopicRequest"/>, and why.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Reason">The broker's own reason, where it was not made.</param>
public sealed record TopicCreation(TopicCreationOutcome Outcome, string? Reason = null);
