using System.Globalization;

namespace EventBus.Ceilings.Compare;

/// <summary>One run of one side: what the driving process said, and what the others spent on it.</summary>
/// <param name="Report">The driving process' own.</param>
/// <param name="ServerCpu">The HTTP server's microseconds per acknowledged event; 0 where there is none.</param>
/// <param name="BrokerCpu">The broker's.</param>
internal sealed record Sample(Report Report, double ServerCpu, double BrokerCpu);

/// <summary>What every row needs: the broker, the servers, and runs that are checked against the broker's end offsets.</summary>
internal sealed class Bench(Paths paths, Cluster cluster, int port, bool quick, bool standIn) : IAsyncDisposable
{
    private readonly Dictionary<string, Child> _servers = [];

    public Paths Paths => paths;

    public Cluster Cluster => cluster;

    private bool _brokerIsWarm;

    public bool Quick => quick;

    public double Seconds => quick ? 3 : 10;

    public static int Times => 3;

    public int GatewayPort => port + 2;

    public int DiagnosticsPort => port + 4;

    private int MetricsPort => port + 3;

    public int BareHttpPort => port + 5;

    /// <summary>librdkafka's allocator on the gateway's side, as what LD_PRELOAD takes; null for glibc's.</summary>
    public string? Allocator { get; private set; }

    public async Task<Child> GatewayAsync()
    {
        if (_servers.TryGetValue("gateway", out var running))
            return running;
        var gateway = StartGateway();
        _servers["gateway"] = gateway;
        await ReadyAsync(gateway, GatewayPort);
        Allocator = Environment.GetEnvironmentVariable("EVENT_BUS_PERF_ALLOCATOR") ?? gateway.Allocator;
        // Small requests, which are what a broker takes longest to compile itself for.
        if (!_brokerIsWarm)
            await Child.RunAsync(paths.Ceilings, ["load", "--port", Text(GatewayPort), "--connections", "256", "--seconds", quick ? "12" : "30"]);
        _brokerIsWarm = true;
        await WarmAsync(GatewayPort);
        return gateway;
    }

    /// <summary>The gateway just started, without waiting for anything.</summary>
    public Child StartGateway()
    {
        var log = Path.Combine(paths.Work, "gateway.log");
        var preload = ("LD_PRELOAD", Environment.GetEnvironmentVariable("EVENT_BUS_GATEWAY_PRELOAD"));
        return standIn
            ? Child.Start(
                paths.Ceilings, ["straightforward", "--port", Text(GatewayPort), "--brokers", cluster.Bootstrap, "--linger", "1"], log, preload)
            : Child.Start(
                paths.Gateway, [], log, preload,
                ("KAFKA_BROKERS", cluster.Bootstrap), ("EVENT_BUS_PORT", Text(GatewayPort)), ("EVENT_BUS_BIND", "127.0.0.1"),
                ("EVENT_BUS_METRICS_PORT", Text(MetricsPort)), ("EVENT_BUS_DIAGNOSTICS_PORT", Text(DiagnosticsPort)));
    }

    public async Task<Child> BareHttpAsync()
    {
        if (_servers.TryGetValue("bare-http", out var running))
            return running;
        var server = Child.Start(paths.Ceilings, ["bare-http", "--port", Text(BareHttpPort)], Path.Combine(paths.Work, "bare-http.log"));
        _servers["bare-http"] = server;
        await ReadyAsync(server, BareHttpPort);
        await WarmAsync(BareHttpPort);
        return server;
    }

    public async Task<(Child Server, int Port)> StraightforwardAsync(int? linger)
    {
        var at = linger is null ? port + 6 : port + 7;
        var name = $"straightforward-{at}";
        if (_servers.TryGetValue(name, out var running))
            return (running, at);
        string[] arguments = ["straightforward", "--port", Text(at), "--brokers", cluster.Bootstrap];
        var server = Child.Start(
            paths.Ceilings, linger is null ? arguments : [.. arguments, "--linger", Text(linger.Value)], Path.Combine(paths.Work, name + ".log"));
        _servers[name] = server;
        await ReadyAsync(server, at);
        await WarmAsync(at);
        return (server, at);
    }

    /// <summary>Ends the gateway, so that the next row begins with a fresh one.</summary>
    public async Task EndGatewayAsync()
    {
        if (_servers.Remove("gateway", out var gateway))
            await gateway.DisposeAsync();
    }

    /// <summary>Drives a server by <c>ceilings load</c> or <c>ceilings stream</c>.</summary>
    public Task<Sample> DriveAsync(Child server, bool stored, string tool, int at, params string[] arguments) =>
        SampleAsync(server, stored, preload: null, [tool, "--port", Text(at), .. arguments]);

    /// <summary>Runs librdkafka alone.</summary>
    public Task<Sample> BareKafkaAsync(string? allocator, double linger, params string[] arguments) => SampleAsync(
        server: null, stored: true, allocator, ["bare-kafka", "--brokers", cluster.Bootstrap, "--linger", Text(linger), .. arguments]);

    /// <summary>The sides in turn, A B A B: what drifts in the machine drifts under both.</summary>
    public static async Task<Sample[][]> InTurnAsync(params Func<Task<Sample>>[] sides)
    {
        var samples = sides.Select(_ => new Sample[Times]).ToArray();
        for (var time = 0; time < Times; time++)
        {
            for (var side = 0; side < sides.Length; side++)
                samples[side][time] = await sides[side]();
        }

        return samples;
    }

    public static double Median(IEnumerable<Sample> samples, Func<Sample, double> of)
    {
        var sorted = samples.Select(of).Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    public static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers.Values)
            await server.DisposeAsync();
        await cluster.DisposeAsync();
    }

    private async Task<Sample> SampleAsync(Child? server, bool stored, string? preload, string[] arguments)
    {
        var offsets = stored ? cluster.EndOffsets() : 0;
        var serverCpu = server?.CpuMicros ?? 0;
        var brokerCpu = cluster.Broker.CpuMicros;
        var output = await Child.RunAsync(paths.Ceilings, arguments, ("LD_PRELOAD", preload));
        brokerCpu = cluster.Broker.CpuMicros - brokerCpu;
        serverCpu = (server?.CpuMicros ?? 0) - serverCpu;
        var report = Report.Parse(output.Split('\n').Last(line => line.StartsWith('{')));
        if (stored)
            Check(report, cluster.EndOffsets() - offsets, arguments);
        var events = Math.Max(1, report.AcknowledgedInAll);
        return new(report, serverCpu / events, brokerCpu / events);
    }

    /// <summary>Everything acknowledged is there; beyond that only what was not acknowledged may be.</summary>
    private static void Check(Report report, long stored, string[] arguments)
    {
        if (stored < report.AcknowledgedInAll || stored > report.AcknowledgedInAll + report.Failed)
        {
            throw new InvalidOperationException(
                $"{string.Join(' ', arguments)}: {report.AcknowledgedInAll} acknowledged, {report.Failed} failed, but {stored} stored");
        }
    }

    private static async Task ReadyAsync(Child server, int at)
    {
        await server.ListeningAsync(at, TimeSpan.FromSeconds(20));
        using var http = new HttpClient();
        for (var i = 0; i < 200; i++)
        {
            using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{at}/health/ready"));
            if (answer.IsSuccessStatusCode)
                return;
            await Task.Delay(100);
        }

        throw new InvalidOperationException($"the server on port {at} was not ready within 20 s");
    }

    private async Task WarmAsync(int at) =>
        await Child.RunAsync(paths.Ceilings, ["load", "--port", Text(at), "--connections", "64", "--seconds", quick ? "2" : "5"]);
}
