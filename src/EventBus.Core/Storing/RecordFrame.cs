using System.Buffers.Binary;
using System.Text;

namespace EventBus.Core.Storing;

/// <summary>
/// A whole record in one piece of a batch's memory: what its row points into, and what is kept of it should it become a dead letter.
/// </summary>
/// <remarks>Lengths of key, value (-1 for null) and headers; key; value; for each header its two lengths, name and value.</remarks>
public readonly struct RecordFrame
{
    private const int HeadBytes = 12;
    private const int HeaderHeadBytes = 8;

    private readonly ReadOnlyMemory<byte> _bytes;

    private RecordFrame(ReadOnlyMemory<byte> bytes) => _bytes = bytes;

    // Below, the null literal would convert to an empty memory, by way of a null array.

    /// <summary>The key; null where there is none.</summary>
    public ReadOnlyMemory<byte>? Key => KeyLength < 0 ? default(ReadOnlyMemory<byte>?) : _bytes.Slice(HeadBytes, KeyLength);

    /// <summary>The value; null where there is none.</summary>
    public ReadOnlyMemory<byte>? Value => ValueLength < 0 ? default(ReadOnlyMemory<byte>?) : _bytes.Slice(HeadBytes + Math.Max(KeyLength, 0), ValueLength);

    /// <summary>The headers in their order.</summary>
    public HeaderEnumerator Headers => new(_bytes, HeadBytes + Math.Max(KeyLength, 0) + Math.Max(ValueLength, 0), IntAt(8));

    private int KeyLength => IntAt(0);

    private int ValueLength => IntAt(4);

    /// <summary>Copies a record.</summary>
    public static RecordFrame Copy(scoped in LogRecord record, RecordMemory memory)
    {
        var length = HeadBytes + (record.Key?.Length ?? 0) + (record.Value?.Length ?? 0);
        foreach (ref readonly var header in record.Headers)
            length += HeaderHeadBytes + Encoding.UTF8.GetByteCount(header.Name) + (header.Value?.Length ?? 0);

        var frame = memory.Take(length);
        var rest = frame.Span;
        BinaryPrimitives.WriteInt32LittleEndian(rest, record.Key?.Length ?? -1);
        BinaryPrimitives.WriteInt32LittleEndian(rest[4..], record.Value?.Length ?? -1);
        BinaryPrimitives.WriteInt32LittleEndian(rest[8..], record.Headers.Length);
        rest = Append(Append(rest[HeadBytes..], record.Key), record.Value);
        foreach (ref readonly var header in record.Headers)
        {
            var name = Encoding.UTF8.GetBytes(header.Name, rest[HeaderHeadBytes..]);
            BinaryPrimitives.WriteInt32LittleEndian(rest, name);
            BinaryPrimitives.WriteInt32LittleEndian(rest[4..], header.Value?.Length ?? -1);
            rest = Append(rest[(HeaderHeadBytes + name)..], header.Value);
        }

        return new RecordFrame(frame);
    }

    private static Span<byte> Append(Span<byte> target, byte[]? bytes)
    {
        bytes.CopyTo(target);
        return target[(bytes?.Length ?? 0)..];
    }

    private int IntAt(int at) => BinaryPrimitives.ReadInt32LittleEndian(_bytes.Span[at..]);

    /// <summary>Goes through the headers of a frame.</summary>
    public ref struct HeaderEnumerator
    {
        private readonly ReadOnlyMemory<byte> _frame;
        private readonly ReadOnlySpan<byte> _bytes;
        private int _next;
        private int _left;
        private int _name;
        private int _nameLength;
        private int _valueLength;

        internal HeaderEnumerator(ReadOnlyMemory<byte> frame, int start, int count)
        {
            _frame = frame;
            _bytes = frame.Span;
            _next = start;
            _left = count;
        }

        /// <summary>The header at hand: its name in UTF-8.</summary>
        public readonly ReadOnlySpan<byte> Name => _bytes.Slice(_name, _nameLength);

        /// <summary>The header at hand: its value, empty where it has none.</summary>
        public readonly ReadOnlyMemory<byte> Value => _frame.Slice(_name + _nameLength, Math.Max(_valueLength, 0));

        /// <summary>Whether the header at hand has no value at all.</summary>
        public readonly bool IsNull => _valueLength < 0;

        /// <summary>Itself: for <c>foreach</c>.</summary>
        public readonly HeaderEnumerator Current => this;

        /// <summary>Itself: for <c>foreach</c>.</summary>
        public readonly HeaderEnumerator GetEnumerator() => this;

        /// <summary>Goes to the next header; false behind the last.</summary>
        public bool MoveNext()
        {
            if (_left == 0)
                return false;
            _left--;
            _nameLength = BinaryPrimitives.ReadInt32LittleEndian(_bytes[_next..]);
            _valueLength = BinaryPrimitives.ReadInt32LittleEndian(_bytes[(_next + 4)..]);
            _name = _next + HeaderHeadBytes;
            _next = _name + _nameLength + Math.Max(_valueLength, 0);
            return true;
        }
    }
}
