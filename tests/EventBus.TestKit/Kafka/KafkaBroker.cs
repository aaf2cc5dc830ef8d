using System.Text;
using EventBus.TestKit.Network;
using EventBus.TestKit.Processes;

namespace EventBus.TestKit.Kafka;

/// <summary>One broker of a private cluster: a Java process with its own folder, killed, frozen and restarted at will.</summary>
public sealed class KafkaBroker : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(90);

    // Small heap and the cheap compiler and collector: what counts on a small machine is how fast three of them start.
    private static readonly Dictionary<string, string?> JavaEnvironment = new()
    {
        ["KAFKA_HEAP_OPTS"] = "-Xms64m -Xmx320m",
        ["KAFKA_JVM_PERFORMANCE_OPTS"] = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto -Djava.awt.headless=true",
    };

    private readonly string _home;
    private readonly string _folder;
    private ChildProcess? _process;

    internal KafkaBroker(string home, string folder, int id, bool proxied)
    {
        _home = home;
        _folder = Path.Combine(folder, $"broker-{id}");
        Id = id;
        Port = FreePorts.Next();
        ControllerPort = FreePorts.Next();
        if (!proxied)
            return;
        ProxiedPort = FreePorts.Next();
        Proxy = new TcpProxy(FreePorts.Next(), ProxiedPort);
    }

    /// <summary>The node id, from 1.</summary>
    public int Id { get; }

    /// <summary>The port of the plain listener.</summary>
    public int Port { get; }

    /// <summary>The proxy in front of the second listener, where the cluster has them.</summary>
    public TcpProxy? Proxy { get; }

    /// <summary>Whether the process runs (a frozen one does).</summary>
    public bool IsRunning => _process is { IsRunning: true };

    /// <summary>The last lines that it printed.</summary>
    public string Output => _process?.Output ?? "(never started)";

    internal int ControllerPort { get; }

    private int ProxiedPort { get; }

    /// <summary>SIGKILL: as if the machine lost its power. Returns once the process is gone.</summary>
    public async Task KillAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _process = null;
    }

    /// <summary>SIGSTOP: connections stay open and nothing answers.</summary>
    public void Freeze() => Send(Signal.Stop);

    /// <summary>SIGCONT.</summary>
    public void Thaw() => Send(Signal.Continue);

    /// <summary>Starts the process again with its data, and waits until it says that it is up.</summary>
    public async Task RestartAsync()
    {
        Launch();
        await WaitUntilUpAsync();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        if (Proxy is not null)
            await Proxy.DisposeAsync();
    }

    internal async Task FormatAsync(string clusterId, string voters, KafkaClusterOptions options)
    {
        Directory.CreateDirectory(_folder);
        await File.WriteAllTextAsync(Properties, ServerProperties(voters, options));
        var (exitCode, output) = await ChildProcess.RunAsync(
            Path.Combine(_home, "bin", "kafka-storage.sh"), ["format", "-t", clusterId, "-c", Properties], StartTimeout, Environment());
        if (exitCode != 0)
            throw new InvalidOperationException($"kafka-storage.sh format ended with {exitCode}:\n{output}");
    }

    internal void Launch()
    {
        if (IsRunning)
            throw new InvalidOperationException($"Broker {Id} is running.");
        _process = ChildProcess.Start(Path.Combine(_home, "bin", "kafka-server-start.sh"), [Properties], Environment(), _folder);
    }

    internal Task WaitUntilUpAsync() => _process!.WaitForLineAsync("Kafka Server started", from: 0, StartTimeout);

    private string Properties => Path.Combine(_folder, "server.properties");

    private void Send(Signal signal)
    {
        if (_process?.Send(signal) != true)
            throw new InvalidOperationException($"Broker {Id} is not running.");
    }

    private Dictionary<string, string?> Environment() => new(JavaEnvironment) { ["LOG_DIR"] = Path.Combine(_folder, "logs") };

    private string ServerProperties(string voters, KafkaClusterOptions options)
    {
        var replicas = Math.Min(options.Brokers, 3);
        var inSync = replicas > 1 ? 2 : 1;
        var proxied = Proxy is not null;
        var controller = Id <= (options.Controllers ?? options.Brokers);
        var settings = new Dictionary<string, string>
        {
            ["process.roles"] = controller ? "broker,controller" : "broker",
            ["node.id"] = $"{Id}",
            ["controller.quorum.voters"] = voters,
            ["listeners"] = $"PLAINTEXT://127.0.0.1:{Port}"
                + (controller ? $",CONTROLLER://127.0.0.1:{ControllerPort}" : "")
                + (proxied ? $",PROXIED://127.0.0.1:{ProxiedPort}" : ""),
            ["advertised.listeners"] = $"PLAINTEXT://127.0.0.1:{Port}" + (proxied ? $",PROXIED://127.0.0.1:{Proxy!.Port}" : ""),
            ["listener.security.protocol.map"] = "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT",
            ["controller.listener.names"] = "CONTROLLER",
            ["inter.broker.listener.name"] = "PLAINTEXT",
            ["log.dirs"] = Path.Combine(_folder, "data"),
            ["offsets.topic.replication.factor"] = $"{replicas}",
            ["offsets.topic.num.partitions"] = "5",
            ["transaction.state.log.replication.factor"] = $"{replicas}",
            ["transaction.state.log.min.isr"] = $"{inSync}",
            ["transaction.state.log.num.partitions"] = "5",
            ["share.coordinator.state.topic.replication.factor"] = $"{replicas}",
            ["share.coordinator.state.topic.min.isr"] = $"{inSync}",
            ["min.insync.replicas"] = $"{inSync}",
            ["default.replication.factor"] = $"{replicas}",
            ["num.partitions"] = "3",
            ["auto.create.topics.enable"] = "false",
            ["group.initial.rebalance.delay.ms"] = "0",
        };
        foreach (var (name, value) in options.Settings)
            settings[name] = value;

        var text = new StringBuilder();
        foreach (var (name, value) in settings)
            text.Append(name).Append('=').Append(value).Append('\n');
        return text.ToString();
    }
}
