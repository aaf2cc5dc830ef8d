using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace EventBus.TestKit.Network;

/// <summary>
/// A TCP proxy of 127.0.0.1 that delays, swallows, cuts or resets what passes, per direction, at any moment, also on connections that are
/// open already.
/// </summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly int _target;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Connection, byte> _open = new();
    private readonly Task _accepting;
    private volatile bool _refusing;

    /// <summary>Listens on <paramref name="port"/> and forwards to <paramref name="target"/>, both of 127.0.0.1.</summary>
    public TcpProxy(int port, int target)
    {
        Port = port;
        _target = target;
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The port that clients use; a broker behind the proxy must advertise it.</summary>
    public int Port { get; }

    /// <summary>From client to server.</summary>
    public Direction Requests { get; } = new();

    /// <summary>From server to client.</summary>
    public Direction Responses { get; } = new();

    /// <summary>While true, new connections are accepted and reset at once.</summary>
    public bool Refusing
    {
        get => _refusing;
        set => _refusing = value;
    }

    /// <summary>Ends every open connection in order (FIN).</summary>
    public void Cut() => CloseAll(reset: false);

    /// <summary>Ends every open connection abruptly (RST).</summary>
    public void Reset() => CloseAll(reset: true);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        CloseAll(reset: true);
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_stop.Token);
                _ = ServeAsync(client);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var _ = client;
        var connection = new Connection(client, server);
        try
        {
            if (_refusing)
            {
                connection.Close(reset: true);
                return;
            }

            await server.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
            client.NoDelay = server.NoDelay = true;
            _open[connection] = 0;
            await Task.WhenAny(PumpAsync(client, server, Requests), PumpAsync(server, client, Responses));
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The other side is away: so is this one.
        }
        finally
        {
            _open.TryRemove(connection, out byte _);
        }
    }

    private async Task PumpAsync(Socket from, Socket to, Direction direction)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            int read;
            while ((read = await from.ReceiveAsync(buffer, _stop.Token)) > 0)
            {
                if (direction.Delay > TimeSpan.Zero)
                    await Task.Delay(direction.Delay, _stop.Token);
                if (direction.Swallow)
                    continue;
                for (var sent = 0; sent < read;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), _stop.Token);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Closed by either side.
        }
    }

    private void CloseAll(bool reset)
    {
        foreach (var connection in _open.Keys)
            connection.Close(reset);
    }

    /// <summary>What happens to the bytes of one direction.</summary>
    public sealed class Direction
    {
        private volatile bool _swallow;
        private long _delayTicks;

        /// <summary>While true, bytes are read and dropped: a blackhole. A stream that lost bytes is spoilt; cut it afterwards.</summary>
        public bool Swallow
        {
            get => _swallow;
            set => _swallow = value;
        }

        /// <summary>How long each read waits before it is passed on.</summary>
        public TimeSpan Delay
        {
            get => new(Interlocked.Read(ref _delayTicks));
            set => Interlocked.Exchange(ref _delayTicks, value.Ticks);
        }
    }

    private sealed record Connection(Socket Client, Socket Server)
    {
        public void Close(bool reset)
        {
            foreach (var socket in (Socket[])[Client, Server])
            {
                try
                {
                    if (!reset)
                    {
                        // Closing a socket that is being read from would abort it: shut down, and the pumps come to their end.
                        socket.Shutdown(SocketShutdown.Both);
                        continue;
                    }

                    socket.LingerState = new LingerOption(enable: true, seconds: 0);
                    socket.Close();
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    // Closed already.
                }
            }
        }
    }
}
