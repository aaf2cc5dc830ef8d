using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EventBus.Core.Buffering;

/// <summary>
/// Composes one frame in a buffer of its own: value first (a payload is unescaped straight into it), then key, then headers. The finished
/// bytes are copied into the ring in one go, so a refused event never touches the ring and a claim never has to be taken back.
/// One writer per thread is kept: an event is parsed and handed to the ring without a pause in between.
/// </summary>
public sealed class FrameWriter
{
    private const int KeptBytes = 64 * 1024;

    [ThreadStatic]
    private static FrameWriter? _forThread;

    private byte[] _buffer = new byte[4 * 1024];
    private int _position;
    private FrameHead _head;

    /// <summary>The calling thread's own writer: nothing is allocated per event.</summary>
    public static FrameWriter ForThread => _forThread ??= new FrameWriter();

    /// <summary>Bytes written so far, head included.</summary>
    public int Length => _position;

    /// <summary>The value and the key behind it: what the record says, without its headers.</summary>
    public ReadOnlySpan<byte> WrittenContent => _buffer.AsSpan(FrameHead.Size, _head.ValueLength + _head.KeyLength);

    /// <summary>The value written by <see cref="Value"/> or <see cref="CommitValue"/>.</summary>
    public ReadOnlySpan<byte> WrittenValue => _buffer.AsSpan(FrameHead.Size, _head.ValueLength);

    /// <summary>Starts a new frame.</summary>
    public void Start()
    {
        if (_buffer.Length > KeptBytes)
            _buffer = new byte[4 * 1024];
        _position = FrameHead.Size;
        _head = default;
    }

    /// <summary>Room for a value of at most <paramref name="maximum"/> bytes, to be followed by <see cref="CommitValue"/>.</summary>
    public Span<byte> ReserveValue(int maximum)
    {
        Ensure(maximum);
        return _buffer.AsSpan(_position, maximum);
    }

    /// <summary>Says how many bytes of the reserved room are the value.</summary>
    public void CommitValue(int length)
    {
        _head.ValueLength = length;
        _position += length;
    }

    /// <summary>The record's value.</summary>
    public void Value(ReadOnlySpan<byte> value)
    {
        value.CopyTo(ReserveValue(value.Length));
        CommitValue(value.Length);
    }

    /// <summary>The record's key, after the value.</summary>
    public void Key(ReadOnlySpan<byte> key)
    {
        Ensure(key.Length);
        key.CopyTo(_buffer.AsSpan(_position));
        _head.KeyLength = key.Length;
        _position += key.Length;
    }

    /// <summary>A header whose name already ends with NUL, as the constants of <c>RecordHeaderNames</c> do.</summary>
    public void Header(ReadOnlySpan<byte> nameWithNul, ReadOnlySpan<byte> value)
    {
        value.CopyTo(Field(nameWithNul.Length - 1, value.Length, out var name));
        nameWithNul.CopyTo(name);
    }

    /// <summary>A header by prefix and name, such as <c>ce_</c> and an attribute.</summary>
    public void Header(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        value.CopyTo(Field(prefix.Length + name.Length, value.Length, out var target));
        prefix.CopyTo(target);
        name.CopyTo(target[prefix.Length..]);
        target[^1] = 0;
    }

    /// <summary>
    /// The finished frame, padded to eight bytes, for <see cref="EventRing.TryWrite"/>. <paramref name="topic"/> is the topic's index.
    /// </summary>
    public ReadOnlySpan<byte> Finish(int topic)
    {
        Ensure(8);
        _head.Topic = topic;
        var length = (_position + 7) & ~7;
        _head.Length = length;
        MemoryMarshal.Write(_buffer, _head);
        return _buffer.AsSpan(0, length);
    }

    private Span<byte> Field(int nameLength, int valueLength, out Span<byte> name)
    {
        var bytes = FrameField.Size + nameLength + 1 + valueLength;
        Ensure(bytes);
        var field = _buffer.AsSpan(_position, bytes);
        MemoryMarshal.Write(field, new FrameField(nameLength, valueLength));
        name = field.Slice(FrameField.Size, nameLength + 1);
        _position += bytes;
        _head.HeaderCount++;
        _head.HeaderBytes += nameLength + valueLength;
        return field[(FrameField.Size + nameLength + 1)..];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Ensure(int more)
    {
        if (_buffer.Length - _position < more)
            Grow(more);
    }

    private void Grow(int more) => Array.Resize(ref _buffer, (int)Math.Max(_buffer.Length * 2L, _position + (long)more + 64));
}
