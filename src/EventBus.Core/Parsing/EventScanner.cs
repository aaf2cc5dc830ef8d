using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Unicode;
using EventBus.Contracts;
using EventBus.Core.Publishing;

namespace EventBus.Core.Parsing;

/// <summary>The fields of one event, by <see cref="FieldName"/>.</summary>
[InlineArray((int)FieldName.Unknown)]
internal struct EventFields
{
    private EventField _first;

    public readonly EventField this[FieldName name] => this[(int)name];
}

/// <summary>
/// The one pass over an event's JSON: syntax, depth, UTF-8 and duplicate names are checked, and each known field's place is noted, by
/// <see cref="JsonScanner"/> where it can. What the fields mean is decided after it.
/// </summary>
internal static class EventScanner
{
    private const int MaxDepth = 64;

    /// <summary>Scans one JSON object.</summary>
    public static bool TryScan(ReadOnlySpan<byte> json, ref EventFields fields, out Refusal refusal)
    {
        try
        {
            // Utf8JsonReader leaves the bytes inside strings unchecked: one vectorised pass checks them all.
            if (!Utf8.IsValid(json))
            {
                refusal = NotUtf8(json);
                return false;
            }

            refusal = default;
            if (JsonScanner.TryScan(json, ref fields))
                return true;
            // Wrong, or merely rare: the platform's reader says which, and where.
            fields = default;
            return Scan(json, ref fields, out refusal);
        }
        catch (JsonException e)
        {
            refusal = InvalidJson(json, e);
            return false;
        }
        catch (InvalidOperationException)
        {
            // A name with a lone surrogate.
            refusal = new Refusal(ErrorCode.InvalidString, "A field's name has an escape that is half of a surrogate pair.");
            return false;
        }
    }

    private static bool Scan(ReadOnlySpan<byte> json, ref EventFields fields, out Refusal refusal)
    {
        refusal = default;
        var reader = new Utf8JsonReader(json, isFinalBlock: true, new JsonReaderState(new JsonReaderOptions { MaxDepth = MaxDepth }));
        if (!reader.Read())
        {
            refusal = new Refusal(ErrorCode.InvalidJson, "The body is empty.");
            return false;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            ReadToEnd(ref reader);
            refusal = new Refusal(ErrorCode.InvalidType, "The event must be a JSON object.", "");
            return false;
        }

        // Made only for names outside the contract, to find one that is given twice.
        HashSet<string>? unknown = null;
        var seen = 0;
        string? duplicate = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = NameOf(ref reader, out var text);
            if (name == FieldName.Unknown)
            {
                text ??= reader.GetString()!;
                if (!(unknown ??= new HashSet<string>(StringComparer.Ordinal)).Add(text))
                    duplicate ??= text;
                reader.Read();
                reader.Skip();
                continue;
            }

            if ((seen & (1 << (int)name)) != 0)
                duplicate ??= FieldNames.Pointer(name)[1..];
            seen |= 1 << (int)name;
            reader.Read();
            Note(ref reader, ref fields[(int)name]);
        }

        ReadToEnd(ref reader);
        if (duplicate is null)
            return true;
        refusal = new Refusal(ErrorCode.DuplicateField, "The field is given twice.", JsonPointer.Of(duplicate));
        return false;
    }

    private static void Note(ref Utf8JsonReader reader, ref EventField field)
    {
        field.Kind = reader.TokenType;
        field.Start = (int)reader.TokenStartIndex;
        if (reader.TokenType == JsonTokenType.String)
        {
            field.Start++;
            field.Length = reader.ValueSpan.Length;
            field.Escaped = reader.ValueIsEscaped;
            return;
        }

        reader.Skip();
        field.Length = (int)reader.BytesConsumed - field.Start;
    }

    /// <summary>Throws for anything but white space behind the root, as the reader does for trailing data.</summary>
    private static void ReadToEnd(ref Utf8JsonReader reader)
    {
        while (reader.Read())
        {
        }
    }

    private static FieldName NameOf(ref Utf8JsonReader reader, out string? text)
    {
        text = null;
        if (!reader.ValueIsEscaped)
            return FieldNames.Of(reader.ValueSpan);
        text = reader.GetString()!;
        return FieldNames.Of(System.Text.Encoding.UTF8.GetBytes(text));
    }

    private static Refusal InvalidJson(ReadOnlySpan<byte> json, JsonException e)
    {
        if (json.IsEmpty)
            return new Refusal(ErrorCode.InvalidJson, "The body is empty.");
        if (json.StartsWith("\uFEFF"u8))
            return new Refusal(ErrorCode.InvalidJson, "The body starts with a byte order mark; JSON has none (RFC 8259, section 8.1).");
        return new Refusal(ErrorCode.InvalidJson, $"Line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}: not valid JSON, or deeper than {MaxDepth}.");
    }

    /// <summary>Names the field whose bytes are not UTF-8: the reader itself does not look at them.</summary>
    private static Refusal NotUtf8(ReadOnlySpan<byte> json)
    {
        if (json.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || json.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            return new Refusal(ErrorCode.InvalidJson, "The body starts with a byte order mark and is not UTF-8.");
        EventFields fields = default;
        if (!Scan(json, ref fields, out var refusal))
            return refusal;
        for (var name = FieldName.EventType; name < FieldName.Unknown; name++)
        {
            if (!Utf8.IsValid(fields[name].In(json)))
                return new Refusal(ErrorCode.InvalidString, "The string is not valid UTF-8.", PointerTo(fields[name], name, json));
        }

        return new Refusal(ErrorCode.InvalidString, "The body is not valid UTF-8.");
    }

    /// <summary>The field, or the member of it that is at fault.</summary>
    private static string PointerTo(in EventField field, FieldName name, ReadOnlySpan<byte> json)
    {
        if (field.Kind != JsonTokenType.StartObject)
            return FieldNames.Pointer(name);
        var members = new Utf8JsonReader(field.In(json));
        members.Read();
        while (members.Read() && members.TokenType == JsonTokenType.PropertyName && Utf8.IsValid(members.ValueSpan))
        {
            var member = members.GetString()!;
            var start = (int)members.BytesConsumed;
            members.Read();
            members.Skip();
            if (!Utf8.IsValid(field.In(json)[start..(int)members.BytesConsumed]))
                return JsonPointer.Of(FieldNames.Pointer(name)[1..], member);
        }

        return FieldNames.Pointer(name);
    }
}
