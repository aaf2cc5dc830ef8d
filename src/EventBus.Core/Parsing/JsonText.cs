using System.Text;

namespace EventBus.Core.Parsing;

/// <summary>Text of JSON strings.</summary>
internal static class JsonText
{
    /// <summary>
    /// Unescapes a JSON string's raw content, known to be valid JSON and UTF-8, into <paramref name="target"/> of at least its length.
    /// False for a lone surrogate or U+0000, which PostgreSQL refuses.
    /// </summary>
    public static bool TryUnescape(ReadOnlySpan<byte> raw, Span<byte> target, out int written)
    {
        written = 0;
        while (true)
        {
            // Runs without a backslash are copied whole: the search is vectorised.
            var run = raw.IndexOf((byte)'\\');
            if (run < 0)
            {
                raw.CopyTo(target[written..]);
                written += raw.Length;
                return true;
            }

            raw[..run].CopyTo(target[written..]);
            written += run;
            var escape = raw[run + 1];
            raw = raw[(run + 2)..];
            if (escape != 'u')
            {
                target[written++] = Simple(escape);
                continue;
            }

            if (!TryCodePoint(ref raw, out var rune))
                return false;
            written += rune.EncodeToUtf8(target[written..]);
        }
    }

    /// <summary>The number of characters (Unicode code points) of a text in UTF-8.</summary>
    public static int Characters(ReadOnlySpan<byte> text)
    {
        var count = 0;
        foreach (var b in text)
            count += (b & 0xC0) == 0x80 ? 0 : 1;
        return count;
    }

    private static byte Simple(byte escape) => escape switch
    {
        (byte)'n' => (byte)'\n',
        (byte)'r' => (byte)'\r',
        (byte)'t' => (byte)'\t',
        (byte)'b' => (byte)'\b',
        (byte)'f' => (byte)'\f',
        _ => escape,
    };

    private static bool TryCodePoint(ref ReadOnlySpan<byte> raw, out Rune rune)
    {
        rune = default;
        var first = Hex4(raw);
        raw = raw[4..];
        if (first == 0)
            return false;
        if (Rune.TryCreate(first, out rune))
            return true;
        if (raw.Length < 6 || raw[0] != '\\' || raw[1] != 'u' || !Rune.TryCreate(first, Hex4(raw[2..]), out rune))
            return false;
        raw = raw[6..];
        return true;
    }

    private static char Hex4(ReadOnlySpan<byte> digits)
    {
        var value = 0;
        for (var i = 0; i < 4; i++)
        {
            var digit = digits[i];
            value = (value << 4) | (digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
        }

        return (char)value;
    }
}
