using System.Diagnostics;
using System.Net;
using EventBus.TestKit.Http;
using EventBus.TestKit.Network;

namespace EventBus.TestKit.Processes;

/// <summary>The published native worker, as a process of the test's own on a port of its own.</summary>
public sealed class WorkerProcess : IAsyncDisposable
{
    private const string Variable = "EVENT_BUS_WORKER_BINARY";
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(30);
    private static readonly string? BinaryPath = FindBinary();

    private WorkerProcess(ChildProcess process, int metricsPort)
    {
        Process = process;
        MetricsPort = metricsPort;
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{metricsPort}"), Timeout = TimeSpan.FromSeconds(10) };
    }

    /// <summary>Why the binary cannot be run here; null where it can.</summary>
    public static string? UnavailableReason => BinaryPath is null
        ? $"There is no native worker at artifacts/publish/worker and {Variable} is not set: run ./eventbus test, which publishes it first."
        : null;

    /// <summary>The native binary.</summary>
    public static string Binary => BinaryPath ?? throw new InvalidOperationException(UnavailableReason);

    /// <summary>The port of metrics and health.</summary>
    public int MetricsPort { get; }

    /// <summary>A client of that port.</summary>
    public HttpClient Http { get; }

    /// <summary>The process itself: output, signals, memory, exit code.</summary>
    public ChildProcess Process { get; }

    /// <summary>The environment in which a worker starts on a port of its own and makes its schema; add to it what a test is about.</summary>
    public static Dictionary<string, string?> Environment(string kafkaBrokers, string databaseUrl) => new()
    {
        ["KAFKA_BROKERS"] = kafkaBrokers,
        ["EVENT_BUS_DATABASE_URL"] = databaseUrl,
        ["EVENT_BUS_AUTO_MIGRATE"] = "true",
        ["EVENT_BUS_BIND"] = "127.0.0.1",
        ["EVENT_BUS_METRICS_PORT"] = $"{FreePorts.Next()}",
    };

    /// <summary>Starts the worker and does not wait.</summary>
    public static WorkerProcess Launch(string kafkaBrokers, string databaseUrl, params (string Name, string? Value)[] environment)
    {
        var variables = Environment(kafkaBrokers, databaseUrl);
        foreach (var (name, value) in environment)
            variables[name] = value;
        var process = ChildProcess.Start("env", ["--default-signal=INT", Binary], variables);
        return new WorkerProcess(process, int.Parse(variables["EVENT_BUS_METRICS_PORT"]!));
    }

    /// <summary>Starts the worker and waits until it is ready.</summary>
    public static async Task<WorkerProcess> StartAsync(string kafkaBrokers, string databaseUrl, params (string Name, string? Value)[] environment)
    {
        var worker = Launch(kafkaBrokers, databaseUrl, environment);
        try
        {
            await worker.WaitReadyAsync();
        }
        catch
        {
            await worker.DisposeAsync();
            throw;
        }

        return worker;
    }

    /// <summary>Waits until <c>/health/ready</c> answers 200.</summary>
    public async Task WaitReadyAsync()
    {
        var watch = Stopwatch.StartNew();
        while (await HealthAsync("/health/ready") is not (HttpStatusCode.OK, _))
        {
            if (!Process.IsRunning)
                throw new InvalidOperationException($"The worker ended with {Process.ExitCode}. Its output:\n{Process.Output}");
            if (watch.Elapsed > ReadyTimeout)
                throw new TimeoutException($"The worker is not ready after {ReadyTimeout}. Its output:\n{Process.Output}");
            await Task.Delay(20);
        }
    }

    /// <summary>What a health path answers; status 0 where nothing does.</summary>
    public async Task<(HttpStatusCode Status, string Body)> HealthAsync(string path = "/health")
    {
        try
        {
            using var response = await Http.GetAsync(new Uri(path, UriKind.Relative));
            return (response.StatusCode, await response.Content.ReadAsStringAsync());
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return (0, e.Message);
        }
    }

    /// <summary>Reads <c>/metrics</c>.</summary>
    public async Task<Metrics> ScrapeAsync() => Metrics.Parse(await Http.GetStringAsync(new Uri("/metrics", UriKind.Relative)));

    /// <summary>SIGTERM, and waits for the end.</summary>
    public Task<int> TerminateAsync(TimeSpan timeout)
    {
        Process.Send(Signal.Terminate);
        return Process.WaitForExitAsync(timeout);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Process.DisposeAsync();
    }

    private static string? FindBinary()
    {
        if (System.Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
            return Path.GetFullPath(named);
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "EventBus.sln")))
                continue;
            var binary = Path.Combine(folder.FullName, "artifacts", "publish", "worker", "event-bus-worker");
            return File.Exists(binary) ? binary : null;
        }

        return null;
    }
}
