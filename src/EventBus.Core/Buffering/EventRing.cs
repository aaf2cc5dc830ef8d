using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EventBus.Core.Buffering;

/// <summary>
/// A bounded ring of bytes from many producers to one drainer: each event is one contiguous frame, so bytes and events are bounded by the
/// same memory and nothing is allocated per event. Producers claim room with one compare-and-swap and publish with one release store; the
/// drainer parks instead of spinning and is woken once for many events. The memory-order rules are in this folder's README.
/// </summary>
public sealed unsafe class EventRing : IDisposable
{
    private const long Awake = long.MaxValue;

    private readonly byte* _memory;
    private readonly int _mask;
    private readonly AutoResetEvent _signal = new(false);
    private RingPositions _positions;

    /// <param name="capacity">Bytes: a power of two of at least 4,096. A frame may take a quarter of it.</param>
    public EventRing(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 4096);
        if ((capacity & (capacity - 1)) != 0)
            throw new ArgumentException("The capacity must be a power of two.", nameof(capacity));
        Capacity = capacity;
        _mask = capacity - 1;
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)capacity, 64);
        // Zero everywhere: a length of zero is what marks a claimed frame as not yet published.
        NativeMemory.Clear(_memory, (nuint)capacity);
        _positions.Wake = Awake;
    }

    /// <summary>Handles one frame in place; the pointer is valid during the call only.</summary>
    public delegate void FrameHandler(FrameHead* frame);

    /// <summary>Bytes of the ring.</summary>
    public int Capacity { get; }

    /// <summary>The largest frame that is taken.</summary>
    public int MaxFrameLength => Capacity / 4;

    /// <summary>Bytes claimed and not yet drained: a moment's view, for admission and metrics.</summary>
    public long UsedBytes => Math.Max(0, Volatile.Read(ref _positions.Tail) - Volatile.Read(ref _positions.Head));

    /// <summary>True where nothing waits to be drained. For the drainer's thread.</summary>
    public bool IsEmpty => Volatile.Read(ref _positions.Tail) == _positions.Head;

    /// <summary>
    /// Copies a finished frame into the ring under a ticket; false where there is no room. Does not wake the drainer: call <see cref="Wake"/> once after
    /// the last frame of a group.
    /// </summary>
    public bool TryWrite(ReadOnlySpan<byte> frame, long ticket)
    {
        var length = frame.Length;
        if (length > MaxFrameLength)
            return false;
        long tail;
        int padding;
        do
        {
            tail = Volatile.Read(ref _positions.Tail);
            var toEnd = Capacity - (int)(tail & _mask);
            padding = length > toEnd ? toEnd : 0;
            if (tail + padding + length - Volatile.Read(ref _positions.Head) > Capacity)
                return false;
        }
        while (Interlocked.CompareExchange(ref _positions.Tail, tail + padding + length, tail) != tail);

        if (padding > 0)
        {
            Volatile.Write(ref At(tail)->Length, -padding);
            tail += padding;
        }

        var target = At(tail);
        // All but the length, which is published last: the drainer may read it at any moment.
        frame[sizeof(int)..].CopyTo(new Span<byte>((byte*)target + sizeof(int), length - sizeof(int)));
        target->Ticket = ticket;
        Volatile.Write(ref target->Length, length);
        return true;
    }

    /// <summary>Wakes the drainer if it is parked and this much is worth waking for. One full fence, one load in the usual case.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Wake()
    {
        // Between the release store of a frame and the load of Wake: with Park's fence, one of the two sides sees the other.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _positions.Tail) >= Volatile.Read(ref _positions.Wake))
            WakeSlow();
    }

    /// <summary>Ends the drainer's parking, now or the next one, whatever was written.</summary>
    public void Interrupt() => _signal.Set();

    /// <summary>
    /// Parks the drainer until <paramref name="bytes"/> more than what was drained have been written or the time has passed.
    /// </summary>
    public void Park(long bytes, TimeSpan time)
    {
        Volatile.Write(ref _positions.Wake, _positions.Head + Math.Max(1, bytes));
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _positions.Tail) < _positions.Head + Math.Max(1, bytes))
            _signal.WaitOne(time);
        // A signal that came too late is left for the next Park, which then returns at once: harmless.
        Interlocked.Exchange(ref _positions.Wake, Awake);
    }

    /// <summary>
    /// Hands up to <paramref name="limit"/> published frames to <paramref name="handler"/> in the order of their claims, then gives their
    /// room back at once. Stops at a frame that is still being copied. For the drainer's thread.
    /// </summary>
    /// <returns>The number of frames handled.</returns>
    public int Drain(FrameHandler handler, int limit)
    {
        var head = _positions.Head;
        var start = head;
        var count = 0;
        while (count < limit)
        {
            var frame = At(head);
            var length = Volatile.Read(ref frame->Length);
            if (length == 0)
                break;
            if (length < 0)
            {
                length = -length;
            }
            else
            {
                handler(frame);
                count++;
            }

            // Before the room is given back: the next producer to claim it relies on zeros.
            NativeMemory.Clear(frame, (nuint)length);
            head += length;
            // Large frames give their room back early, so that producers need not wait for the whole group.
            if (head - start > Capacity / 8)
            {
                Volatile.Write(ref _positions.Head, head);
                start = head;
            }
        }

        Volatile.Write(ref _positions.Head, head);
        return count;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _signal.Dispose();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WakeSlow()
    {
        if (Interlocked.Exchange(ref _positions.Wake, Awake) != Awake)
            _signal.Set();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private FrameHead* At(long position) => (FrameHead*)(_memory + (position & _mask));
}
