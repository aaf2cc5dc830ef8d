namespace EventBus.Core.Parsing;

/// <summary>
/// Room for the few strings of an event that cannot be used where they stand in the request: unescaped ones, made ids and composed types.
/// One per thread, emptied per event; a grown buffer is replaced, and spans into the old one stay valid.
/// </summary>
internal sealed class TextArena
{
    private const int KeptBytes = 64 * 1024;

    [ThreadStatic]
    private static TextArena? _forThread;

    private byte[] _buffer = new byte[4 * 1024];
    private int _used;

    public static TextArena ForThread => _forThread ??= new TextArena();

    public void Clear()
    {
        _used = 0;
        if (_buffer.Length > KeptBytes)
            _buffer = new byte[4 * 1024];
    }

    /// <summary>Room for so many bytes.</summary>
    public Span<byte> Take(int length)
    {
        if (_buffer.Length - _used < length)
        {
            _buffer = new byte[Math.Max(_buffer.Length * 2, length)];
            _used = 0;
        }

        var taken = _buffer.AsSpan(_used, length);
        _used += length;
        return taken;
    }

    /// <summary>
    /// The text of a JSON string's raw content: in place where nothing is escaped. False for a lone surrogate or U+0000.
    /// </summary>
    public bool TryGetText(ReadOnlySpan<byte> raw, bool escaped, out ReadOnlySpan<byte> text)
    {
        text = raw;
        if (!escaped)
            return true;
        var target = Take(raw.Length);
        if (!JsonText.TryUnescape(raw, target, out var written))
            return false;
        text = target[..written];
        return true;
    }
}
