using System.Text;
using System.Text.Json;
using EventBus.Contracts;
using EventBus.Core.Buffering;

namespace EventBus.Core.Parsing;

/// <summary>Kafka headers of the client's own.</summary>
internal static class ClientHeaders
{
    private const int MaxCount = 32;
    private const int MaxBytes = 8 * 1024;

    /// <summary>Checks the <c>headers</c> object and copies it into the frame.</summary>
    public static void Copy(ref FieldReader reader, ReadOnlySpan<byte> json, FrameWriter frame)
    {
        var field = reader.Fields[FieldName.Headers];
        if (field.IsAbsent || reader.Failed)
            return;
        if (field.Kind != JsonTokenType.StartObject)
        {
            reader.Fail(ErrorCode.InvalidType, "It must be an object of strings.", FieldName.Headers);
            return;
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        var bytes = 0;
        var members = new Utf8JsonReader(field.In(json));
        members.Read();
        while (!reader.Failed && members.Read() && members.TokenType == JsonTokenType.PropertyName)
        {
            if (!TryText(ref members, out var name))
            {
                reader.Fail(ErrorCode.InvalidString, "A name has U+0000 or half of a surrogate pair.", FieldName.Headers);
                return;
            }

            var pointer = JsonPointer.Of("headers", Encoding.UTF8.GetString(name));
            members.Read();
            if (members.TokenType != JsonTokenType.String)
            {
                reader.Fail(ErrorCode.InvalidType, "It must be a string.", pointer);
                return;
            }

            if (!TryText(ref members, out var value))
            {
                reader.Fail(ErrorCode.InvalidString, "It has U+0000 or half of a surrogate pair.", pointer);
                return;
            }

            bytes += name.Length + value.Length;
            if (!names.Add(Encoding.UTF8.GetString(name)))
                reader.Fail(ErrorCode.DuplicateField, "The header is given twice.", pointer);
            else if (Check(name, value) is { } wrong)
                reader.Fail(ErrorCode.InvalidHeader, wrong, pointer);
            else if (names.Count > MaxCount || bytes > MaxBytes)
                reader.Fail(ErrorCode.InvalidHeader, $"There may be at most {MaxCount} headers of {MaxBytes} bytes together.", FieldName.Headers);
            else
                frame.Header(default, name, value);
        }
    }

    /// <summary>What is wrong with a header, or null.</summary>
    private static string? Check(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.IsEmpty)
            return "A header needs a name.";
        if (HasControl(name) || HasControl(value))
            return "A header's name and value may not have control characters.";
        return IsReserved(name) ? "The name is reserved." : null;
    }

    private static bool HasControl(ReadOnlySpan<byte> text) => text.IndexOfAnyInRange((byte)0, (byte)0x1F) >= 0 || text.Contains((byte)0x7F);

    private static bool IsReserved(ReadOnlySpan<byte> name) =>
        HasPrefix(name, "ce_"u8) || HasPrefix(name, "eb_"u8) || HasPrefix(name, "webhook-"u8)
        || Ascii.EqualsIgnoreCase(name, "content-type"u8) || Ascii.EqualsIgnoreCase(name, "traceparent"u8) || Ascii.EqualsIgnoreCase(name, "tracestate"u8);

    private static bool HasPrefix(ReadOnlySpan<byte> name, ReadOnlySpan<byte> prefix) =>
        name.Length >= prefix.Length && Ascii.EqualsIgnoreCase(name[..prefix.Length], prefix);

    private static bool TryText(ref Utf8JsonReader reader, out ReadOnlySpan<byte> text) =>
        TextArena.ForThread.TryGetText(reader.ValueSpan, reader.ValueIsEscaped, out text);
}
