using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using EventBus.Contracts;

namespace EventBus.Ceilings.Librdkafka;

/// <summary>
/// The arguments of one <c>rd_kafka_produceva</c>, built once and then only pointed at the next event: the record that the gateway makes of
/// the same body, with an id and a time of its own.
/// </summary>
internal sealed unsafe class RecordTemplate
{
    private const string HexDigits = "0123456789abcdef";
    private readonly ProduceField[] _fields;
    private readonly byte[] _id = GC.AllocateArray<byte>(36, pinned: true);
    private readonly byte[] _time = GC.AllocateArray<byte>(27, pinned: true);
    private readonly (nint Pointer, int Size)[] _keys;
    private readonly (nint Pointer, int Size)[] _values;
    private readonly TimeProvider _clock;
    private long _millisecond;
    private ulong _number;

    public RecordTemplate(nint topic, TimeProvider clock)
    {
        _clock = clock;
        var events = SampleEvents.Create();
        _keys = [.. events.Select(e => Pinned(e.Key))];
        _values = [.. events.Select(e => Pinned(e.Value))];
        _fields = GC.AllocateArray<ProduceField>(12, pinned: true);
        _fields[0] = new() { Kind = ProduceField.Topic, Pointer = topic };
        _fields[1] = new() { Kind = ProduceField.Flags, Integer = Native.CopyPayload | Native.BlockWhenFull };
        _fields[2] = new() { Kind = ProduceField.Key };
        _fields[3] = new() { Kind = ProduceField.Value };
        _fields[4] = new() { Kind = ProduceField.Opaque };
        _fields[5] = Header(RecordHeaders.SpecVersion, Pinned("1.0"u8.ToArray()));
        _fields[6] = Header(RecordHeaders.Id, Address(_id));
        _fields[7] = Header(RecordHeaders.Source, Pinned(Encoding.UTF8.GetBytes(SampleEvents.Source)));
        _fields[8] = Header(RecordHeaders.Type, Pinned(Encoding.UTF8.GetBytes(SampleEvents.EventType)));
        _fields[9] = Header(RecordHeaders.Time, Address(_time));
        _fields[10] = Header(RecordHeaders.ContentType, Pinned("application/json"u8.ToArray()));
        _fields[11] = Header(RecordHeaders.PartitionKey, default);
    }

    /// <summary>Points the arguments at event <paramref name="number"/>, with a new id and the time of now.</summary>
    public ReadOnlySpan<ProduceField> Next(long number, nint opaque)
    {
        var index = (int)(number % SampleEvents.Count);
        _fields[2].Pointer = _keys[index].Pointer;
        _fields[2].Size = _keys[index].Size;
        _fields[3].Pointer = _values[index].Pointer;
        _fields[3].Size = _values[index].Size;
        _fields[4].Pointer = opaque;
        _fields[11].HeaderValue = _keys[index].Pointer;
        _fields[11].HeaderSize = _keys[index].Size;
        Stamp();
        return _fields;
    }

    private void Stamp()
    {
        var now = _clock.GetUtcNow();
        var millisecond = now.ToUnixTimeMilliseconds();
        if (millisecond != _millisecond)
        {
            _millisecond = millisecond;
            now.TryFormat(_time, out _, "yyyy-MM-ddTHH:mm:ss.ffffffZ");
        }

        // The form of a UUID version 7; unique by a counter that is spread by a multiplication, which costs less than randomness.
        var spread = ++_number * 0x9E3779B97F4A7C15;
        Hex(_id, 0, (ulong)millisecond >> 16, 8);
        _id[8] = (byte)'-';
        Hex(_id, 9, (ulong)millisecond & 0xffff, 4);
        _id[13] = (byte)'-';
        Hex(_id, 14, 0x7000 | (_number & 0xfff), 4);
        _id[18] = (byte)'-';
        Hex(_id, 19, 0x8000 | ((_number >> 12) & 0x3fff), 4);
        _id[23] = (byte)'-';
        Hex(_id, 24, spread >> 16, 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Hex(byte[] target, int at, ulong value, int digits)
    {
        for (var i = digits - 1; i >= 0; i--, value >>= 4)
            target[at + i] = (byte)HexDigits[(int)(value & 15)];
    }

    private static ProduceField Header(string name, (nint Pointer, int Size) value) => new()
    {
        Kind = ProduceField.Header,
        Pointer = Pinned(Encoding.UTF8.GetBytes(name + "\0")).Pointer,
        HeaderValue = value.Pointer,
        HeaderSize = value.Size,
    };

    // Never given back: they live as long as the process.
    private static (nint Pointer, int Size) Pinned(byte[] bytes)
    {
        var copy = (byte*)NativeMemory.Alloc((nuint)bytes.Length);
        bytes.CopyTo(new Span<byte>(copy, bytes.Length));
        return ((nint)copy, bytes.Length);
    }

    private static (nint Pointer, int Size) Address(byte[] pinned) =>
        ((nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned)), pinned.Length);
}
