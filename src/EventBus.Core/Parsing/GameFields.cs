using System.Text.Json;
using EventBus.Contracts;

namespace EventBus.Core.Parsing;

/// <summary>The fields of a game event.</summary>
internal static class GameFields
{
    private static ReadOnlySpan<byte> DefaultTopic => "game.events"u8;

    private static ReadOnlySpan<byte> DefaultSource => "game-server"u8;

    public static void Read(ref FieldReader reader, ReadOnlySpan<byte> json, TextArena arena, ref EventAttributes attributes)
    {
        attributes.PlayerId = reader.RequiredText(FieldName.PlayerId, EventParser.MaxTextLength);
        attributes.SessionId = reader.RequiredText(FieldName.SessionId, EventParser.MaxTextLength);
        var action = reader.RequiredText(FieldName.ActionType, int.MaxValue);
        var type = arena.Take("game."u8.Length + action.Length);
        "game."u8.CopyTo(type);
        action.CopyTo(type["game."u8.Length..]);
        attributes.Type = type;
        attributes.Topic = reader.Text(FieldName.Topic, int.MaxValue);
        if (attributes.Topic.IsEmpty)
            attributes.Topic = DefaultTopic;
        attributes.GameMode = reader.Text(FieldName.GameMode, EventParser.MaxTextLength);
        attributes.MapName = reader.Text(FieldName.MapName, EventParser.MaxTextLength);
        attributes.ServerId = reader.Text(FieldName.ServerId, EventParser.MaxTextLength);
        attributes.Region = reader.Text(FieldName.Region, EventParser.MaxTextLength);
        attributes.GameVersion = reader.Text(FieldName.Version, EventParser.MaxTextLength);
        attributes.Source = attributes.ServerId.IsEmpty ? DefaultSource : attributes.ServerId;
        var data = reader.Fields[FieldName.ActionData];
        if (!data.IsAbsent && data.Kind != JsonTokenType.StartObject)
            reader.Fail(ErrorCode.InvalidType, "It must be an object.", FieldName.ActionData);
        CheckPosition(ref reader, json);
    }

    private static void CheckPosition(ref FieldReader reader, ReadOnlySpan<byte> json)
    {
        var field = reader.Fields[FieldName.Position];
        if (field.IsAbsent || reader.Failed)
            return;
        if (field.Kind != JsonTokenType.StartObject)
        {
            reader.Fail(ErrorCode.InvalidType, "It must be an object of x, y and z.", FieldName.Position);
            return;
        }

        try
        {
            ReadAxes(ref reader, field.In(json));
        }
        catch (InvalidOperationException)
        {
            reader.Fail(ErrorCode.InvalidString, "A name or a text in it has half of a surrogate pair.", FieldName.Position);
        }
    }

    private static void ReadAxes(ref FieldReader reader, ReadOnlySpan<byte> position)
    {
        var seen = 0;
        HashSet<string>? others = null;
        var members = new Utf8JsonReader(position);
        members.Read();
        while (members.Read() && members.TokenType == JsonTokenType.PropertyName)
        {
            var axis = members.ValueTextEquals("x"u8) ? 0 : members.ValueTextEquals("y"u8) ? 1 : members.ValueTextEquals("z"u8) ? 2 : 3;
            if (axis == 3 && !(others ??= new HashSet<string>(StringComparer.Ordinal)).Add(members.GetString()!))
                reader.Fail(ErrorCode.DuplicateField, "The field is given twice.", JsonPointer.Of("position", members.GetString()!));
            members.Read();
            if (axis < 3)
                CheckAxis(ref reader, ref members, axis, ref seen);
            members.Skip();
        }

        for (var axis = 0; axis < 3; axis++)
        {
            if ((seen & (1 << axis)) == 0)
                reader.Fail(ErrorCode.MissingField, "It is required.", Pointer(axis));
        }
    }

    private static void CheckAxis(ref FieldReader reader, ref Utf8JsonReader members, int axis, ref int seen)
    {
        if ((seen & (1 << axis)) != 0)
            reader.Fail(ErrorCode.DuplicateField, "The field is given twice.", Pointer(axis));
        seen |= 1 << axis;
        if (members.TokenType == JsonTokenType.Number)
        {
            if (!members.TryGetDouble(out var value) || !double.IsFinite(value))
                reader.Fail(ErrorCode.NotFinite, "It must be a finite number.", Pointer(axis));
            return;
        }

        var namesNoNumber = members.TokenType == JsonTokenType.String
            && (members.ValueTextEquals("NaN"u8) || members.ValueTextEquals("Infinity"u8) || members.ValueTextEquals("-Infinity"u8));
        reader.Fail(namesNoNumber ? ErrorCode.NotFinite : ErrorCode.InvalidType, "It must be a finite number.", Pointer(axis));
    }

    private static string Pointer(int axis) => axis switch { 0 => "/position/x", 1 => "/position/y", _ => "/position/z" };
}
