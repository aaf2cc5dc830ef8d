using System.Reflection;
using EventBus.Hosting.Settings;

namespace EventBus.Hosting;

/// <summary>Which of the binaries this process is: what it calls itself on the command line, in logs and traces.</summary>
/// <param name="Name">The executable's name.</param>
/// <param name="Summary">One line that says what it does.</param>
/// <param name="Use">Which settings it acts on.</param>
public sealed record BinaryIdentity(string Name, string Summary, SettingUse Use)
{
    /// <summary>The HTTP edge.</summary>
    public static BinaryIdentity Gateway { get; } =
        new("event-bus-gateway", "Takes events over HTTP and writes them to Apache Kafka.", SettingUse.Gateway);

    /// <summary>The Kafka consumers.</summary>
    public static BinaryIdentity Worker { get; } =
        new("event-bus-worker", "Stores, routes, delivers and replays the events in Apache Kafka.", SettingUse.Worker);

    /// <summary>The version that was built, as Semantic Versioning writes it.</summary>
    public static string Version { get; } = ReadVersion();

    /// <summary>One process among all: what its logs and traces are told apart by.</summary>
    public static string Instance { get; } = $"{Environment.MachineName}/{Environment.ProcessId}";

    private static string ReadVersion()
    {
        var version = typeof(BinaryIdentity).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        // The SDK appends the commit as build metadata.
        return version.Split('+')[0];
    }
}
