using System.Text.Json;

namespace EventBus.Contracts;

/// <summary>The body of <c>POST /events/publish</c>.</summary>
public sealed record PublishEventRequest
{
    /// <summary>Lower-case dot-separated segments, the first one a domain: <c>game.match.end</c>. Up to 100 characters.</summary>
    public required string EventType { get; init; }

    /// <summary>The Kafka topic, of the same grammar. Up to 245 characters.</summary>
    public required string Topic { get; init; }

    /// <summary>Who says it: a service's name. Up to 100 characters.</summary>
    public required string Source { get; init; }

    /// <summary>A string (usually with JSON inside; may be empty), or a JSON object or array, taken as it is.</summary>
    public required JsonElement Payload { get; init; }

    /// <summary><c>low</c>, <c>normal</c> (the default), <c>high</c> or <c>critical</c>.</summary>
    public string? Priority { get; init; }

    /// <summary>Whether a replay may publish it again. True by default.</summary>
    public bool? IsReplayable { get; init; }

    /// <summary>The client's own id, unique per source; made by EventBus (UUID version 7) when absent.</summary>
    public string? EventId { get; init; }

    /// <summary>The ordering key; else the session, the player or the id. Up to 1 KiB.</summary>
    public string? Key { get; init; }

    /// <summary>When it happened: RFC 3339 with an offset.</summary>
    public string? Timestamp { get; init; }

    /// <summary>Kafka headers of the client's own: up to 32, of 8 KiB together.</summary>
    public Dictionary<string, string>? Headers { get; init; }

    /// <summary>The match or session; the ordering key where <see cref="Key"/> is absent.</summary>
    public string? SessionId { get; init; }

    /// <summary>The player; the ordering key where key and session are absent.</summary>
    public string? PlayerId { get; init; }
}
