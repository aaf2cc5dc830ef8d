using System.Diagnostics;
using System.Net;
using EventBus.TestKit.Http;
using EventBus.TestKit.Network;

namespace EventBus.TestKit.Processes;

/// <summary>The published native gateway, as a process of the test's own on ports of its own.</summary>
public sealed class GatewayProcess : IAsyncDisposable
{
    private const string Variable = "EVENT_BUS_GATEWAY_BINARY";
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(20);
    private static readonly string? BinaryPath = FindBinary();

    private readonly ChildProcess _process;

    private GatewayProcess(ChildProcess process, int port, int metricsPort)
    {
        _process = process;
        Port = port;
        MetricsPort = metricsPort;
        Address = new Uri($"http://127.0.0.1:{port}");
        Http = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(60) };
    }

    /// <summary>Why the binary cannot be run here; null where it can.</summary>
    public static string? UnavailableReason => BinaryPath is null
        ? $"There is no native gateway at artifacts/publish/gateway and {Variable} is not set: "
            + "run ./eventbus test, which publishes it first."
        : null;

    /// <summary>The native binary.</summary>
    public static string Binary => BinaryPath ?? throw new InvalidOperationException(UnavailableReason);

    /// <summary>The HTTP port.</summary>
    public int Port { get; }

    /// <summary>The metrics port.</summary>
    public int MetricsPort { get; }

    /// <summary><c>http://127.0.0.1:</c> and the port.</summary>
    public Uri Address { get; }

    /// <summary>A client of this gateway.</summary>
    public HttpClient Http { get; }

    /// <summary>The process itself: output, signals, memory, exit code.</summary>
    public ChildProcess Process => _process;

    /// <summary>The environment in which a gateway starts on ports of its own; add to it what a test is about.</summary>
    public static Dictionary<string, string?> Environment(string kafkaBrokers) => new()
    {
        ["KAFKA_BROKERS"] = kafkaBrokers,
        ["EVENT_BUS_BIND"] = "127.0.0.1",
        ["EVENT_BUS_PORT"] = $"{FreePorts.Next()}",
        ["EVENT_BUS_METRICS_PORT"] = $"{FreePorts.Next()}",
    };

    /// <summary>Starts the gateway and does not wait.</summary>
    public static GatewayProcess Launch(string kafkaBrokers, params (string Name, string? Value)[] environment)
    {
        var variables = Environment(kafkaBrokers);
        foreach (var (name, value) in environment)
            variables[name] = value;
        // As from a terminal, where Ctrl-C ends it: a run that a shell started in the background ignores SIGINT, and so would its children.
        var process = ChildProcess.Start("env", ["--default-signal=INT", Binary], variables);
        return new GatewayProcess(process, int.Parse(variables["EVENT_BUS_PORT"]!), int.Parse(variables["EVENT_BUS_METRICS_PORT"]!));
    }

    /// <summary>Starts the gateway and waits until it is ready.</summary>
    public static async Task<GatewayProcess> StartAsync(string kafkaBrokers, params (string Name, string? Value)[] environment)
    {
        var gateway = Launch(kafkaBrokers, environment);
        try
        {
            await gateway.WaitReadyAsync();
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }

        return gateway;
    }

    /// <summary>Waits until <c>/health/ready</c> answers 200.</summary>
    public async Task WaitReadyAsync(TimeSpan? timeout = null)
    {
        var patience = timeout ?? ReadyTimeout;
        var watch = Stopwatch.StartNew();
        var last = "no answer";
        while (watch.Elapsed < patience)
        {
            if (!_process.IsRunning)
                throw new InvalidOperationException($"The gateway ended with {_process.ExitCode}. Its output:\n{_process.Output}");
            try
            {
                using var response = await Http.GetAsync(new Uri("/health/ready", UriKind.Relative));
                if (response.StatusCode == HttpStatusCode.OK)
                    return;
                last = $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}";
            }
            catch (HttpRequestException e)
            {
                last = e.Message;
            }

            await Task.Delay(20);
        }

        throw new TimeoutException($"The gateway is not ready after {patience} ({last}). Its output:\n{_process.Output}");
    }

    /// <summary>Reads <c>/metrics</c>.</summary>
    public async Task<Metrics> ScrapeAsync() =>
        Metrics.Parse(await Http.GetStringAsync(new Uri($"http://127.0.0.1:{MetricsPort}/metrics")));

    /// <summary>SIGTERM, and waits for the end.</summary>
    public Task<int> TerminateAsync(TimeSpan timeout)
    {
        _process.Send(Signal.Terminate);
        return _process.WaitForExitAsync(timeout);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _process.DisposeAsync();
    }

    private static string? FindBinary()
    {
        if (System.Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
            return Path.GetFullPath(named);
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "EventBus.sln")))
                continue;
            var binary = Path.Combine(folder.FullName, "artifacts", "publish", "gateway", "event-bus-gateway");
            return File.Exists(binary) ? binary : null;
        }

        return null;
    }
}
