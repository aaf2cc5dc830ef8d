using System.Text.Json;

namespace EventBus.Core.Parsing;

/// <summary>The top-level fields of the publishing contract, generic and game events together.</summary>
internal enum FieldName
{
    EventType,
    Topic,
    Source,
    Payload,
    Priority,
    IsReplayable,
    EventId,
    Key,
    Timestamp,
    Headers,
    SessionId,
    PlayerId,
    ActionType,
    GameMode,
    MapName,
    ActionData,
    Position,
    ServerId,
    Region,
    Version,
    Unknown,
}

/// <summary>Where a field's value stands in the request's bytes. A string's range is without its quotes.</summary>
internal struct EventField
{
    public int Start;
    public int Length;
    public JsonTokenType Kind;
    public bool Escaped;

    /// <summary>Neither given nor null.</summary>
    public readonly bool IsAbsent => Kind is JsonTokenType.None or JsonTokenType.Null;

    public readonly ReadOnlySpan<byte> In(ReadOnlySpan<byte> json) => json.Slice(Start, Length);
}

/// <summary>Names of the contract's fields.</summary>
internal static class FieldNames
{
    private static readonly string[] Pointers =
    [
        "/event_type", "/topic", "/source", "/payload", "/priority", "/is_replayable", "/event_id", "/key", "/timestamp", "/headers",
        "/session_id", "/player_id", "/action_type", "/game_mode", "/map_name", "/action_data", "/position", "/server_id", "/region", "/version",
    ];

    /// <summary>The field's JSON Pointer.</summary>
    public static string Pointer(FieldName field) => Pointers[(int)field];

    /// <summary>The field of a name: by length first, so that most names cost one comparison.</summary>
    public static FieldName Of(ReadOnlySpan<byte> name) => name.Length switch
    {
        3 when name.SequenceEqual("key"u8) => FieldName.Key,
        5 when name.SequenceEqual("topic"u8) => FieldName.Topic,
        6 when name.SequenceEqual("source"u8) => FieldName.Source,
        6 when name.SequenceEqual("region"u8) => FieldName.Region,
        7 when name.SequenceEqual("payload"u8) => FieldName.Payload,
        7 when name.SequenceEqual("headers"u8) => FieldName.Headers,
        7 when name.SequenceEqual("version"u8) => FieldName.Version,
        8 when name.SequenceEqual("priority"u8) => FieldName.Priority,
        8 when name.SequenceEqual("event_id"u8) => FieldName.EventId,
        8 when name.SequenceEqual("map_name"u8) => FieldName.MapName,
        8 when name.SequenceEqual("position"u8) => FieldName.Position,
        9 when name.SequenceEqual("timestamp"u8) => FieldName.Timestamp,
        9 when name.SequenceEqual("player_id"u8) => FieldName.PlayerId,
        9 when name.SequenceEqual("server_id"u8) => FieldName.ServerId,
        9 when name.SequenceEqual("game_mode"u8) => FieldName.GameMode,
        10 when name.SequenceEqual("event_type"u8) => FieldName.EventType,
        10 when name.SequenceEqual("session_id"u8) => FieldName.SessionId,
        11 when name.SequenceEqual("action_type"u8) => FieldName.ActionType,
        11 when name.SequenceEqual("action_data"u8) => FieldName.ActionData,
        13 when name.SequenceEqual("is_replayable"u8) => FieldName.IsReplayable,
        _ => FieldName.Unknown,
    };
}
