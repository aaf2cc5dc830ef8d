using System.Text.Json;
using EventBus.Contracts;
using EventBus.Core.Buffering;
using EventBus.Core.Events;
using EventBus.Core.Publishing;

namespace EventBus.Core.Parsing;

/// <summary>
/// Turns the JSON of a generic or game event into a frame: the record of SPEC section 4.9 as the CloudEvents Kafka binding wants it.
/// Nothing is allocated for a valid event. A golden test holds it against the source-generated contract, field by field.
/// </summary>
public sealed class EventParser(EventResolver resolver)
{
    /// <summary>Characters of ids, sources, regions and the like.</summary>
    public const int MaxTextLength = 100;

    /// <summary>Bytes of a key.</summary>
    public const int MaxKeyLength = 1024;

    private static ReadOnlySpan<byte> JsonContent => "application/json"u8;

    private static ReadOnlySpan<byte> TextContent => "text/plain; charset=utf-8"u8;

    /// <summary>
    /// Parses one event and composes its frame. False with the refusal where it is not valid; what was found so far (id, topic, counters)
    /// is in <paramref name="parsed"/>.
    /// </summary>
    public bool TryParse(ReadOnlySpan<byte> json, EventForm form, scoped in EventContext context, out ParsedEvent parsed, out Refusal refusal)
    {
        parsed = default;
        var arena = TextArena.ForThread;
        arena.Clear();
        var reader = new FieldReader(json, arena);
        if (!EventScanner.TryScan(json, ref reader.Fields, out refusal))
            return false;
        if (form == EventForm.Either)
            form = !reader.Fields[FieldName.ActionType].IsAbsent && reader.Fields[FieldName.EventType].IsAbsent ? EventForm.Game : EventForm.Generic;

        var attributes = new EventAttributes { IsReplayable = true, Priority = EventPriority.Normal };
        // First, so that a refusal for whatever else can name the event.
        attributes.Id = reader.Text(FieldName.EventId, MaxTextLength);
        if (form == EventForm.Game)
            GameFields.Read(ref reader, json, arena, ref attributes);
        else
            ReadGeneric(ref reader, ref attributes);
        CommonFields.Read(ref reader, context.UtcTicks, ref attributes);
        EventResolver.Name(attributes, ref parsed);
        refusal = reader.Refusal;
        if (!refusal.IsRefused)
            refusal = resolver.Resolve(attributes, form == EventForm.Game ? "/action_type" : "/event_type", ref parsed);
        if (refusal.IsRefused)
            return false;
        EventResolver.Identify(context, arena, attributes, ref parsed);
        refusal = Compose(ref reader, form, json, context, attributes, parsed.Id, parsed.Key);
        // The value of a game event is the request itself.
        if (!refusal.IsRefused && parsed.Topic!.Schema is { } schema)
            refusal = schema.Check(FrameWriter.ForThread.WrittenValue, form == EventForm.Game ? "" : FieldNames.Pointer(FieldName.Payload));
        return !refusal.IsRefused;
    }

    private static void ReadGeneric(ref FieldReader reader, ref EventAttributes attributes)
    {
        attributes.Type = reader.RequiredText(FieldName.EventType, int.MaxValue);
        attributes.Topic = reader.RequiredText(FieldName.Topic, int.MaxValue);
        attributes.Source = reader.RequiredText(FieldName.Source, MaxTextLength);
        var payload = reader.Fields[FieldName.Payload];
        if (payload.IsAbsent)
            reader.Fail(ErrorCode.MissingField, "It is required; an empty string will do.", FieldName.Payload);
        else if (payload.Kind is not (JsonTokenType.String or JsonTokenType.StartObject or JsonTokenType.StartArray))
            reader.Fail(ErrorCode.InvalidType, "It must be a string, an object or an array.", FieldName.Payload);
        attributes.SessionId = reader.Text(FieldName.SessionId, MaxTextLength);
        attributes.PlayerId = reader.Text(FieldName.PlayerId, MaxTextLength);
    }

    private static Refusal Compose(
        ref FieldReader reader, EventForm form, ReadOnlySpan<byte> json, scoped in EventContext context,
        scoped in EventAttributes attributes, scoped ReadOnlySpan<byte> id, scoped ReadOnlySpan<byte> key)
    {
        var frame = FrameWriter.ForThread;
        frame.Start();
        var content = JsonContent;
        var payload = reader.Fields[FieldName.Payload];
        if (form == EventForm.Game)
        {
            frame.Value(json.Trim(" \t\r\n"u8));
        }
        else if (payload.Kind == JsonTokenType.String)
        {
            var raw = payload.In(json);
            if (!JsonText.TryUnescape(raw, frame.ReserveValue(raw.Length), out var written))
                return new Refusal(ErrorCode.InvalidString, "It has U+0000 or half of a surrogate pair.", FieldNames.Pointer(FieldName.Payload));
            frame.CommitValue(written);
            content = JsonScanner.IsContainer(frame.WrittenValue) ? JsonContent : TextContent;
        }
        else
        {
            frame.Value(payload.In(json));
        }

        frame.Key(key);
        RecordComposer.Headers(frame, id, attributes, content, context);
        ClientHeaders.Copy(ref reader, json, frame);
        return reader.Refusal;
    }
}
