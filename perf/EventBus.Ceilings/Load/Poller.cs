using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EventBus.Ceilings.Load;

/// <summary>epoll over the connections of one thread; each is known by a number of the caller's.</summary>
internal sealed unsafe class Poller
{
    private const int Most = 512;
    private readonly int _poll = Libc.epoll_create1(0);
    private readonly byte[] _events = GC.AllocateArray<byte>(Most * 16, pinned: true);

    public void Watch(int descriptor, int number) => Control(Libc.Add, descriptor, number, Libc.Readable);

    public void WatchWriting(int descriptor, int number, bool writing) =>
        Control(Libc.Modify, descriptor, number, Libc.Readable | (writing ? Libc.Writable : 0));

    /// <summary>Waits until a connection is ready, at most so many microseconds; how many are.</summary>
    public int Wait(long micros)
    {
        var time = Timespec.FromMicros(Math.Max(0, micros));
        var count = Libc.epoll_pwait2(_poll, First, Most, &time, null);
        return Math.Max(0, count);
    }

    /// <summary>The number of the ready connection at <paramref name="index"/>.</summary>
    public int Ready(int index) => Unsafe.ReadUnaligned<int>(First + (index * Libc.EventSize) + Libc.EventData);

    private byte* First => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_events));

    private void Control(int operation, int descriptor, int number, int interest)
    {
        var @event = stackalloc byte[16];
        Unsafe.WriteUnaligned(@event, interest);
        Unsafe.WriteUnaligned(@event + Libc.EventData, (long)number);
        if (Libc.epoll_ctl(_poll, operation, descriptor, @event) != 0)
            throw new IOException($"epoll_ctl: {Marshal.GetLastPInvokeError()}");
    }
}
