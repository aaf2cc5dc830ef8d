namespace EventBus.TestKit.Histories;

/// <summary>What a line of the history says.</summary>
public enum HistoryStep
{
    /// <summary>The client is about to send the event.</summary>
    Invoke,

    /// <summary>The answer says that it is stored.</summary>
    Ok,

    /// <summary>The answer says that it is not stored and will not be.</summary>
    Fail,

    /// <summary>No answer, or one that says it is not known. A timeout and a cut connection are this, never a fail.</summary>
    Unknown,
}

/// <summary>Which event: what its client called it, and carried in its payload.</summary>
/// <param name="Client">The client, from 0.</param>
/// <param name="Key">The ordering key.</param>
/// <param name="Sequence">Its place among the client's events of that key, from 1.</param>
public readonly record struct EventIdentity(int Client, string Key, int Sequence);

/// <summary>One line of a history.</summary>
/// <param name="Step">What happened.</param>
/// <param name="Event">To which event.</param>
/// <param name="EventId">The id that the answer gave.</param>
/// <param name="Topic">The topic that it was sent to.</param>
/// <param name="Partition">The partition that the answer gave.</param>
/// <param name="Offset">The offset that the answer gave.</param>
/// <param name="At">Monotonic time since the history began.</param>
/// <param name="Detail">Status and code, or the exception: for reading only.</param>
public sealed record HistoryEntry(
    HistoryStep Step, EventIdentity Event, string? EventId, string Topic, int? Partition, long? Offset, TimeSpan At, string? Detail = null);

/// <summary>What a record of the log is about.</summary>
/// <param name="Event">The identity in its payload.</param>
/// <param name="EventId">Its <c>ce_id</c>.</param>
/// <param name="Topic">The topic.</param>
/// <param name="Partition">The partition.</param>
/// <param name="Offset">The offset.</param>
public sealed record LogEntry(EventIdentity Event, string EventId, string Topic, int Partition, long Offset);
