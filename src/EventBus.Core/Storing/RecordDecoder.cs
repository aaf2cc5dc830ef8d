using System.Text;
using System.Text.Unicode;
using EventBus.Contracts;
using EventBus.Core.Events;
using EventBus.Core.Parsing;

namespace EventBus.Core.Storing;

/// <summary>
/// Reads a record as the CloudEvents Kafka protocol binding 1.0.2 says, in binary and in structured mode (JSON), into the row that is stored.
/// Used by one thread.
/// </summary>
/// <remarks>
/// Looser than publishing where the store can keep what comes: event types of any form, any time. Strict where it could not, or where an
/// attribute of ours has a word that we do not know.
/// </remarks>
public sealed class RecordDecoder : IDisposable
{
    private const int MaxHeaders = 1000;

    private static ReadOnlySpan<byte> AttributePrefix => RecordHeaderNames.AttributePrefix;

    private readonly HeaderText _text = new();

    /// <summary>Decodes a record; false where it is a dead letter.</summary>
    /// <param name="frame">The record, in <paramref name="memory"/>.</param>
    /// <param name="place">Its partition.</param>
    /// <param name="offset">Its offset.</param>
    /// <param name="recordTime">Its time.</param>
    /// <param name="now">The time of storing, for the row's key.</param>
    /// <param name="memory">The batch's memory, which the row then points into.</param>
    /// <param name="row">The row.</param>
    /// <param name="rejection">Why there is none.</param>
    public bool TryDecode(
        RecordFrame frame, TopicPartitionId place, long offset, DateTime recordTime, DateTime now, RecordMemory memory, out EventRow row,
        out Rejection rejection)
    {
        row = default;
        var columns = default(EventColumns);
        var payload = frame.Value;
        _text.Begin();
        var wrong = HasTooManyHeaders(frame)
            ?? (IsStructured(frame, out var contentType)
                ? ReadStructured(frame, contentType, memory, ref columns, out payload)
                : ReadBinary(frame, ref columns))
            ?? columns.Check();
        EventPriority priority = default;
        var (replayable, time) = (true, recordTime);
        wrong ??= columns.Read(recordTime, out priority, out replayable, out time);
        rejection = wrong.GetValueOrDefault();
        if (wrong is not null)
            return false;

        row = new EventRow
        {
            Id = EventIdGenerator.NewVersion7(now.Ticks),
            Partition = place,
            Offset = offset,
            EventId = columns[EventColumn.Id],
            EventType = columns[EventColumn.Type],
            Source = columns[EventColumn.Source],
            Payload = payload,
            PayloadIsText = payload is not { } bytes || IsText(bytes.Span),
            ContentType = columns[EventColumn.ContentType],
            Key = frame.Key is { } key && IsText(key.Span) ? key : default,
            SessionId = columns[EventColumn.SessionId],
            PlayerId = columns[EventColumn.PlayerId],
            Headers = _text.End(memory),
            Priority = priority,
            IsReplayable = replayable,
            Timestamp = time,
            CreatedAt = recordTime,
        };
        return true;
    }

    /// <inheritdoc />
    public void Dispose() => _text.Dispose();

    private static bool IsText(ReadOnlySpan<byte> bytes) => Utf8.IsValid(bytes) && !bytes.Contains((byte)0);

    /// <summary>The content type decides, whatever else is there (section 3 of the binding).</summary>
    private static bool IsStructured(RecordFrame frame, out ReadOnlySpan<byte> contentType)
    {
        contentType = default;
        foreach (var header in frame.Headers)
        {
            if (header.Name.SequenceEqual("content-type"u8))
                contentType = header.Value.Span;
        }

        var prefix = "application/cloudevents"u8;
        return contentType.Length >= prefix.Length && Ascii.EqualsIgnoreCase(contentType[..prefix.Length], prefix);
    }

    private Rejection? ReadBinary(RecordFrame frame, ref EventColumns columns)
    {
        var isEvent = false;
        foreach (var header in frame.Headers)
        {
            var name = header.Name;
            var isAttribute = name.StartsWith(AttributePrefix);
            isEvent |= isAttribute;
            var column = isAttribute ? EventColumns.Of(name[AttributePrefix.Length..])
                : name.SequenceEqual("content-type"u8) ? EventColumn.ContentType
                : EventColumn.None;
            if (column == EventColumn.None)
                AddText(header);
            else if (!columns.TrySet(column, header.Value))
                return Twice(name);
        }

        return isEvent
            ? null
            : new Rejection(Rejection.NotCloudEvent, "The record has neither ce_ headers nor a CloudEvents content-type");
    }

    private Rejection? ReadStructured(
        RecordFrame frame, ReadOnlySpan<byte> contentType, RecordMemory memory, ref EventColumns columns, out ReadOnlyMemory<byte>? payload)
    {
        payload = null;
        if (!IsJsonFormat(contentType))
            return new Rejection(Rejection.NotCloudEvent, "Of CloudEvents' event formats only JSON can be read, and no batch");
        var refusal = CloudEventJson.Read(frame.Value.GetValueOrDefault().Span, out var attributes, out var data);
        if (refusal.Error is { } error)
            return new Rejection(error.Code, $"{refusal.Field}: {refusal.Detail}".TrimStart(':', ' '));
        if (!data.IsEmpty)
            payload = memory.Copy(data);
        foreach (var (name, value) in attributes.All)
        {
            var utf8 = Encoding.UTF8.GetBytes(name);
            var column = name == "datacontenttype" ? EventColumn.ContentType : EventColumns.Of(utf8);
            if (column == EventColumn.None)
                _text.Add([.. AttributePrefix, .. utf8], value);
            else
                columns.TrySet(column, value);
        }

        foreach (var header in frame.Headers)
        {
            // Attributes that are repeated as headers are for routers on the way; the event's own count.
            if (!header.Name.StartsWith(AttributePrefix) && !header.Name.SequenceEqual("content-type"u8))
                AddText(header);
        }

        return null;
    }

    /// <summary>A name that comes twice is looked for among all: without a bound, one record could hold up its partition for minutes.</summary>
    private static Rejection? HasTooManyHeaders(RecordFrame frame)
    {
        var count = 0;
        foreach (var _ in frame.Headers)
            count++;
        return count <= MaxHeaders ? null : new Rejection(ErrorCode.TooLong.Code, $"headers: {count}, of {MaxHeaders} at most");
    }

    private static bool IsJsonFormat(ReadOnlySpan<byte> contentType)
    {
        var end = contentType.IndexOf((byte)';');
        return Ascii.EqualsIgnoreCase((end < 0 ? contentType : contentType[..end]).Trim((byte)' '), "application/cloudevents+json"u8);
    }

    /// <summary>Adds a header without a column. The last of a name counts, as an object can hold only one.</summary>
    private void AddText(RecordFrame.HeaderEnumerator header)
    {
        var rest = header;
        while (rest.MoveNext())
        {
            if (rest.Name.SequenceEqual(header.Name))
                return;
        }

        _text.Add(header.Name, header.Value.Span);
    }

    private static Rejection Twice(ReadOnlySpan<byte> name) =>
        new(ErrorCode.DuplicateField.Code, $"{Encoding.UTF8.GetString(name)}: the header is given twice");
}
