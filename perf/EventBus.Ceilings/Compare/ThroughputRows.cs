using static EventBus.Ceilings.Compare.Bench;

namespace EventBus.Ceilings.Compare;

/// <summary>The rows that run as fast as it goes.</summary>
internal static class ThroughputRows
{
    /// <summary>Singles over 256 connections against bare Kestrel, and bare librdkafka for what a record costs.</summary>
    public static async Task SinglesAsync(Bench bench, RunResults results)
    {
        var gateway = await bench.GatewayAsync();
        var bare = await bench.BareHttpAsync();
        var seconds = Text(bench.Seconds);
        var sides = await InTurnAsync(
            () => bench.DriveAsync(gateway, stored: true, "load", bench.GatewayPort, "--connections", "256", "--seconds", seconds),
            () => bench.DriveAsync(bare, stored: false, "load", bench.BareHttpPort, "--connections", "256", "--seconds", seconds),
            () => bench.BareKafkaAsync(bench.Allocator, 5, "--seconds", seconds));
        var kafkaCpu = Median(sides[2], s => s.Report.CpuMicrosPerEvent);
        var bareCpu = Median(sides[1], s => s.ServerCpu);
        results.Ratio(
            "singles", "CPU µs/event of the server; other side: bare Kestrel's + 1.25 × librdkafka's",
            Median(sides[0], s => s.ServerCpu), bareCpu + (1.25 * kafkaCpu), 1, atLeast: false);
        results.Ratio(
            "singles", "events/s, 256 connections, against bare Kestrel", Rate(sides[0]), Rate(sides[1]), 0.70, atLeast: true);
        results.Inform("singles", "CPU µs/event of bare Kestrel", bareCpu);
        results.Inform("singles", "CPU µs/event of bare librdkafka, same allocator", kafkaCpu);
        results.Inform("singles", "CPU µs/event of the broker", Median(sides[0], s => s.BrokerCpu));
        results.Inform(
            "singles", "CPU µs/event of the driving process",
            Median(sides[0], s => s.Report.CpuMicrosPerEvent), Median(sides[1], s => s.Report.CpuMicrosPerEvent));
    }

    /// <summary>Singles against what one would write in an afternoon.</summary>
    public static async Task StraightforwardAsync(Bench bench, RunResults results)
    {
        var gateway = await bench.GatewayAsync();
        foreach (var (linger, goal) in new (int?, double)[] { (null, 2.0), (1, 1.5) })
        {
            var (server, port) = await bench.StraightforwardAsync(linger);
            foreach (var connections in new[] { "64", "256" })
            {
                string[] arguments = ["--connections", connections, "--seconds", Text(bench.Seconds)];
                var sides = await InTurnAsync(
                    () => bench.DriveAsync(gateway, stored: true, "load", bench.GatewayPort, arguments),
                    () => bench.DriveAsync(server, stored: true, "load", port, arguments));
                var name = $"{connections} connections, {(linger is null ? "default linger" : $"linger {linger} ms")}";
                results.Ratio("straightforward", "events/s, " + name, Rate(sides[0]), Rate(sides[1]), goal, atLeast: true);
                results.Inform(
                    "straightforward", "CPU µs/event of the server, " + name,
                    Median(sides[0], s => s.ServerCpu), Median(sides[1], s => s.ServerCpu));
                Processes("straightforward", results, sides[0], sides[1]);
            }
        }
    }

    /// <summary>One NDJSON stream against librdkafka alone.</summary>
    public static async Task NdjsonAsync(Bench bench, RunResults results)
    {
        var gateway = await bench.GatewayAsync();
        var seconds = Text(bench.Seconds);
        var linger = await BestLingerAsync(bench);
        var sides = await InTurnAsync(
            () => bench.DriveAsync(gateway, stored: true, "stream", bench.GatewayPort, "--seconds", seconds),
            () => bench.BareKafkaAsync(bench.Allocator, linger, "--seconds", seconds),
            () => bench.BareKafkaAsync(null, linger, "--seconds", seconds));
        results.Ratio(
            "ndjson", $"events/s against bare librdkafka, same allocator, linger {linger} ms", Rate(sides[0]), Rate(sides[1]), 0.80, atLeast: true);
        results.Ratio(
            "ndjson", $"events/s against bare librdkafka, glibc's allocator, linger {linger} ms", Rate(sides[0]), Rate(sides[2]), 1.2, atLeast: true);
        results.Inform("ndjson", "CPU µs/event of the server", Median(sides[0], s => s.ServerCpu));
        results.Inform("ndjson", "CPU µs/event of bare librdkafka, same allocator", Median(sides[1], s => s.Report.CpuMicrosPerEvent));
        results.Inform("ndjson", "CPU µs/event of bare librdkafka, glibc's allocator", Median(sides[2], s => s.Report.CpuMicrosPerEvent));
        Processes("ndjson", results, sides[0], sides[1]);
    }

    /// <summary>The linger that makes librdkafka fastest here: a ceiling is its best.</summary>
    private static async Task<double> BestLingerAsync(Bench bench)
    {
        var best = (Linger: 5.0, Rate: 0.0);
        foreach (var linger in new double[] { 5, 20, 50 })
        {
            var sample = await bench.BareKafkaAsync(bench.Allocator, linger, "--seconds", bench.Quick ? "2" : "5");
            if (sample.Report.EventsPerSecond > best.Rate)
                best = (linger, sample.Report.EventsPerSecond);
        }

        return best.Linger;
    }

    private static void Processes(string row, RunResults results, Sample[] ours, Sample[] other)
    {
        results.Inform(row, "CPU µs/event of the broker", Median(ours, s => s.BrokerCpu), Median(other, s => s.BrokerCpu));
        results.Inform(
            row, "CPU µs/event of the driving process",
            Median(ours, s => s.Report.CpuMicrosPerEvent), Median(other, s => s.Report.CpuMicrosPerEvent));
    }

    private static double Rate(Sample[] samples) => Median(samples, s => s.Report.EventsPerSecond);
}
