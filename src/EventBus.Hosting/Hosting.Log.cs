using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace EventBus.Hosting;

/// <summary>Log entries of the hosting: event ids 1000 to 1999.</summary>
internal static partial class HostingLog
{
    [LoggerMessage(1000, LogLevel.Information, "{Name} {Version} listens on {Addresses}")]
    public static partial void Listening(this ILogger logger, string name, string version, string addresses);

    [LoggerMessage(1001, LogLevel.Information, "{Signal}: stopping within {Timeout}; a second signal ends the process at once")]
    public static partial void StopRequested(this ILogger logger, PosixSignal signal, TimeSpan timeout);

    [LoggerMessage(1002, LogLevel.Warning, "{Variable} is not a known variable and is ignored; did you mean {Nearest}?")]
    public static partial void UnknownVariable(this ILogger logger, string variable, string nearest);
}
