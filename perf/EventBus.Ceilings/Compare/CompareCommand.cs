using System.Runtime.InteropServices;

namespace EventBus.Ceilings.Compare;

/// <summary>Runs the rows that were asked for, or all, and writes the table.</summary>
internal static class CompareCommand
{
    private static readonly (string Name, Func<Bench, RunResults, Task> Run)[] Rows =
    [
        ("start", ProcessRows.StartAsync),
        ("singles", ThroughputRows.SinglesAsync),
        ("straightforward", ThroughputRows.StraightforwardAsync),
        ("ndjson", ThroughputRows.NdjsonAsync),
        ("allocations", ProcessRows.AllocationsAsync),
        ("open-loop", PacedRows.OpenLoopAsync),
        ("broker-cpu", PacedRows.BrokerCpuAsync),
        ("overload", OverloadRow.RunAsync),
        ("memory", ProcessRows.MemoryAsync),
    ];

    public static async Task<int> RunAsync(Options options)
    {
        var quick = options.Switch("--quick");
        var real = options.Text("--cluster", "real") == "real";
        var standIn = options.Text("--gateway", "binary") == "straightforward";
        var port = options.Integer("--port", 29090);
        options.Done();
        var unknown = options.Words.Except(Rows.Select(row => row.Name)).ToArray();
        if (unknown.Length > 0)
            throw new OptionException($"unknown row {string.Join(", ", unknown)}; there are {string.Join(", ", Rows.Select(row => row.Name))}");

        var paths = new Paths(Directory.GetCurrentDirectory());
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => Child.KillAll());
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Child.KillAll());
        var cluster = await Cluster.StartAsync(paths, port, real);
        await using var bench = new Bench(paths, cluster, port, quick, standIn);
        // A broker's first minute is spent compiling itself; without this the first side measured would pay for it.
        await bench.BareKafkaAsync(null, 5, "--seconds", quick ? "3" : "15");
        var otherForm = cluster.NewestForm();
        await bench.GatewayAsync();
        var results = new RunResults(
            real ? "real broker" : "embedded, in a process of its own", standIn ? "straightforward (a stand-in)" : "native binary",
            bench.Allocator is null ? "glibc" : Path.GetFileName(bench.Allocator), bench.Seconds, Bench.Times, []);
        if (cluster.NewestForm() is var form && form != otherForm)
            results.Note($"The sides write different records. Gateway: {form}. bare-kafka: {otherForm}.");
        foreach (var (name, run) in Rows)
        {
            if (options.Words.Count > 0 && !options.Words.Contains(name))
                continue;
            Console.Error.WriteLine($"--- {name}");
            await run(bench, results);
        }

        Console.WriteLine(results.Markdown());
        await File.WriteAllTextAsync(paths.Results, results.Json());
        return results.Measures.Any(measure => measure.Met == false) ? 1 : 0;
    }
}
