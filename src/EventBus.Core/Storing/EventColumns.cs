using System.Runtime.CompilerServices;
using System.Text.Unicode;
using EventBus.Contracts;
using EventBus.Core.Events;
using EventBus.Core.Parsing;

namespace EventBus.Core.Storing;

/// <summary>Attributes of a CloudEvent that have a column, or a meaning, of their own.</summary>
internal enum EventColumn
{
    None = -1,
    SpecVersion,
    Id,
    Source,
    Type,
    Time,
    ContentType,
    Priority,
    Replayable,
    SessionId,
    PlayerId,
}

/// <summary>Their values, collected from either mode of the Kafka binding, and what is checked of them.</summary>
internal struct EventColumns
{
    private const int MaxContentTypeLength = 255;

    private Values _values;
    private int _seen;

    /// <summary>The value of a column; empty where it is absent.</summary>
    public readonly ReadOnlyMemory<byte> this[EventColumn column] => _values[(int)column];

    /// <summary>The column of an attribute, by its name in CloudEvents (without <c>ce_</c>).</summary>
    public static EventColumn Of(ReadOnlySpan<byte> attribute) => attribute switch
    {
        _ when attribute.SequenceEqual("specversion"u8) => EventColumn.SpecVersion,
        _ when attribute.SequenceEqual("id"u8) => EventColumn.Id,
        _ when attribute.SequenceEqual("source"u8) => EventColumn.Source,
        _ when attribute.SequenceEqual("type"u8) => EventColumn.Type,
        _ when attribute.SequenceEqual("time"u8) => EventColumn.Time,
        _ when attribute.SequenceEqual("priority"u8) => EventColumn.Priority,
        _ when attribute.SequenceEqual("replayable"u8) => EventColumn.Replayable,
        _ when attribute.SequenceEqual("sessionid"u8) => EventColumn.SessionId,
        _ when attribute.SequenceEqual("playerid"u8) => EventColumn.PlayerId,
        _ => EventColumn.None,
    };

    /// <summary>Takes a value; false where the column has one already.</summary>
    public bool TrySet(EventColumn column, ReadOnlyMemory<byte> value)
    {
        var bit = 1 << (int)column;
        if ((_seen & bit) != 0)
            return false;
        _seen |= bit;
        _values[(int)column] = value;
        return true;
    }

    /// <summary>Checks all but the words of priority, replayable and time; null where nothing is wrong.</summary>
    public readonly Rejection? Check()
    {
        if (!this[EventColumn.SpecVersion].Span.SequenceEqual("1.0"u8))
            return Invalid("specversion: it must be 1.0");
        for (var column = EventColumn.Id; column <= EventColumn.PlayerId; column++)
        {
            var value = this[column].Span;
            if (value.IsEmpty && column is EventColumn.Id or EventColumn.Source or EventColumn.Type)
                return Invalid($"{Name(column)}: it is required");
            if (!Utf8.IsValid(value) || value.Contains((byte)0))
                return new Rejection(ErrorCode.InvalidString.Code, $"{Name(column)}: it is not valid UTF-8, or has U+0000");
            var most = column == EventColumn.ContentType ? MaxContentTypeLength : EventParser.MaxTextLength;
            if (value.Length > most && JsonText.Characters(value) > most)
                return new Rejection(ErrorCode.TooLong.Code, $"{Name(column)}: it may have at most {most} characters");
        }

        return null;
    }

    /// <summary>Reads what is no free text; null where nothing is wrong.</summary>
    /// <param name="recordTime">The time of an event that does not say its own.</param>
    /// <param name="priority">The priority.</param>
    /// <param name="replayable">Whether it may be replayed.</param>
    /// <param name="time">When it happened.</param>
    public readonly Rejection? Read(DateTime recordTime, out EventPriority priority, out bool replayable, out DateTime time)
    {
        priority = EventPriority.Normal;
        time = recordTime;
        var word = this[EventColumn.Replayable].Span;
        replayable = !word.SequenceEqual("false"u8);
        if (replayable && !word.IsEmpty && !word.SequenceEqual("true"u8))
            return new Rejection(ErrorCode.InvalidType.Code, "replayable: it must be true or false");
        word = this[EventColumn.Priority].Span;
        if (!word.IsEmpty && !PriorityNames.TryParse(word, out priority))
            return new Rejection(ErrorCode.InvalidPriority.Code, "priority: it must be low, normal, high or critical");
        word = this[EventColumn.Time].Span;
        if (word.IsEmpty)
            return null;
        if (!EventTime.TryParse(word, out var ticks))
            return new Rejection(ErrorCode.InvalidTimestamp.Code, "time: it must be an RFC 3339 time with an offset");
        time = new DateTime(ticks, DateTimeKind.Utc);
        return null;
    }

    private static Rejection Invalid(string detail) => new(ErrorCode.InvalidCloudEvent.Code, detail);

    private static string Name(EventColumn column) => column switch
    {
        EventColumn.ContentType => "content-type",
        _ => column.ToString().ToLowerInvariant(),
    };

    [InlineArray((int)EventColumn.PlayerId + 1)]
    private struct Values
    {
        private ReadOnlyMemory<byte> _first;
    }
}
