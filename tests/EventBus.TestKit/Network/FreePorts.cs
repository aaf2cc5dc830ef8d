using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace EventBus.TestKit.Network;

/// <summary>
/// Free TCP ports of 127.0.0.1, each handed out once per run. They lie below the range that the kernel gives to outgoing connections, so
/// that none of those takes a port between its choice here and the server's bind. <c>EVENT_BUS_TEST_PORTS=first-last</c> moves the range.
/// </summary>
public static class FreePorts
{
    private const string Variable = "EVENT_BUS_TEST_PORTS";
    private static readonly (int First, int Last) Range = ReadRange();
    private static readonly Lock Gate = new();
    // Runs side by side start at different places.
    private static int _next = Environment.ProcessId * 37;

    /// <summary>The next free port.</summary>
    public static int Next()
    {
        lock (Gate)
        {
            var count = Range.Last - Range.First + 1;
            for (var tries = 0; tries < count; tries++)
            {
                var port = Range.First + (int)((uint)_next++ % (uint)count);
                if (IsFree(port))
                    return port;
            }
        }

        throw new InvalidOperationException($"No free port in {Range.First}-{Range.Last}; {Variable} names another range.");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Any, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static (int First, int Last) ReadRange()
    {
        var parts = (Environment.GetEnvironmentVariable(Variable) ?? "23000-23999").Split('-');
        return (int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture));
    }
}
