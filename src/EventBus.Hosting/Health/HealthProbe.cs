using System.Net;
using System.Net.Sockets;
using System.Text;
using EventBus.Hosting.Settings;

namespace EventBus.Hosting.Health;

/// <summary><c>--health-check</c>: asks the process that runs beside it whether it is ready. An image from scratch has no shell to do it with.</summary>
public static class HealthProbe
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    /// <summary>Asks for <c>/health/ready</c> on the metrics' port, which speaks plain HTTP whatever the API does.</summary>
    /// <param name="environment">The variables that the other process was started with.</param>
    /// <param name="output">Where the answer's own words go, for whoever reads the container's health log.</param>
    /// <returns>An exit code.</returns>
    /// <exception cref="SettingsException">A value is not taken.</exception>
    public static int Run(EnvironmentReader environment, TextWriter output)
    {
        var address = environment.GetOrNull(SettingsTable.Bind);
        if (address is null || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
            address = IPAddress.Loopback;
        var endpoint = new IPEndPoint(address, environment.Get(SettingsTable.MetricsPort));
        try
        {
            var (head, body) = Ask(endpoint).Split("\r\n\r\n", 2) is [var first, var second] ? (first, second) : ("", "no answer");
            output.WriteLine(body.TrimEnd());
            return head.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal) ? ExitCodes.Success : ExitCodes.Failure;
        }
        catch (SocketException e)
        {
            output.WriteLine($"not ready: {endpoint} does not answer ({e.SocketErrorCode})");
            return ExitCodes.Failure;
        }
    }

    /// <summary>A socket and no HTTP client: a probe runs every few seconds, and the client's start alone would be most of its work.</summary>
    private static string Ask(IPEndPoint endpoint)
    {
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        var connecting = socket.BeginConnect(endpoint, null, null);
        if (!connecting.AsyncWaitHandle.WaitOne(Timeout))
            throw new SocketException((int)SocketError.TimedOut);
        socket.EndConnect(connecting);
        socket.SendTimeout = socket.ReceiveTimeout = (int)Timeout.TotalMilliseconds;
        socket.Send(Encoding.ASCII.GetBytes($"GET /health/ready HTTP/1.1\r\nHost: {endpoint}\r\nConnection: close\r\n\r\n"));

        var answer = new byte[4096];
        var length = 0;
        while (length < answer.Length && socket.Receive(answer.AsSpan(length)) is > 0 and var read)
            length += read;
        return Encoding.UTF8.GetString(answer, 0, length);
    }
}
