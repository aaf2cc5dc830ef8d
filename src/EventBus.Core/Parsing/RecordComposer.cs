using EventBus.Core.Buffering;
using EventBus.Core.Events;

namespace EventBus.Core.Parsing;

/// <summary>Writes a record's CloudEvents headers, in the order of SPEC section 4.9. Absent and default attributes are not written.</summary>
internal static class RecordComposer
{
    [ThreadStatic]
    private static byte[]? _timeText;

    [ThreadStatic]
    private static long _timeTicks;

    public static void Headers(
        FrameWriter frame, ReadOnlySpan<byte> id, in EventAttributes attributes, ReadOnlySpan<byte> contentType, in EventContext context)
    {
        frame.Header(RecordHeaderNames.SpecVersion, "1.0"u8);
        frame.Header(RecordHeaderNames.Id, id);
        frame.Header(RecordHeaderNames.Source, attributes.Source);
        frame.Header(RecordHeaderNames.Type, attributes.Type);
        frame.Header(RecordHeaderNames.Time, TextOf(attributes.Time != 0 ? attributes.Time : context.UtcTicks));
        if (!contentType.IsEmpty)
            frame.Header(RecordHeaderNames.ContentType, contentType);
        Extension(frame, RecordHeaderNames.PartitionKey, attributes.Key);
        if (attributes.Priority != EventPriority.Normal)
            frame.Header(RecordHeaderNames.Priority, PriorityNames.Of(attributes.Priority));
        if (!attributes.IsReplayable)
            frame.Header(RecordHeaderNames.Replayable, "false"u8);
        Extension(frame, RecordHeaderNames.SessionId, attributes.SessionId);
        Extension(frame, RecordHeaderNames.PlayerId, attributes.PlayerId);
        Extension(frame, RecordHeaderNames.GameMode, attributes.GameMode);
        Extension(frame, RecordHeaderNames.MapName, attributes.MapName);
        Extension(frame, RecordHeaderNames.ServerId, attributes.ServerId);
        Extension(frame, RecordHeaderNames.Region, attributes.Region);
        Extension(frame, RecordHeaderNames.GameVersion, attributes.GameVersion);
        Extension(frame, RecordHeaderNames.TraceParent, context.TraceParent);
        Extension(frame, RecordHeaderNames.TraceState, context.TraceState);
    }

    /// <summary>The time's text, kept from the event before: the lines of one read share their ingest time.</summary>
    private static ReadOnlySpan<byte> TextOf(long utcTicks)
    {
        _timeText ??= new byte[EventTime.Length];
        if (_timeTicks != utcTicks)
        {
            EventTime.Write(utcTicks, _timeText);
            _timeTicks = utcTicks;
        }

        return _timeText;
    }

    private static void Extension(FrameWriter frame, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty)
            frame.Header(name, value);
    }
}
