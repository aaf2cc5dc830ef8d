using System.Text.Json;

namespace EventBus.Contracts;

/// <summary>The body of <c>POST /events/game/publish</c>. The record's value is this object itself, as its bytes came.</summary>
public sealed record PublishGameEventRequest
{
    /// <summary>Who acted.</summary>
    public required string PlayerId { get; init; }

    /// <summary>The match or session: the ordering key.</summary>
    public required string SessionId { get; init; }

    /// <summary>What was done: <c>kill</c> makes the type <c>game.kill</c>.</summary>
    public required string ActionType { get; init; }

    /// <summary>The Kafka topic; <c>game.events</c> by default.</summary>
    public string? Topic { get; init; }

    /// <summary>Header <c>ce_gamemode</c>.</summary>
    public string? GameMode { get; init; }

    /// <summary>Header <c>ce_mapname</c>.</summary>
    public string? MapName { get; init; }

    /// <summary>What belongs to the action, free in its shape.</summary>
    public JsonElement? ActionData { get; init; }

    /// <summary>Where it happened: finite numbers.</summary>
    public GamePosition? Position { get; init; }

    /// <summary>The event's source, <c>game-server</c> by default; header <c>ce_serverid</c>.</summary>
    public string? ServerId { get; init; }

    /// <summary>Header <c>ce_region</c>.</summary>
    public string? Region { get; init; }

    /// <summary>The game's version: header <c>ce_gameversion</c>.</summary>
    public string? Version { get; init; }

    /// <summary>As in <see cref="PublishEventRequest.Priority"/>.</summary>
    public string? Priority { get; init; }

    /// <summary>As in <see cref="PublishEventRequest.IsReplayable"/>.</summary>
    public bool? IsReplayable { get; init; }

    /// <summary>As in <see cref="PublishEventRequest.EventId"/>.</summary>
    public string? EventId { get; init; }

    /// <summary>As in <see cref="PublishEventRequest.Key"/>.</summary>
    public string? Key { get; init; }

    /// <summary>As in <see cref="PublishEventRequest.Timestamp"/>.</summary>
    public string? Timestamp { get; init; }

    /// <summary>As in <see cref="PublishEventRequest.Headers"/>.</summary>
    public Dictionary<string, string>? Headers { get; init; }
}

/// <summary>A place on a map, in the game's own units.</summary>
/// <param name="X">East.</param>
/// <param name="Y">North.</param>
/// <param name="Z">Up.</param>
public sealed record GamePosition(double X, double Y, double Z);
