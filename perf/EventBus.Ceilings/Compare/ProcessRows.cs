using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using static EventBus.Ceilings.Compare.Bench;

namespace EventBus.Ceilings.Compare;

/// <summary>The rows about the process itself: how it starts, what it allocates, what it holds.</summary>
internal static class ProcessRows
{
    private const double Megabyte = 1024 * 1024;

    /// <summary>From the start of the process until it takes connections, the broker being there; and sizes on disk.</summary>
    public static async Task StartAsync(Bench bench, RunResults results)
    {
        await bench.EndGatewayAsync();
        var times = new List<double>();
        for (var i = 0; i < 10; i++)
        {
            var from = Stopwatch.GetTimestamp();
            await using var gateway = bench.StartGateway();
            await gateway.ListeningAsync(bench.GatewayPort, TimeSpan.FromSeconds(20));
            times.Add(Stopwatch.GetElapsedTime(from).TotalMilliseconds);
        }

        results.AtMost("start", "ms to listening, median of 10", times.Order().ElementAt(times.Count / 2), 100);
        var binary = File.Exists(Path.Combine(bench.Paths.Root, "artifacts/publish/gateway/event-bus-gateway")) || Environment.GetEnvironmentVariable("EVENT_BUS_GATEWAY_BINARY") is not null
            ? bench.Paths.Gateway
            : bench.Paths.Ceilings;
        results.AtMost("start", "MB, native binary " + Path.GetFileName(binary), new FileInfo(binary).Length / Megabyte, 25);
        if (Paths.Image is { } image)
        {
            var size = new DirectoryInfo(image).EnumerateFiles("*", SearchOption.AllDirectories).Where(f => f.LinkTarget is null).Sum(f => f.Length);
            results.AtMost("start", "MB, scratch image, its files", size / Megabyte, 40);
        }
        else
        {
            results.Note("start: the image was not measured; EVENT_BUS_GATEWAY_ROOTFS names its unpacked root.");
        }
    }

    /// <summary>Bytes on the managed heap for each event, over at least 100,000 of them, after as many to warm up.</summary>
    public static async Task AllocationsAsync(Bench bench, RunResults results)
    {
        var gateway = await bench.GatewayAsync();
        var bare = await bench.BareHttpAsync();
        if (await AllocatedAsync($"http://127.0.0.1:{bench.DiagnosticsPort}/") is null)
        {
            results.Note("allocations: left out, the gateway's diagnostics port does not say what it has allocated.");
            return;
        }

        string[] stream = ["stream", "--count", "200000"];
        string[] array = ["load", "--batch", "1000", "--connections", "4", "--seconds", Text(bench.Seconds)];
        string[] single = ["load", "--connections", "64", "--seconds", Text(Math.Max(10, bench.Seconds))];
        results.AtMost("allocations", "bytes/event, NDJSON", await OursAsync(stream), 1);
        results.AtMost("allocations", "bytes/event, arrays of 1,000", await OursAsync(array), 1);
        var ours = await OursAsync(single);
        var bares = await PerEventAsync(
            $"http://127.0.0.1:{bench.BareHttpPort}/allocated", () => bench.DriveAsync(bare, stored: false, single[0], bench.BareHttpPort, single[1..]));
        results.AtMost("allocations", "bytes/event, singles, beyond bare Kestrel's", ours - bares, 64);
        results.Inform("allocations", "bytes/event, singles", ours, bares);

        Task<double> OursAsync(string[] tool) => PerEventAsync(
            $"http://127.0.0.1:{bench.DiagnosticsPort}/",
            () => bench.DriveAsync(gateway, stored: true, tool[0], bench.GatewayPort, tool[1..]));
    }

    /// <summary>At the full NDJSON rate; then through an outage of the broker while a client invents event types.</summary>
    public static async Task MemoryAsync(Bench bench, RunResults results)
    {
        await bench.EndGatewayAsync();
        var gateway = await bench.GatewayAsync();
        await bench.DriveAsync(gateway, stored: true, "stream", bench.GatewayPort, "--seconds", Text(bench.Quick ? 5 : 30));
        results.AtMost("memory", "MB resident at most, NDJSON at full rate", gateway.Megabytes("VmHWM"), 128);
        if (!bench.Cluster.Real)
        {
            results.Note("memory: the outage was left out, the embedded cluster loses its topic with its process.");
            return;
        }

        var seconds = bench.Quick ? 30 : 300;
        bench.Cluster.Kill();
        var load = Child.RunAsync(
            bench.Paths.Ceilings,
            ["load", "--port", Text(bench.GatewayPort), "--connections", "64", "--rate", "2000", "--distinct", "10000", "--seconds", Text(seconds)]);
        var resident = new List<double>();
        while (!load.IsCompleted)
        {
            await Task.WhenAny(load, Task.Delay(1000));
            resident.Add(gateway.Megabytes("VmRSS"));
        }

        await load;
        await bench.Cluster.ReviveAsync();
        results.AtMost("memory", $"MB resident at most, {seconds} s without the broker, 10,000 event types", resident.Max(), 160);
        var fifth = Math.Max(1, resident.Count / 5);
        // The first fifth still has what was in flight; flat means that the last is as the second.
        results.AtMost(
            "memory", "MB resident, last fifth of the outage by the second", resident.TakeLast(fifth).Average() / resident.Skip(fifth).Take(fifth).Average(), 1.05);
    }

    private static async Task<double> PerEventAsync(string address, Func<Task<Sample>> drive)
    {
        await drive();
        var before = await AllocatedAsync(address);
        var sample = await drive();
        var after = await AllocatedAsync(address);
        return (after!.Value - before!.Value) / sample.Report.AcknowledgedInAll;
    }

    /// <summary>A bare number, or the first member of a JSON document whose name says that it counts allocated bytes.</summary>
    private static async Task<double?> AllocatedAsync(string address)
    {
        using var http = new HttpClient();
        try
        {
            var text = await http.GetStringAsync(new Uri(address));
            if (double.TryParse(text, CultureInfo.InvariantCulture, out var number))
                return number;
            using var document = JsonDocument.Parse(text);
            return Find(document.RootElement);
        }
        catch (HttpRequestException)
        {
            return null;
        }

        static double? Find(JsonElement element) => element.ValueKind != JsonValueKind.Object
            ? null
            : element.EnumerateObject().Select(member =>
                member.Name.Contains("allocated", StringComparison.Ordinal) && member.Value.ValueKind == JsonValueKind.Number
                    ? member.Value.GetDouble()
                    : Find(member.Value)).FirstOrDefault(found => found is not null);
    }
}
