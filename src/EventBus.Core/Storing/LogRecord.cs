namespace EventBus.Core.Storing;

/// <summary>A header of a Kafka record.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value's bytes; null where it has none.</param>
public readonly record struct RecordHeader(string Name, byte[]? Value);

/// <summary>A record as a client of the log hands it over: valid for the length of a call, so whoever keeps it copies it.</summary>
public readonly ref struct LogRecord
{
    /// <summary>The record's offset.</summary>
    public required long Offset { get; init; }

    /// <summary>The record's time in UTC: for records of the gateway, when it took the event.</summary>
    public required DateTime Time { get; init; }

    /// <summary>The headers in their order; names may occur more than once.</summary>
    public required ReadOnlySpan<RecordHeader> Headers { get; init; }

    /// <summary>The key; null where there is none.</summary>
    public required byte[]? Key { get; init; }

    /// <summary>The value; null where there is none.</summary>
    public required byte[]? Value { get; init; }
}
