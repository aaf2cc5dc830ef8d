namespace EventBus.Postgres.Queries;

/// <summary>An event as it is read from the store.</summary>
public sealed record StoredEvent
{
    /// <summary>Its id, unique per source.</summary>
    public required string EventId { get; init; }

    /// <summary>Its type.</summary>
    public required string EventType { get; init; }

    /// <summary>The topic that it was published to.</summary>
    public required string Topic { get; init; }

    /// <summary>Who said it.</summary>
    public required string Source { get; init; }

    /// <summary>The client's time, UTC.</summary>
    public required DateTime Timestamp { get; init; }

    /// <summary>The ingest time, UTC.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>The partition.</summary>
    public int? Partition { get; init; }

    /// <summary>The offset.</summary>
    public long? Offset { get; init; }

    /// <summary>The priority's word.</summary>
    public required string Priority { get; init; }

    /// <summary>Whether a replay may take it.</summary>
    public required bool IsReplayable { get; init; }

    /// <summary>The payload's media type.</summary>
    public string? ContentType { get; init; }

    /// <summary>The ordering key.</summary>
    public string? Key { get; init; }

    /// <summary>The session.</summary>
    public string? SessionId { get; init; }

    /// <summary>The player.</summary>
    public string? PlayerId { get; init; }

    /// <summary>The record's other headers: a JSON object of strings.</summary>
    public string? Headers { get; init; }

    /// <summary>The payload; null where the record had no value. It is valid until the next event of its page is read.</summary>
    public ReadOnlyMemory<byte>? Payload { get; init; }

    /// <summary>Whether the payload is UTF-8 text.</summary>
    public bool PayloadIsText { get; init; }
}
