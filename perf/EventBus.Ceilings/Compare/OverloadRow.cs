using System.Globalization;
using static EventBus.Ceilings.Compare.Bench;

namespace EventBus.Ceilings.Compare;

/// <summary>The broker takes a quarter of what the gateway could, and twice that is offered, in four priorities.</summary>
internal static class OverloadRow
{
    /// <summary>More connections than events that the gateway may hold, or its admission would never be asked.</summary>
    private const string Connections = "18000";

    public static async Task RunAsync(Bench bench, RunResults results)
    {
        if (!bench.Cluster.Real)
        {
            results.Note("overload: left out, the embedded cluster has no quotas.");
            return;
        }

        var gateway = await bench.GatewayAsync();
        var seconds = bench.Quick ? 15 : 30;
        var logBefore = bench.Cluster.LogBytes();
        var most = await bench.DriveAsync(
            gateway, stored: true, "load", bench.GatewayPort, "--connections", "256", "--seconds", Text(bench.Seconds));
        var bytesPerEvent = (bench.Cluster.LogBytes() - logBefore) / (double)most.Report.AcknowledgedInAll;
        var quotaEvents = most.Report.EventsPerSecond / 4;
        var quotaBytes = quotaEvents * bytesPerEvent;
        await bench.Cluster.QuotaAsync((long)quotaBytes);
        try
        {
            var samples = new List<Sample>();
            string[] arguments =
                ["--connections", Connections, "--mix", "--rate", Text(Math.Floor(2 * quotaEvents)), "--seconds", Text(seconds)];
            // The broker averages over its last ten seconds: the first run only fills those.
            await bench.DriveAsync(gateway, stored: true, "load", bench.GatewayPort, [.. arguments[..^1], "12"]);
            var stored = 0.0;
            for (var time = 0; time < Times; time++)
            {
                var before = bench.Cluster.LogBytes();
                var sample = await bench.DriveAsync(gateway, stored: true, "load", bench.GatewayPort, arguments);
                // Bytes as the log has them: batches are of another size, and compress otherwise, than when nothing held them up.
                var perEvent = (bench.Cluster.LogBytes() - before) / (double)sample.Report.AcknowledgedInAll;
                stored += perEvent * sample.Report.EventsPerSecond / Times;
                samples.Add(sample);
            }

            Report(results, samples, stored, quotaBytes, quotaEvents);
        }
        finally
        {
            await bench.Cluster.QuotaAsync(null);
        }
    }

    private static void Report(RunResults results, List<Sample> samples, double stored, double quota, double quotaEvents)
    {
        results.Ratio("overload", "bytes/s acknowledged, against the quota", stored, quota, 0.90, atLeast: true);
        // Twice the quota without a refusal means that events were queued instead: not quick, but never.
        results.AtMost("overload", "p99 ms of refusals", Median(samples, s => s.Report.Refusals?.P99 ?? double.PositiveInfinity), 5);
        results.AtMost(
            "overload", "critical events refused while others were let in",
            samples.Max(s => s.Report.CriticalRefusedWhileOthersLetIn ?? 0), 0);
        results.Inform(
            "overload", "events/s acknowledged, against a quarter of the most", Median(samples, s => s.Report.EventsPerSecond), quotaEvents);
        results.Inform("overload", "p99 ms of what was let in", Median(samples, s => s.Report.Latency.P99));
        foreach (var (priority, outcomes) in samples[^1].Report.Priorities!)
        {
            results.Note(string.Create(
                CultureInfo.InvariantCulture,
                $"overload, last run, {priority}: {outcomes.Published} published, {outcomes.TooMany} × 429, {outcomes.Unavailable} × 503, {outcomes.Other} other."));
        }
    }
}
