using System.Text.Json;
using EventBus.TestKit.Processes;

namespace EventBus.TestKit.Records;

/// <summary>Reads a topic with <c>kcat</c>, a client of another hand and an older librdkafka.</summary>
public static class Kcat
{
    /// <summary>Why kcat cannot be used here; null where it can.</summary>
    public static string? UnavailableReason =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(p => File.Exists(Path.Combine(p, "kcat")))
            ? null
            : "kcat is not installed (Debian: kcat): this test reads records with it.";

    /// <summary>Every record of a topic as kcat's <c>-J</c> shows it: one JSON object each.</summary>
    public static async Task<IReadOnlyList<JsonElement>> ReadAllAsync(string bootstrapServers, string topic)
    {
        string[] arguments = ["-b", bootstrapServers, "-t", topic, "-C", "-J", "-e", "-q", "-o", "beginning"];
        var (exitCode, output) = await ChildProcess.RunAsync("kcat", arguments, TimeSpan.FromSeconds(30));
        return exitCode == 0
            ? [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonElement.Parse(l))]
            : throw new InvalidOperationException($"kcat ended with {exitCode}:\n{output}");
    }
}
