using EventBus.Core.Storing;
using EventBus.Hosting.Health;
using EventBus.Hosting.Settings;

namespace EventBus.Hosting;

/// <summary>What both binaries do before, and instead of, building a host.</summary>
public static class CommandLine
{
    private const string Migrate = "--migrate";

    /// <summary>Answers the arguments, or runs the binary and turns what ends its start into an exit code and one line.</summary>
    /// <param name="identity">Which binary this is.</param>
    /// <param name="args">The command line's arguments.</param>
    /// <param name="migrate">Brings the database's schema up to date, and returns a line that says so.</param>
    /// <param name="run">Builds and runs the host, and returns once it has stopped.</param>
    /// <returns>The process's exit code.</returns>
    public static async Task<int> RunAsync(
        BinaryIdentity identity, string[] args, Func<EnvironmentReader, Task<string>> migrate, Func<EnvironmentReader, Task> run)
    {
        var environment = EnvironmentReader.OfProcess();
        try
        {
            if (Answer(identity, args, environment, Console.Out, Console.Error) is { } exitCode)
                return exitCode;
            if (args is [Migrate])
                await Console.Out.WriteLineAsync($"{identity.Name}: {await migrate(environment)}");
            else
                await run(environment);
            return ExitCodes.Success;
        }
        catch (SettingsException e)
        {
            await Console.Error.WriteLineAsync($"{identity.Name}: {e.Message}");
            return ExitCodes.Configuration;
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or StoreUnavailableException)
        {
            // Kestrel's "Failed to bind to address …: address already in use.", or a migration without its database.
            await Console.Error.WriteLineAsync($"{identity.Name}: {e.Message}");
            return ExitCodes.Failure;
        }
    }

    /// <summary>Answers the arguments; null where there is work to do: the host's, or a migration.</summary>
    /// <exception cref="SettingsException">A value that the answer needs is not taken.</exception>
    internal static int? Answer(BinaryIdentity identity, string[] args, EnvironmentReader environment, TextWriter output, TextWriter error)
    {
        switch (args)
        {
            case [] or [Migrate]:
                return null;
            case ["--version"]:
                output.WriteLine($"{identity.Name} {BinaryIdentity.Version}");
                return ExitCodes.Success;
            case ["--help" or "-h"]:
                output.Write(Usage(identity));
                output.Write(SettingsDocumentation.Help(identity.Use));
                return ExitCodes.Success;
            case ["--health-check"]:
                return HealthProbe.Run(environment, output);
            default:
                error.WriteLine($"{identity.Name}: cannot read the arguments {EnvironmentReader.Show(string.Join(' ', args))}");
                error.Write(Usage(identity));
                return ExitCodes.Usage;
        }
    }

    private static string Usage(BinaryIdentity identity) =>
        $"""
        Usage: {identity.Name} [--health-check | --migrate | --version | --help]

        {identity.Summary} Settings are environment variables.

          --health-check  ask the process that runs with these settings whether it is ready: exit 0 or 1
          --migrate       bring the database's schema up to date, and end
          --version       print the version
          --help          print this, and every setting

        """;
}
