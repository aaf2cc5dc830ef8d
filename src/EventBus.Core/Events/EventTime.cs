using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace EventBus.Core.Events;

/// <summary>Times on the wire: RFC 3339 in, RFC 3339 in UTC with microseconds out.</summary>
public static class EventTime
{
    /// <summary>Bytes of a written time: <c>2024-01-10T10:30:00.000000Z</c>.</summary>
    public const int Length = 27;

    private const int MaxLength = 40;

    private static readonly string[] Formats =
        ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    /// <summary>Reads an RFC 3339 time; false where it is none or lacks an offset. Digits below 100 ns are dropped.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out long utcTicks)
    {
        utcTicks = 0;
        if (text.Length is < 20 or > MaxLength)
            return false;
        Span<char> characters = stackalloc char[MaxLength];
        if (Encoding.ASCII.GetChars(text, characters) != text.Length)
            return false;
        characters = characters[..text.Length];
        if (characters[10] is 't' or ' ')
            characters[10] = 'T';
        if (characters[^1] == 'z')
            characters[^1] = 'Z';
        var hasOffset = characters[^1] == 'Z' || (characters[^6] is '+' or '-' && characters[^3] == ':');
        // A point without digits behind it is none of RFC 3339, though .NET's "F" takes it.
        if (!hasOffset || (characters[19] == '.' && (characters.Length == 20 || !char.IsAsciiDigit(characters[20]))))
            return false;
        characters = DropBelowTick(characters);
        if (!DateTimeOffset.TryParseExact(
            characters, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed))
            return false;
        utcTicks = parsed.UtcTicks;
        return true;
    }

    /// <summary>Writes an instant of <see cref="DateTime"/> ticks in UTC.</summary>
    public static void Write(long utcTicks, Span<byte> target)
    {
        // "O" writes seven digits and the Z; the seventh is below a microsecond and is overwritten.
        Span<byte> full = stackalloc byte[28];
        Utf8Formatter.TryFormat(new DateTime(utcTicks, DateTimeKind.Utc), full, out _, 'O');
        full[..26].CopyTo(target);
        target[26] = (byte)'Z';
    }

    private static Span<char> DropBelowTick(Span<char> text)
    {
        if (text[19] != '.')
            return text;
        var end = 20;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
            end++;
        if (end - 20 <= 7)
            return text;
        text[end..].CopyTo(text[27..]);
        return text[..(27 + text.Length - end)];
    }
}
