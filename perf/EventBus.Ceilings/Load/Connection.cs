using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EventBus.Ceilings.Load;

/// <summary>One keep-alive connection, never blocking: what is being sent, and the response that is being read.</summary>
internal sealed unsafe class Connection : IDisposable
{
    private readonly Socket _socket;
    private byte[] _output = [];
    private int _from;
    private int _to;

    public Connection(int port, int room)
    {
        Response = new(room);
        _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _socket.Connect(IPAddress.Loopback, port);
        _socket.Blocking = false;
        Descriptor = (int)_socket.Handle;
    }

    public int Descriptor { get; }

    public ResponseReader Response { get; }

    /// <summary>True while something of the last <see cref="Send"/> has not left yet.</summary>
    public bool Sending => _from < _to;

    /// <summary>Sends from a pinned array as much as goes at once; the rest by <see cref="Flush"/>.</summary>
    public void Send(byte[] pinned, int length)
    {
        _output = pinned;
        _from = 0;
        _to = length;
        Flush();
    }

    /// <summary>Sends on.</summary>
    public void Flush()
    {
        while (Sending)
        {
            var first = (byte*)Unsafe.AsPointer(ref _output[_from]);
            var sent = Libc.send(Descriptor, first, (nuint)(_to - _from), Libc.NoSignal);
            if (sent < 0)
            {
                if (Marshal.GetLastPInvokeError() == Libc.TryAgain)
                    return;
                throw new IOException($"send: errno {Marshal.GetLastPInvokeError()}");
            }

            _from += (int)sent;
        }
    }

    /// <summary>Reads what is there; true where the room was filled, so that more may be.</summary>
    public bool Receive()
    {
        var room = Response.Room;
        var read = Libc.recv(Descriptor, (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(room)), (nuint)room.Length, 0);
        if (read < 0 && Marshal.GetLastPInvokeError() == Libc.TryAgain)
            return false;
        if (read <= 0)
            throw new IOException(read == 0 ? "the server closed a connection" : $"recv: errno {Marshal.GetLastPInvokeError()}");
        Response.Received((int)read);
        return read == room.Length;
    }

    public void Dispose() => _socket.Dispose();
}
