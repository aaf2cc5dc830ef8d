using System.Text;
using System.Text.Json;
using EventBus.Contracts;
using EventBus.Core.Buffering;
using EventBus.Core.Events;
using EventBus.Core.Publishing;
using EventBus.Core.Topics;

namespace EventBus.Core.Parsing;

/// <summary>Which contract an event's JSON follows.</summary>
public enum EventForm
{
    /// <summary><c>/events/publish</c>.</summary>
    Generic,

    /// <summary><c>/events/game/publish</c>.</summary>
    Game,

    /// <summary>A batch: a game event where it has <c>action_type</c> and no <c>event_type</c>.</summary>
    Either,
}

/// <summary>What a request says about all of its events.</summary>
public ref struct EventContext
{
    /// <summary>The instant of ingest: ticks of <see cref="DateTime"/> in UTC.</summary>
    public long UtcTicks;

    /// <summary>The request's <c>traceparent</c>, or empty.</summary>
    public ReadOnlySpan<byte> TraceParent;

    /// <summary>The request's <c>tracestate</c>, or empty.</summary>
    public ReadOnlySpan<byte> TraceState;

    /// <summary>The request's <c>Idempotency-Key</c>, or empty: ids are then made from it.</summary>
    public ReadOnlySpan<byte> IdempotencyKey;

    /// <summary>The event's place in the request.</summary>
    public int Index;
}

/// <summary>One event, checked and composed: its frame waits in <see cref="FrameWriter.ForThread"/>.</summary>
public ref struct ParsedEvent
{
    /// <summary>The topic; null where it was refused before one was found.</summary>
    public Topic? Topic;

    /// <summary>The counters of topic and type; null as above.</summary>
    public EventSeries? Series;

    /// <summary>Decides about admission.</summary>
    public EventPriority Priority;

    /// <summary>The event's id.</summary>
    public ReadOnlySpan<byte> Id;

    /// <summary>The event's source.</summary>
    public ReadOnlySpan<byte> Source;

    /// <summary>The event's type.</summary>
    public ReadOnlySpan<byte> Type;

    /// <summary>The ordering key: the record's key.</summary>
    public ReadOnlySpan<byte> Key;

    /// <summary>True where the client chose the id, itself or by <c>Idempotency-Key</c>: the event then goes through the idempotency window.</summary>
    public bool HasClientId;

    /// <summary>The topic's name as the client gave it.</summary>
    public ReadOnlySpan<byte> TopicName;
}

/// <summary>
/// Turns the JSON of a generic or game event into a frame: the record of SPEC section 4.9 as the CloudEvents Kafka binding wants it.
/// Nothing is allocated for a valid event. A golden test holds it against the source-generated contract, field by field.
/// </summary>
public sealed class EventParser(ITopicRegistry topics, EventTypeTable types, EventNames names)
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
        if (form == EventForm.Game)
            GameFields.Read(ref reader, json, arena, ref attributes);
        else
            ReadGeneric(ref reader, ref attributes);
        CommonFields.Read(ref reader, context.UtcTicks, ref attributes);
        parsed.Priority = attributes.Priority;
        refusal = reader.Refusal;
        if (!refusal.IsRefused)
            refusal = Resolve(form, attributes, ref parsed);
        TakeId(context, arena, attributes, ref parsed);
        if (!refusal.IsRefused)
            refusal = Compose(ref reader, form, json, context, attributes, parsed.Id, parsed.Key);
        return !refusal.IsRefused;
    }

    private static void ReadGeneric(ref FieldReader reader, ref EventAttributes attributes)
    {
        attributes.Type = reader.RequiredText(FieldName.EventType, EventNames.MaxTypeLength * 4);
        attributes.Topic = reader.RequiredText(FieldName.Topic, EventNames.MaxTopicLength * 4);
        attributes.Source = reader.RequiredText(FieldName.Source, MaxTextLength);
        var payload = reader.Fields[FieldName.Payload];
        if (payload.IsAbsent)
            reader.Fail(ErrorCode.MissingField, "It is required; an empty string will do.", FieldName.Payload);
        else if (payload.Kind is not (JsonTokenType.String or JsonTokenType.StartObject or JsonTokenType.StartArray))
            reader.Fail(ErrorCode.InvalidType, "It must be a string, an object or an array.", FieldName.Payload);
        attributes.SessionId = reader.Text(FieldName.SessionId, MaxTextLength);
        attributes.PlayerId = reader.Text(FieldName.PlayerId, MaxTextLength);
    }

    /// <summary>Checks type and topic, and finds the topic and its counters.</summary>
    private Refusal Resolve(EventForm form, scoped in EventAttributes attributes, ref ParsedEvent parsed)
    {
        var type = types.Find(attributes.Type, out var typeError);
        if (type is null)
        {
            var field = form == EventForm.Game ? FieldName.ActionType : FieldName.EventType;
            return new Refusal(ErrorCode.InvalidEventType, Sentence(typeError!), FieldNames.Pointer(field));
        }

        if (topics.Current.TryGet(attributes.Topic, out var topic))
        {
            parsed.Topic = topic;
            parsed.Series = types.SeriesOf(topic, type);
            return default;
        }

        if (names.CheckTopic(attributes.Topic) is { } topicError)
            return new Refusal(ErrorCode.InvalidTopic, Sentence(topicError), FieldNames.Pointer(FieldName.Topic));
        return new Refusal(
            ErrorCode.UnknownTopic, $"There is no topic '{Encoding.UTF8.GetString(attributes.Topic)}'.", FieldNames.Pointer(FieldName.Topic));
    }

    private static string Sentence(string reason) => char.ToUpperInvariant(reason[0]) + reason[1..] + ".";

    private static void TakeId(scoped in EventContext context, TextArena arena, scoped in EventAttributes attributes, ref ParsedEvent parsed)
    {
        parsed.Source = attributes.Source;
        parsed.Type = attributes.Type;
        parsed.TopicName = attributes.Topic;
        parsed.HasClientId = true;
        parsed.Id = attributes.Id;
        if (parsed.Id.IsEmpty)
        {
            var made = arena.Take(EventIdGenerator.Length);
            parsed.HasClientId = !context.IdempotencyKey.IsEmpty;
            if (parsed.HasClientId)
                EventIdGenerator.WriteVersion8(attributes.Source, context.IdempotencyKey, context.Index, made);
            else
                EventIdGenerator.WriteVersion7(context.UtcTicks, made);
            parsed.Id = made;
        }

        parsed.Key = !attributes.Key.IsEmpty ? attributes.Key
            : !attributes.SessionId.IsEmpty ? attributes.SessionId
            : !attributes.PlayerId.IsEmpty ? attributes.PlayerId
            : parsed.Id;
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
            content = IsObjectOrArray(frame.WrittenValue) ? JsonContent : TextContent;
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

    /// <summary>Whether a payload's text is one JSON object or array, whole and valid.</summary>
    private static bool IsObjectOrArray(ReadOnlySpan<byte> text)
    {
        var start = text.IndexOfAnyExcept(" \t\r\n"u8);
        if (start < 0 || text[start] is not ((byte)'{' or (byte)'['))
            return false;
        try
        {
            var reader = new Utf8JsonReader(text);
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
