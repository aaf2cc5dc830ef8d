using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using EventBus.Contracts;
using EventBus.Core.Publishing;

namespace EventBus.Gateway.Publishing;

/// <summary>
/// Writes the answers to events straight into the response's pipe. The usual answer, a published event, is formatted by hand into one span:
/// a JSON writer would cost as much again as the whole of it. A test holds it against the source-generated contract.
/// </summary>
internal static class AnswerWriter
{
    // Names, numbers and punctuation; the id and the topic come on top.
    private const int FixedBytes = 160;

    private static readonly SearchValues<byte> NeedsEscape = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(b => (byte)b), (byte)'"', (byte)'\\', .. Enumerable.Range(0x7F, 0x81).Select(b => (byte)b)]);

    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes one event's answer and returns its bytes; <paramref name="index"/> is negative where the answer has none.</summary>
    public static int Write(PipeWriter writer, PublishBatch batch, in PublishItem item, int index = -1)
    {
        return item.Outcome == PublishState.Published
            ? WritePublished(writer, batch.IdOf(item), item, index)
            : WriteRefused(writer, batch.IdOf(item), item.Reason, index);
    }

    /// <summary>Writes the answer to an event that is only queued (<c>Prefer: respond-async</c>), or its refusal.</summary>
    public static void WriteQueued(PipeWriter writer, PublishBatch batch, in PublishItem item)
    {
        if (item.State == PublishState.Refused)
        {
            WriteRefused(writer, batch.IdOf(item), item.Refusal, index: -1);
            return;
        }

        using var json = new Utf8JsonWriter(writer, Relaxed);
        json.WriteStartObject();
        json.WriteString("event_id"u8, batch.IdOf(item));
        json.WriteString("topic"u8, item.Topic!.Utf8Name);
        json.WriteBoolean("published"u8, false);
        json.WriteString("status"u8, "pending"u8);
        json.WriteEndObject();
    }

    /// <summary>Writes the answer to a published event, alone in its response, with its length in front.</summary>
    public static void WriteSingle(HttpResponse response, PublishBatch batch, in PublishItem item)
    {
        var id = batch.IdOf(item);
        // Formatted before the response starts: with a Content-Length the answer needs no chunks.
        Span<byte> answer = stackalloc byte[MaxPublished(id, item)];
        var length = FormatPublished(answer, id, item, index: -1);
        response.ContentType = ContentTypes.Json;
        response.ContentLength = length;
        answer[..length].CopyTo(response.BodyWriter.GetSpan(length));
        response.BodyWriter.Advance(length);
    }

    private static int WritePublished(PipeWriter writer, ReadOnlySpan<byte> id, in PublishItem item, int index)
    {
        var length = FormatPublished(writer.GetSpan(MaxPublished(id, item)), id, item, index);
        writer.Advance(length);
        return length;
    }

    private static int MaxPublished(ReadOnlySpan<byte> id, in PublishItem item) => FixedBytes + item.Topic!.Utf8Name.Length + (id.Length * 6);

    private static int FormatPublished(Span<byte> target, ReadOnlySpan<byte> id, in PublishItem item, int index)
    {
        var topic = item.Topic!.Utf8Name;
        var length = 0;
        if (index >= 0)
        {
            Append(target, ref length, "{\"index\":"u8);
            AppendNumber(target, ref length, index);
            Append(target, ref length, ",\"event_id\":"u8);
        }
        else
        {
            Append(target, ref length, "{\"event_id\":"u8);
        }

        AppendText(target, ref length, id);
        Append(target, ref length, ",\"topic\":\""u8);
        // Lower-case letters, digits, '_' and '.' by the grammar: nothing to escape.
        Append(target, ref length, topic);
        Append(target, ref length, "\",\"partition\":"u8);
        AppendNumber(target, ref length, item.Partition);
        Append(target, ref length, ",\"offset\":"u8);
        if (item.Offset >= 0)
            AppendNumber(target, ref length, item.Offset);
        else
            Append(target, ref length, "null"u8);
        Append(target, ref length, ",\"published\":true}"u8);
        return length;
    }

    private static int WriteRefused(PipeWriter writer, ReadOnlySpan<byte> id, in Refusal refusal, int index)
    {
        PublishMetrics.CountRefused(refusal.Error!);
        using var json = new Utf8JsonWriter(writer, Relaxed);
        json.WriteStartObject();
        if (index >= 0)
            json.WriteNumber("index"u8, index);
        json.WriteBoolean("published"u8, false);
        if (!id.IsEmpty)
            json.WriteString("event_id"u8, id);
        json.WritePropertyName("error"u8);
        JsonSerializer.Serialize(json, Problem.Of(refusal.Error!, refusal.Detail, refusal.Field), PublishJsonContext.Default.Problem);
        json.WriteEndObject();
        json.Flush();
        return (int)json.BytesCommitted;
    }

    private static void AppendText(Span<byte> target, ref int length, ReadOnlySpan<byte> text)
    {
        target[length++] = (byte)'"';
        if (text.IndexOfAny(NeedsEscape) < 0)
            Append(target, ref length, text);
        else
            Append(target, ref length, JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes);
        target[length++] = (byte)'"';
    }

    private static void Append(Span<byte> target, ref int length, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(target[length..]);
        length += bytes.Length;
    }

    private static void AppendNumber(Span<byte> target, ref int length, long number)
    {
        Utf8Formatter.TryFormat(number, target[length..], out var written);
        length += written;
    }
}
