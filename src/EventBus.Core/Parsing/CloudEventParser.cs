using System.Collections.Frozen;
using System.Text;
using EventBus.Contracts;
using EventBus.Core.Buffering;
using EventBus.Core.Events;
using EventBus.Core.Publishing;

namespace EventBus.Core.Parsing;

/// <summary>
/// Turns a CloudEvent into the same frame that the other forms become: the binary mode of the CloudEvents Kafka protocol binding. Attributes
/// with a meaning of their own here (priority, partitionkey, sessionid ...) are read; all others are carried as they are.
/// </summary>
public sealed class CloudEventParser(EventResolver resolver)
{
    private static readonly FrozenSet<string> Mapped = FrozenSet.ToFrozenSet(
        [
            "specversion", "id", "source", "type", "time", "datacontenttype", "partitionkey", "priority", "replayable", "sessionid", "playerid",
            "gamemode", "mapname", "serverid", "region", "gameversion",
        ],
        StringComparer.Ordinal);

    /// <summary>Parses an event in CloudEvents' JSON format (structured mode, or an element of a batch).</summary>
    public bool TryParse(ReadOnlySpan<byte> json, scoped in EventContext context, out ParsedEvent parsed, out Refusal refusal)
    {
        parsed = default;
        refusal = CloudEventJson.Read(json, out var attributes, out var data);
        return !refusal.IsRefused && TryParse(attributes, data, context, out parsed, out refusal);
    }

    /// <summary>Takes an event whose attributes and data are known (binary mode).</summary>
    public bool TryParse(
        CloudEventAttributes given, ReadOnlySpan<byte> data, scoped in EventContext context, out ParsedEvent parsed, out Refusal refusal)
    {
        parsed = default;
        var arena = TextArena.ForThread;
        arena.Clear();
        var attributes = new EventAttributes { IsReplayable = true, Priority = EventPriority.Normal };
        refusal = CheckRequired(given);
        // What is too long is not said back.
        if (JsonText.Characters(given["id"]) <= EventParser.MaxTextLength)
            attributes.Id = given["id"];
        if (!refusal.IsRefused)
            refusal = Map(given, context, arena, ref attributes);
        EventResolver.Name(attributes, ref parsed);
        if (!refusal.IsRefused)
            refusal = resolver.Resolve(attributes, "/type", ref parsed);
        if (refusal.IsRefused)
            return false;
        EventResolver.Identify(context, arena, attributes, ref parsed);
        Compose(given, data, context, attributes, parsed.Id, parsed.Key);
        if (parsed.Topic!.Schema is { } schema)
            refusal = schema.Check(data, "/data");
        return !refusal.IsRefused;
    }

    private static Refusal CheckRequired(CloudEventAttributes given)
    {
        if (!given["specversion"].SequenceEqual("1.0"u8))
            return CloudEventAttributes.Invalid("It must be 1.0.", "specversion");
        foreach (var name in (ReadOnlySpan<string>)["id", "source", "type"])
        {
            if (given[name].IsEmpty)
                return CloudEventAttributes.Invalid("It is required.", name);
        }

        foreach (var name in (ReadOnlySpan<string>)["id", "source", "sessionid", "playerid", "gamemode", "mapname", "serverid", "region", "gameversion"])
        {
            if (given[name].Length > EventParser.MaxTextLength && JsonText.Characters(given[name]) > EventParser.MaxTextLength)
                return new Refusal(ErrorCode.TooLong, $"It may have at most {EventParser.MaxTextLength} characters.", JsonPointer.Of(name));
        }

        return given["partitionkey"].Length > EventParser.MaxKeyLength
            ? new Refusal(ErrorCode.TooLong, $"It may have at most {EventParser.MaxKeyLength} bytes.", "/partitionkey")
            : default;
    }

    private static Refusal Map(CloudEventAttributes given, scoped in EventContext context, TextArena arena, ref EventAttributes attributes)
    {
        attributes.Type = given["type"];
        attributes.Source = given["source"];
        attributes.Key = given["partitionkey"];
        attributes.SessionId = given["sessionid"];
        attributes.PlayerId = given["playerid"];
        attributes.GameMode = given["gamemode"];
        attributes.MapName = given["mapname"];
        attributes.ServerId = given["serverid"];
        attributes.Region = given["region"];
        attributes.GameVersion = given["gameversion"];
        attributes.Topic = TopicOf(given, context.Topic, arena);
        var priority = given["priority"];
        if (!priority.IsEmpty && !PriorityNames.TryParse(priority, out attributes.Priority))
            return new Refusal(ErrorCode.InvalidPriority, "It must be low, normal, high or critical.", "/priority");
        var replayable = given["replayable"];
        if (!replayable.IsEmpty && !replayable.SequenceEqual("true"u8) && !replayable.SequenceEqual("false"u8))
            return new Refusal(ErrorCode.InvalidType, "It must be true or false.", "/replayable");
        attributes.IsReplayable = !replayable.SequenceEqual("false"u8);
        var time = given["time"];
        if (time.IsEmpty)
            return default;
        if (!EventTime.TryParse(time, out attributes.Time))
            return new Refusal(ErrorCode.InvalidTimestamp, "It must be an RFC 3339 time with an offset.", "/time");
        return CommonFields.CheckTime(attributes.Time, context.UtcTicks) is { } wrong
            ? new Refusal(ErrorCode.InvalidTimestamp, wrong, "/time")
            : default;
    }

    /// <summary>The request's topic, else the extension, else the domain's own: <c>{domain}.events</c>.</summary>
    private static ReadOnlySpan<byte> TopicOf(CloudEventAttributes given, ReadOnlySpan<byte> requested, TextArena arena)
    {
        if (!requested.IsEmpty)
        {
            var copy = arena.Take(requested.Length);
            requested.CopyTo(copy);
            return copy;
        }

        if (!given["topic"].IsEmpty)
            return given["topic"];
        var type = given["type"];
        var dot = type.IndexOf((byte)'.');
        var domain = dot < 0 ? type : type[..dot];
        var topic = arena.Take(domain.Length + ".events"u8.Length);
        domain.CopyTo(topic);
        ".events"u8.CopyTo(topic[domain.Length..]);
        return topic;
    }

    private static void Compose(
        CloudEventAttributes given, ReadOnlySpan<byte> data, scoped in EventContext context, scoped in EventAttributes attributes,
        scoped ReadOnlySpan<byte> id, scoped ReadOnlySpan<byte> key)
    {
        var frame = FrameWriter.ForThread;
        frame.Start();
        frame.Value(data);
        frame.Key(key);
        RecordComposer.Headers(frame, id, attributes, given["datacontenttype"], context);
        foreach (var (name, value) in given.All)
        {
            if (!Mapped.Contains(name))
                frame.Header(RecordHeaderNames.AttributePrefix, Encoding.ASCII.GetBytes(name), value);
        }
    }
}
