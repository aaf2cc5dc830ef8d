using EventBus.Core.Events;

namespace EventBus.Core.Storing;

/// <summary>
/// An event as the store keeps it. Texts are the record's own bytes, checked (UTF-8, no U+0000, within their columns), so that none becomes
/// a string on its way to the store.
/// </summary>
public readonly record struct EventRow
{
    /// <summary>The row's key: a UUID version 7 of the time of storing.</summary>
    public required Guid Id { get; init; }

    /// <summary>Where the record lies.</summary>
    public required TopicPartitionId Partition { get; init; }

    /// <summary>The record's offset.</summary>
    public required long Offset { get; init; }

    /// <summary><c>ce_id</c>: 1 to 100 characters.</summary>
    public required ReadOnlyMemory<byte> EventId { get; init; }

    /// <summary><c>ce_type</c>: 1 to 100 characters.</summary>
    public required ReadOnlyMemory<byte> EventType { get; init; }

    /// <summary><c>ce_source</c>: 1 to 100 characters.</summary>
    public required ReadOnlyMemory<byte> Source { get; init; }

    /// <summary>The payload; null is a record without a value.</summary>
    public ReadOnlyMemory<byte>? Payload { get; init; }

    /// <summary>Whether the payload is text that PostgreSQL takes: valid UTF-8 without U+0000.</summary>
    public bool PayloadIsText { get; init; }

    /// <summary><c>content-type</c>; empty for none.</summary>
    public ReadOnlyMemory<byte> ContentType { get; init; }

    /// <summary>The record's key; empty for none. A key that is no text is kept as none.</summary>
    public ReadOnlyMemory<byte> Key { get; init; }

    /// <summary><c>ce_sessionid</c>; empty for none.</summary>
    public ReadOnlyMemory<byte> SessionId { get; init; }

    /// <summary><c>ce_playerid</c>; empty for none.</summary>
    public ReadOnlyMemory<byte> PlayerId { get; init; }

    /// <summary>All other headers as a JSON object of strings, in the record's order; empty for none.</summary>
    public ReadOnlyMemory<byte> Headers { get; init; }

    /// <summary><c>ce_priority</c>.</summary>
    public EventPriority Priority { get; init; }

    /// <summary><c>ce_replayable</c>: true where the header is absent.</summary>
    public required bool IsReplayable { get; init; }

    /// <summary><c>ce_time</c>, else the record's time. UTC.</summary>
    public required DateTime Timestamp { get; init; }

    /// <summary>The record's time: when the gateway took it. UTC.</summary>
    public required DateTime CreatedAt { get; init; }
}
