namespace EventBus.Contracts;

/// <summary>
/// Header names of a record on Kafka: the CloudEvents Kafka protocol binding 1.0.2, binary content mode, plus the extension attributes of
/// this product.
/// </summary>
public static class RecordHeaders
{
    /// <summary>CloudEvents version: always <c>1.0</c>.</summary>
    public const string SpecVersion = "ce_specversion";
    /// <summary>The event's id, unique per source.</summary>
    public const string Id = "ce_id";
    /// <summary>Who says it.</summary>
    public const string Source = "ce_source";
    /// <summary>The event type.</summary>
    public const string Type = "ce_type";
    /// <summary>When it happened, in microseconds; the ingest time where the client did not say.</summary>
    public const string Time = "ce_time";
    /// <summary>The media type of the record's value (CloudEvents <c>datacontenttype</c>).</summary>
    public const string ContentType = "content-type";

    /// <summary>The explicit ordering key.</summary>
    public const string PartitionKey = "ce_partitionkey";
    /// <summary>The priority, where it is not <c>normal</c>.</summary>
    public const string Priority = "ce_priority";
    /// <summary><c>false</c> where a replay must leave the event out.</summary>
    public const string Replayable = "ce_replayable";
    /// <summary>The match or session.</summary>
    public const string SessionId = "ce_sessionid";
    /// <summary>The player.</summary>
    public const string PlayerId = "ce_playerid";
    /// <summary>A game event's <c>game_mode</c>.</summary>
    public const string GameMode = "ce_gamemode";
    /// <summary>A game event's <c>map_name</c>.</summary>
    public const string MapName = "ce_mapname";
    /// <summary>A game event's <c>server_id</c>.</summary>
    public const string ServerId = "ce_serverid";
    /// <summary>A game event's <c>region</c>.</summary>
    public const string Region = "ce_region";
    /// <summary>A game event's <c>version</c>.</summary>
    public const string GameVersion = "ce_gameversion";

    /// <summary>W3C Trace Context.</summary>
    public const string TraceParent = "traceparent";
    /// <summary>W3C Trace Context, vendors' part.</summary>
    public const string TraceState = "tracestate";
}
