using System.Net;
using System.Net.Sockets;
using EventBus.TestKit.Network;

namespace EventBus.IntegrationTests.TestKit;

/// <summary>The proxy in front of an echo server.</summary>
public sealed class TcpProxyTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly TcpListener _echo = new(IPAddress.Loopback, FreePorts.Next());
    private readonly TcpClient _client = new();
    private TcpProxy _proxy = null!;

    public async Task InitializeAsync()
    {
        _echo.Start();
        _ = EchoAsync();
        _proxy = new TcpProxy(FreePorts.Next(), ((IPEndPoint)_echo.LocalEndpoint).Port);
        await _client.ConnectAsync(IPAddress.Loopback, _proxy.Port);
        Assert.Equal(7, await RoundTripAsync(7));
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _proxy.DisposeAsync();
        _echo.Stop();
    }

    [Fact]
    public async Task Responses_Swallowed_NeverArrive()
    {
        _proxy.Responses.Swallow = true;

        await Assert.ThrowsAsync<OperationCanceledException>(() => RoundTripAsync(1, TimeSpan.FromMilliseconds(200)));
    }

    [Fact]
    public async Task Requests_Delayed_ArriveLater()
    {
        _proxy.Requests.Delay = TimeSpan.FromMilliseconds(150);
        var began = TimeProvider.System.GetTimestamp();

        Assert.Equal(1, await RoundTripAsync(1));

        Assert.True(TimeProvider.System.GetElapsedTime(began) >= TimeSpan.FromMilliseconds(140));
    }

    [Fact]
    public async Task Cut_OpenConnection_EndsInOrder()
    {
        _proxy.Cut();

        Assert.Equal(0, await _client.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(Patience));
    }

    [Fact]
    public async Task Reset_OpenConnection_EndsAbruptly()
    {
        _proxy.Reset();

        var e = await Assert.ThrowsAsync<IOException>(() => _client.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(Patience));

        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(e.InnerException).SocketErrorCode);
    }

    [Fact]
    public async Task Refusing_NewConnection_IsReset()
    {
        _proxy.Refusing = true;
        using var late = new TcpClient();

        // The reset may be there before connect has returned.
        var e = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await late.ConnectAsync(IPAddress.Loopback, _proxy.Port);
            await late.GetStream().ReadExactlyAsync(new byte[1]).AsTask().WaitAsync(Patience);
        });

        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(e.InnerException ?? e).SocketErrorCode);
    }

    private async Task<int> RoundTripAsync(byte value, TimeSpan? within = null)
    {
        using var deadline = new CancellationTokenSource(within ?? Patience);
        var buffer = new[] { value };
        await _client.GetStream().WriteAsync(buffer, deadline.Token);
        await _client.GetStream().ReadExactlyAsync(buffer, deadline.Token);
        return buffer[0];
    }

    private async Task EchoAsync()
    {
        using var socket = await _echo.AcceptSocketAsync();
        using var stream = new NetworkStream(socket);
        try
        {
            await stream.CopyToAsync(stream);
        }
        catch (IOException)
        {
            // Reset by the proxy.
        }
    }
}
