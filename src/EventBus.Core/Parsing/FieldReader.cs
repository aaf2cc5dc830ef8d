using System.Text.Json;
using EventBus.Contracts;
using EventBus.Core.Publishing;

namespace EventBus.Core.Parsing;

/// <summary>Reads values of fields, each with the refusal that a bad one gets.</summary>
internal ref struct FieldReader(ReadOnlySpan<byte> json, TextArena arena)
{
    private readonly ReadOnlySpan<byte> _json = json;

    /// <summary>The event's fields, as the scanner found them.</summary>
    public EventFields Fields;

    /// <summary>The first thing that was wrong.</summary>
    public Refusal Refusal;

    public readonly bool Failed => Refusal.IsRefused;

    /// <summary>A string of at most <paramref name="maxLength"/> characters (bytes, for keys); empty where absent.</summary>
    public ReadOnlySpan<byte> Text(FieldName name, int maxLength)
    {
        var field = Fields[name];
        if (Failed || field.IsAbsent)
            return default;
        if (field.Kind != JsonTokenType.String)
        {
            Fail(ErrorCode.InvalidType, "It must be a string.", name);
            return default;
        }

        if (!arena.TryGetText(field.In(_json), field.Escaped, out var text))
        {
            Fail(ErrorCode.InvalidString, "It has U+0000 or half of a surrogate pair.", name);
            return default;
        }

        if (text.Length > maxLength && LengthOf(text, name) > maxLength)
        {
            Fail(ErrorCode.TooLong, $"It may have at most {maxLength} {(name == FieldName.Key ? "bytes" : "characters")}.", name);
            return default;
        }

        return text;
    }

    /// <summary>As <see cref="Text"/>, for a field that must be there and not be empty.</summary>
    public ReadOnlySpan<byte> RequiredText(FieldName name, int maxLength)
    {
        var text = Text(name, maxLength);
        if (text.IsEmpty && !Failed)
            Fail(ErrorCode.MissingField, "It is required.", name);
        return text;
    }

    public void Fail(ErrorCode error, string detail, FieldName name)
    {
        if (!Failed)
            Refusal = new Refusal(error, detail, FieldNames.Pointer(name));
    }

    public void Fail(ErrorCode error, string detail, string pointer)
    {
        if (!Failed)
            Refusal = new Refusal(error, detail, pointer);
    }

    private static int LengthOf(ReadOnlySpan<byte> text, FieldName name) => name == FieldName.Key ? text.Length : JsonText.Characters(text);
}
