namespace EventBus.Core.Events;

/// <summary>
/// <see cref="Contracts.RecordHeaders"/> as UTF-8 with a terminating NUL, the form that goes into a frame: no name is encoded per event.
/// A test holds the two lists together.
/// </summary>
public static class RecordHeaderNames
{
    /// <summary>The prefix of CloudEvents attributes in the Kafka binding.</summary>
    public static ReadOnlySpan<byte> AttributePrefix => "ce_"u8;

    /// <summary><see cref="Contracts.RecordHeaders.SpecVersion"/>.</summary>
    public static ReadOnlySpan<byte> SpecVersion => "ce_specversion\0"u8;

    /// <summary><see cref="Contracts.RecordHeaders.Id"/>.</summary>
    public static ReadOnlySpan<byte> Id => "ce_id\0"u8;

    /// <summary><see cref="Contracts.RecordHeaders.Source"/>.</summary>
    public static ReadOnlySpan<byte> Source => "ce_source\0"u8;

    /// <summary><see cref="Contracts.RecordHeaders.Type"/>.</summary>
    public static ReadOnlySpan<byte> Type => "ce_type\0"u8;

    /// <summary><see cref="Contracts.RecordHeaders.Time"/>.</summary>
    public static ReadOnlySpan<byte> Time => "ce_time\0"u8;

    /// <summary><see cref="Contracts.RecordHeaders.ContentType"/>.</summary>
    public static ReadOnlySpan<byte> ContentType => "content-type\0"u8;

    /// <summary><see cref="Contracts.RecordHeaders.PartitionKey"/>.</summary>
    public static ReadOnlySpan<byte> PartitionKey => "ce_partitionkey\0"u8;

    /// <summary><see cref="Contracts.RecordHeaders.Priority"/>.</summary>
    public static ReadOnlySpan<byte> Priority => "ce_priority\0"u8;

    /// <summary><see cref="Contracts.RecordHeaders.Replayable"/>.</summary>
    public static ReadOnlySpan<byte> Replayable => "ce_replayable\0"u8;

    /// <summary><see cref="Contracts.RecordHeaders.SessionId"/>.</summary>
    public static ReadOnlySpan<byte> SessionId => "ce_sessionid\0"u8;

    /// <summary><see cref="Contracts.RecordHeaders.PlayerId"/>.</summary>
    public static ReadOnlySpan<byte> PlayerId => "ce_playerid\0"u8;

    /// <summary><see cref="Contracts.RecordHeaders.GameMode"/>.</summary>
    public static ReadOnlySpan<byte> GameMode => "ce_gamemode\0"u8;

    /// <summary><see cref="Contracts.RecordHeaders.MapName"/>.</summary>
    public static ReadOnlySpan<byte> MapName => "ce_mapname\0"u8;

    /// <summary><see cref="Contracts.RecordHeaders.ServerId"/>.</summary>
    public static ReadOnlySpan<byte> ServerId => "ce_serverid\0"u8;

    /// <summary><see cref="Contracts.RecordHeaders.Region"/>.</summary>
    public static ReadOnlySpan<byte> Region => "ce_region\0"u8;

    /// <summary><see cref="Contracts.RecordHeaders.GameVersion"/>.</summary>
    public static ReadOnlySpan<byte> GameVersion => "ce_gameversion\0"u8;

    /// <summary><see cref="Contracts.RecordHeaders.TraceParent"/>.</summary>
    public static ReadOnlySpan<byte> TraceParent => "traceparent\0"u8;

    /// <summary><see cref="Contracts.RecordHeaders.TraceState"/>.</summary>
    public static ReadOnlySpan<byte> TraceState => "tracestate\0"u8;
}
