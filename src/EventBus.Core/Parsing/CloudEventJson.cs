using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using EventBus.Contracts;
using EventBus.Core.Publishing;

namespace EventBus.Core.Parsing;

/// <summary>Reads the JSON event format of CloudEvents 1.0.2.</summary>
internal static class CloudEventJson
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 64 };

    /// <summary>The attributes and the data's bytes as they go into the record.</summary>
    public static Refusal Read(ReadOnlySpan<byte> json, out CloudEventAttributes attributes, out ReadOnlySpan<byte> data)
    {
        attributes = new CloudEventAttributes();
        data = default;
        try
        {
            if (!Utf8.IsValid(json))
                return new Refusal(ErrorCode.InvalidString, "The event is not valid UTF-8.");
            var refusal = ReadMembers(json, attributes, out var value, out var base64);
            if (refusal.IsRefused)
                return refusal;
            return value.Kind != JsonTokenType.None && base64.Kind != JsonTokenType.None
                ? CloudEventAttributes.Invalid("An event has data or data_base64, not both.", "data_base64")
                : ReadData(json, attributes, value, base64, out data);
        }
        catch (JsonException e)
        {
            return new Refusal(ErrorCode.InvalidJson, $"Line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}: not valid JSON, or deeper than 64.");
        }
        catch (InvalidOperationException)
        {
            return new Refusal(ErrorCode.InvalidString, "A string has half of a surrogate pair.");
        }
    }

    private static Refusal ReadMembers(ReadOnlySpan<byte> json, CloudEventAttributes attributes, out EventField data, out EventField base64)
    {
        data = base64 = default;
        Refusal refusal = default;
        var reader = new Utf8JsonReader(json, isFinalBlock: true, new JsonReaderState(Options));
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            return new Refusal(ErrorCode.InvalidType, "The event must be a JSON object.", string.Empty);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (name is "data" or "data_base64")
            {
                ref var field = ref name == "data" ? ref data : ref base64;
                if (field.Kind != JsonTokenType.None && !refusal.IsRefused)
                    refusal = new Refusal(ErrorCode.DuplicateField, "The field is given twice.", JsonPointer.Of(name));
                Note(ref reader, ref field);
                continue;
            }

            var added = AddAttribute(ref reader, name, attributes);
            if (!refusal.IsRefused)
                refusal = added;
            reader.Skip();
        }

        // To the end, so that trailing data is an error whatever else is wrong.
        while (reader.Read())
        {
        }

        return refusal;
    }

    private static void Note(ref Utf8JsonReader reader, ref EventField field)
    {
        field = new EventField { Kind = reader.TokenType, Start = (int)reader.TokenStartIndex, Escaped = reader.ValueIsEscaped };
        reader.Skip();
        field.Length = (int)reader.BytesConsumed - field.Start;
    }

    private static Refusal AddAttribute(ref Utf8JsonReader reader, string name, CloudEventAttributes attributes) => reader.TokenType switch
    {
        JsonTokenType.String => attributes.Add(name, Encoding.UTF8.GetBytes(reader.GetString()!)),
        JsonTokenType.True => attributes.Add(name, "true"u8.ToArray()),
        JsonTokenType.False => attributes.Add(name, "false"u8.ToArray()),
        // The one number type of CloudEvents is a 32-bit integer.
        JsonTokenType.Number when reader.TryGetInt32(out _) => attributes.Add(name, reader.ValueSpan.ToArray()),
        JsonTokenType.Null => default,
        _ => CloudEventAttributes.Invalid("An attribute is a string, a boolean or a 32-bit integer.", name),
    };

    private static Refusal ReadData(
        ReadOnlySpan<byte> json, CloudEventAttributes attributes, scoped in EventField value, scoped in EventField base64, out ReadOnlySpan<byte> data)
    {
        data = default;
        if (base64.Kind is not (JsonTokenType.None or JsonTokenType.Null))
            return ReadBase64(json, base64, out data);
        if (value.Kind is JsonTokenType.None or JsonTokenType.Null)
            return default;
        var raw = value.In(json);
        var type = attributes["datacontenttype"];
        if (type.IsEmpty)
        {
            // The format's own default (section 3.1.1).
            data = raw;
            return attributes.Add("datacontenttype", "application/json"u8.ToArray());
        }

        if (value.Kind != JsonTokenType.String || IsJson(type))
        {
            data = raw;
            return default;
        }

        var content = raw[1..^1];
        var text = new byte[content.Length];
        if (!JsonText.TryUnescape(content, text, out var written))
            return new Refusal(ErrorCode.InvalidString, "It has U+0000 or half of a surrogate pair.", "/data");
        data = text.AsSpan(0, written);
        return default;
    }

    private static Refusal ReadBase64(ReadOnlySpan<byte> json, scoped in EventField field, out ReadOnlySpan<byte> data)
    {
        data = default;
        if (field.Kind != JsonTokenType.String)
            return CloudEventAttributes.Invalid("It must be a string.", "data_base64");
        var text = field.In(json)[1..^1];
        var unescaped = new byte[text.Length];
        if (!JsonText.TryUnescape(text, unescaped, out var length))
            return CloudEventAttributes.Invalid("It must be Base64 (RFC 4648, section 4).", "data_base64");
        var decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(length)];
        if (Base64.DecodeFromUtf8(unescaped.AsSpan(0, length), decoded, out _, out var written) != System.Buffers.OperationStatus.Done)
            return CloudEventAttributes.Invalid("It must be Base64 (RFC 4648, section 4).", "data_base64");
        data = decoded.AsSpan(0, written);
        return default;
    }

    private static bool IsJson(ReadOnlySpan<byte> mediaType)
    {
        var end = mediaType.IndexOf((byte)';');
        var bare = (end < 0 ? mediaType : mediaType[..end]).Trim((byte)' ');
        return EndsWith(bare, "/json"u8) || EndsWith(bare, "+json"u8);
    }

    private static bool EndsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> suffix) =>
        text.Length >= suffix.Length && Ascii.EqualsIgnoreCase(text[^suffix.Length..], suffix);
}
