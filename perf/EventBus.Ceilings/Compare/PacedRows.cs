using static EventBus.Ceilings.Compare.Bench;

namespace EventBus.Ceilings.Compare;

/// <summary>The rows at a given rate: latency counts from when an event was due.</summary>
internal static class PacedRows
{
    private const double MostMedianLatency = 4;

    /// <summary>Singles at 70 % of what was just measured as the most.</summary>
    public static async Task OpenLoopAsync(Bench bench, RunResults results)
    {
        var gateway = await bench.GatewayAsync();
        var seconds = Text(bench.Seconds);
        var most = await InTurnAsync(
            () => bench.DriveAsync(gateway, stored: true, "load", bench.GatewayPort, "--connections", "256", "--seconds", seconds));
        var rate = Text(Math.Floor(0.7 * Median(most[0], s => s.Report.EventsPerSecond)));
        var linger = await BestAsync(bench, rate, [1, 2, 5], sample => sample.Report.Latency.P99);
        var sides = await InTurnAsync(
            () => bench.DriveAsync(
                gateway, stored: true, "load", bench.GatewayPort, "--connections", "256", "--seconds", seconds, "--rate", rate),
            () => bench.BareKafkaAsync(bench.Allocator, linger, "--seconds", seconds, "--rate", rate));
        var ours = Median(sides[0], s => s.Report.Latency.P99);
        results.AtMost("open-loop", $"p99 ms at {rate} events/s", ours, 10);
        results.Ratio(
            "open-loop", $"p99 ms against bare librdkafka, linger {linger} ms", ours, Median(sides[1], s => s.Report.Latency.P99), 1.5,
            atLeast: false);
        results.Inform("open-loop", "p50 ms", Median(sides[0], s => s.Report.Latency.P50), Median(sides[1], s => s.Report.Latency.P50));
        results.Inform("open-loop", "p99.9 ms", Median(sides[0], s => s.Report.Latency.P999), Median(sides[1], s => s.Report.Latency.P999));
        results.Inform("open-loop", "events/s acknowledged", Median(sides[0], s => s.Report.EventsPerSecond), Median(sides[1], s => s.Report.EventsPerSecond));
    }

    /// <summary>What the broker spends on an event at three rates.</summary>
    public static async Task BrokerCpuAsync(Bench bench, RunResults results)
    {
        var gateway = await bench.GatewayAsync();
        var seconds = Text(bench.Seconds);
        foreach (var rate in new[] { "5000", "20000", "40000" })
        {
            // Its best linger is the one that spares the broker most without breaking the bound on latency that holds for us.
            var linger = await BestAsync(
                bench, rate, [1, 2, 3, 5, 7],
                sample => sample.Report.Latency.P50 <= MostMedianLatency ? sample.BrokerCpu : 1000 + sample.Report.Latency.P50);
            var sides = await InTurnAsync(
                () => bench.DriveAsync(gateway, stored: true, "stream", bench.GatewayPort, "--seconds", seconds, "--rate", rate),
                () => bench.BareKafkaAsync(bench.Allocator, linger, "--seconds", seconds, "--rate", rate));
            results.Ratio(
                "broker-cpu", $"CPU µs/event of the broker at {rate} events/s, librdkafka at linger {linger} ms",
                Median(sides[0], s => s.BrokerCpu), Median(sides[1], s => s.BrokerCpu), 1.2, atLeast: false);
            results.AtMost("broker-cpu", $"p50 ms at {rate} events/s", Median(sides[0], s => s.Report.Latency.P50), MostMedianLatency);
            results.Inform("broker-cpu", $"p99 ms at {rate} events/s", Median(sides[0], s => s.Report.Latency.P99), Median(sides[1], s => s.Report.Latency.P99));
            results.Inform("broker-cpu", $"events/s acknowledged of {rate}", Median(sides[0], s => s.Report.EventsPerSecond), Median(sides[1], s => s.Report.EventsPerSecond));
        }
    }

    private static async Task<double> BestAsync(Bench bench, string rate, double[] lingers, Func<Sample, double> cost)
    {
        var best = (Linger: lingers[0], Cost: double.MaxValue);
        foreach (var linger in lingers)
        {
            var sample = await bench.BareKafkaAsync(bench.Allocator, linger, "--seconds", bench.Quick ? "2" : "5", "--rate", rate);
            if (cost(sample) < best.Cost)
                best = (linger, cost(sample));
        }

        return best.Linger;
    }
}
