using System.Text.RegularExpressions;
using EventBus.TestKit.Network;
using EventBus.TestKit.Processes;

namespace EventBus.SystemTests.Operations;

/// <summary>What the binary does without serving. Needs no broker.</summary>
public sealed partial class CommandLineTests
{
    [SkippableFact]
    public async Task Version_Asked_IsPrintedWithoutAnySetting()
    {
        var (exitCode, output) = await RunAsync("--version");

        Assert.Equal(0, exitCode);
        Assert.Matches(SemanticVersion(), output);
    }

    [SkippableFact]
    public async Task Help_Asked_NamesTheOptionsAndTheSettings()
    {
        var (exitCode, output) = await RunAsync("--help");

        Assert.Equal(0, exitCode);
        string[] names =
            ["--health-check", "--version", "EVENT_BUS_PORT", "KAFKA_BROKERS", "EVENT_BUS_SHUTDOWN_TIMEOUT", "EVENT_BUS_H2C_PORT"];
        foreach (var name in names)
            Assert.Contains(name, output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task HealthCheck_NothingListens_EndsWith1()
    {
        var (exitCode, output) = await RunAsync("--health-check");

        Assert.True(exitCode == 1, $"{exitCode}: {output}");
    }

    [SkippableFact]
    public async Task Start_AnUnknownOption_IsRefused()
    {
        var (exitCode, output) = await RunAsync("--no-such-option");

        Assert.NotEqual(0, exitCode);
        Assert.Contains("--no-such-option", output, StringComparison.Ordinal);
    }

    private static Task<(int ExitCode, string Output)> RunAsync(string option)
    {
        Skip.If(GatewayProcess.UnavailableReason is not null, GatewayProcess.UnavailableReason);
        var environment = new Dictionary<string, string?> { ["EVENT_BUS_PORT"] = $"{FreePorts.Next()}" };
        return ChildProcess.RunAsync(GatewayProcess.Binary, [option], TimeSpan.FromSeconds(10), environment);
    }

    [GeneratedRegex(@"\d+\.\d+\.\d+")]
    private static partial Regex SemanticVersion();
}
