using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EventBus.Kafka.Client;

/// <summary>
/// Finds the one librdkafka that Confluent.Kafka uses too. The package's usual build for x64 needs Cyrus SASL, which many machines do
/// not have; Confluent.Kafka then takes the build without it (no Kerberos), by another name, and so must we: two copies in one process
/// would not know each other's handles.
/// </summary>
internal static class NativeLibrdkafka
{
    /// <summary>The name to import functions from.</summary>
    public const string Name = "librdkafka";

    // Confluent.Kafka's own order.
    private static readonly string[] Builds = [Name, "centos8-librdkafka", "alpine-librdkafka"];

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "No class of this assembly that imports functions can then forget it.")]
    internal static void Register() => NativeLibrary.SetDllImportResolver(typeof(NativeLibrdkafka).Assembly, Resolve);

    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (library != Name)
            return 0;

        foreach (string build in Builds)
        {
            if (NativeLibrary.TryLoad(build, assembly, searchPath, out nint handle))
                return handle;
        }

        // The runtime then tries by itself, and its error says where it looked.
        return 0;
    }
}
