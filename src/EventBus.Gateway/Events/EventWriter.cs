using System.IO.Pipelines;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using EventBus.Core.Events;
using EventBus.Postgres.Queries;

namespace EventBus.Gateway.Events;

/// <summary>
/// Writes stored events into an answer, in EventBus's own JSON or as CloudEvents (JSON event format 1.0.2). A long payload goes out in
/// pieces, each once the client has read the one before, so an answer of any length takes a few pages of memory.
/// </summary>
internal sealed class EventWriter(PipeWriter pipe, AnswerForm form, CancellationToken cancellation) : IDisposable
{
    private const int Piece = 16 * 1024;
    private const int Unflushed = 64 * 1024;

    // Deeper than what is published through the gateway; other producers may nest as they like, and then their data goes as base64.
    private const int MaxDataDepth = 256;

    private readonly Utf8JsonWriter _json = new(pipe, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>Begins an array of events.</summary>
    public void BeginArray() => _json.WriteStartArray();

    /// <summary>Ends it.</summary>
    public void EndArray() => _json.WriteEndArray();

    /// <summary>Writes one event.</summary>
    public async ValueTask WriteAsync(StoredEvent stored)
    {
        _json.WriteStartObject();
        if (form == AnswerForm.Json)
            await WriteOwnAsync(stored);
        else
            await WriteCloudEventAsync(stored);
        _json.WriteEndObject();
        await FlushAsync(atLeast: Unflushed);
    }

    /// <summary>Hands what is written to the client.</summary>
    public ValueTask EndAsync() => FlushAsync(atLeast: 0);

    public void Dispose() => _json.Dispose();

    private async ValueTask WriteOwnAsync(StoredEvent stored)
    {
        _json.WriteString("event_id"u8, stored.EventId);
        _json.WriteString("event_type"u8, stored.EventType);
        _json.WriteString("topic"u8, stored.Topic);
        _json.WriteString("source"u8, stored.Source);
        if (stored.Payload is not { } payload)
        {
            _json.WriteNull("payload"u8);
        }
        else
        {
            _json.WritePropertyName("payload"u8);
            await WriteStringAsync(payload, isText: stored.PayloadIsText);
            if (!stored.PayloadIsText)
                _json.WriteString("payload_encoding"u8, "base64"u8);
        }

        WriteText("content_type"u8, stored.ContentType);
        _json.WriteString("priority"u8, stored.Priority);
        _json.WriteBoolean("is_replayable"u8, stored.IsReplayable);
        WriteTime(_json, "timestamp"u8, stored.Timestamp);
        WriteTime(_json, "created_at"u8, stored.CreatedAt);
        WriteText("key"u8, stored.Key);
        if (stored.SessionId is not null)
            _json.WriteString("session_id"u8, stored.SessionId);
        if (stored.PlayerId is not null)
            _json.WriteString("player_id"u8, stored.PlayerId);
        WriteNumber("partition"u8, stored.Partition);
        WriteNumber("offset"u8, stored.Offset);
        _json.WritePropertyName("headers"u8);
        _json.WriteRawValue(stored.Headers is { Length: > 0 } headers ? headers : "{}");
    }

    private async ValueTask WriteCloudEventAsync(StoredEvent stored)
    {
        _json.WriteString("specversion"u8, "1.0"u8);
        _json.WriteString("id"u8, stored.EventId);
        _json.WriteString("source"u8, stored.Source);
        _json.WriteString("type"u8, stored.EventType);
        WriteTime(_json, "time"u8, stored.Timestamp);
        _json.WriteString("topic"u8, stored.Topic);
        if (stored.Key is not null)
            _json.WriteString("partitionkey"u8, stored.Key);
        if (stored.Priority != "normal")
            _json.WriteString("priority"u8, stored.Priority);
        if (!stored.IsReplayable)
            _json.WriteBoolean("replayable"u8, false);
        if (stored.SessionId is not null)
            _json.WriteString("sessionid"u8, stored.SessionId);
        if (stored.PlayerId is not null)
            _json.WriteString("playerid"u8, stored.PlayerId);
        WriteExtensions(stored.Headers);
        if (stored.ContentType is not null)
            _json.WriteString("datacontenttype"u8, stored.ContentType);
        if (stored.Payload is { } payload)
            await WriteDataAsync(payload, stored);
    }

    /// <summary>
    /// The record's attributes that have no column, and its trace, which CloudEvents has as an extension too. A client's own headers are no
    /// attributes, and have no place in a CloudEvent.
    /// </summary>
    private void WriteExtensions(string? headers)
    {
        if (headers is not { Length: > 0 })
            return;
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(headers));
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
                continue;
            var name = reader.GetString()!;
            reader.Read();
            var attribute = name.StartsWith("ce_", StringComparison.Ordinal) ? name[3..] : name;
            var isExtension = attribute.Length < name.Length || name is "traceparent" or "tracestate";
            if (isExtension && attribute is not ("partitionkey" or "topic" or "data") && attribute.Length > 0 && attribute.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c)))
                _json.WriteString(attribute, reader.GetString());
        }
    }

    private async ValueTask WriteDataAsync(ReadOnlyMemory<byte> payload, StoredEvent stored)
    {
        if (stored.PayloadIsText && !IsJson(stored.ContentType))
        {
            _json.WritePropertyName("data"u8);
            await WriteStringAsync(payload, isText: true);
        }
        else if (stored.PayloadIsText && IsValidJson(payload.Span))
        {
            _json.WritePropertyName("data"u8);
            _json.WriteRawValue(payload.Span, skipInputValidation: true);
        }
        else
        {
            _json.WritePropertyName("data_base64"u8);
            await WriteStringAsync(payload, isText: false);
        }
    }

    /// <summary>As the JSON event format says: <c>*/json</c> and <c>*/*+json</c>, and what says nothing.</summary>
    private static bool IsJson(string? contentType)
    {
        var type = (contentType ?? "application/json").Split(';')[0].Trim();
        return type.EndsWith("/json", StringComparison.OrdinalIgnoreCase) || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsValidJson(ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = MaxDataDepth });
        try
        {
            while (reader.Read())
            {
            }

            return !text.IsEmpty;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private async ValueTask WriteStringAsync(ReadOnlyMemory<byte> bytes, bool isText)
    {
        // Base64 is written in threes, so that no piece but the last one is padded.
        var piece = isText ? Piece : Piece / 3 * 3;
        do
        {
            var next = bytes[..Math.Min(piece, bytes.Length)];
            bytes = bytes[next.Length..];
            if (isText)
                _json.WriteStringValueSegment(next.Span, bytes.IsEmpty);
            else
                _json.WriteBase64StringSegment(next.Span, bytes.IsEmpty);
            await FlushAsync(atLeast: Unflushed);
        }
        while (!bytes.IsEmpty);
    }

    private async ValueTask FlushAsync(long atLeast)
    {
        _json.Flush();
        if (pipe.UnflushedBytes >= atLeast)
            await pipe.FlushAsync(cancellation);
    }

    private void WriteText(ReadOnlySpan<byte> name, string? value)
    {
        if (value is null)
            _json.WriteNull(name);
        else
            _json.WriteString(name, value);
    }

    private void WriteNumber(ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } number)
            _json.WriteNumber(name, number);
        else
            _json.WriteNull(name);
    }

    /// <summary>Writes a time in UTC, as all of the API does.</summary>
    public static void WriteTime(Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTime time)
    {
        Span<byte> text = stackalloc byte[EventTime.Length];
        EventTime.Write(time.Ticks, text);
        json.WriteString(name, text);
    }
}
