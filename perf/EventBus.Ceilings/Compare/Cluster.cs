using System.Globalization;
using Confluent.Kafka;

namespace EventBus.Ceilings.Compare;

/// <summary>The one broker of a run: a real one from KAFKA_HOME with fresh data, or librdkafka's mock in a process of its own.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private const int Partitions = 6;
    private readonly string? _home;
    private readonly string _folder;
    private readonly int _port;
    private readonly Paths _paths;
    private IConsumer<byte[], byte[]>? _reader;

    private Cluster(Paths paths, int port, string? home)
    {
        _paths = paths;
        _port = port;
        _home = home;
        _folder = Path.Combine(paths.Work, "broker");
    }

    public Child Broker { get; private set; } = null!;

    public string Bootstrap { get; private set; } = "";

    public bool Real => _home is not null;

    public static async Task<Cluster> StartAsync(Paths paths, int port, bool real)
    {
        var home = real
            ? Environment.GetEnvironmentVariable("KAFKA_HOME")
                ?? throw new OptionException("KAFKA_HOME must point at a Kafka distribution, or say --cluster embedded")
            : null;
        var cluster = new Cluster(paths, port, home);
        if (real)
            await cluster.StartRealAsync();
        else
            await cluster.StartEmbeddedAsync();
        cluster._reader = new ConsumerBuilder<byte[], byte[]>(
            new ConsumerConfig { BootstrapServers = cluster.Bootstrap, GroupId = "ceilings", EnableAutoCommit = false }).Build();
        return cluster;
    }

    /// <summary>Records in all partitions so far, by the broker's own end offsets.</summary>
    public long EndOffsets() => Ends().Sum(end => end.Offset.Value);

    /// <summary>
    /// The form of the newest record: the sizes of value and key, and each header with the size of its value. Both sides of a ratio must
    /// write the same.
    /// </summary>
    public string NewestForm()
    {
        var end = Ends().MaxBy(end => end.Offset.Value)!;
        _reader!.Assign(new TopicPartitionOffset(end.TopicPartition, end.Offset - 1));
        var message = _reader.Consume(TimeSpan.FromSeconds(30)).Message;
        _reader.Unassign();
        var headers = message.Headers.Select(header => $"{header.Key} {header.GetValueBytes().Length}").Order();
        return $"value {message.Value.Length}, key {message.Key.Length}, {string.Join(", ", headers)}";
    }

    /// <summary>Bytes in the topic's log segments; retention is off for as long as a run lasts.</summary>
    public long LogBytes() => Directory.GetDirectories(Path.Combine(_folder, "data"), SampleEvents.Topic + "-*")
        .SelectMany(partition => Directory.GetFiles(partition, "*.log"))
        .Sum(file => new FileInfo(file).Length);

    /// <summary>Bounds every producer to so many bytes a second; null lifts the bound.</summary>
    public Task QuotaAsync(long? bytesPerSecond) => ToolAsync(
        "kafka-configs.sh", "--alter", "--entity-type", "clients", "--entity-default",
        bytesPerSecond is null ? "--delete-config" : "--add-config",
        bytesPerSecond is null ? "producer_byte_rate" : "producer_byte_rate=" + bytesPerSecond.Value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Kills the broker; <see cref="ReviveAsync"/> starts it again with its data.</summary>
    public void Kill() => Broker.KillNow();

    public async Task ReviveAsync()
    {
        await Broker.DisposeAsync();
        await LaunchAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _reader?.Dispose();
        await Broker.DisposeAsync();
        if (Real)
            Directory.Delete(_folder, recursive: true);
    }

    private async Task StartRealAsync()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
        Directory.CreateDirectory(_folder);
        Bootstrap = $"127.0.0.1:{_port}";
        await File.WriteAllTextAsync(Properties, $"""
            process.roles=broker,controller
            node.id=1
            controller.quorum.voters=1@127.0.0.1:{_port + 1}
            listeners=PLAINTEXT://127.0.0.1:{_port},CONTROLLER://127.0.0.1:{_port + 1}
            advertised.listeners=PLAINTEXT://127.0.0.1:{_port}
            listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
            controller.listener.names=CONTROLLER
            inter.broker.listener.name=PLAINTEXT
            log.dirs={Path.Combine(_folder, "data")}
            offsets.topic.replication.factor=1
            offsets.topic.num.partitions=5
            transaction.state.log.replication.factor=1
            transaction.state.log.min.isr=1
            transaction.state.log.num.partitions=5
            min.insync.replicas=1
            default.replication.factor=1
            auto.create.topics.enable=false
            log.retention.hours=-1
            """ + "\n");
        await Child.RunAsync(Tool("kafka-storage.sh"), ["format", "-t", "4L6g3nShT-eMCtK--X86sw", "-c", Properties]);
        await LaunchAsync();
        await ToolAsync(
            "kafka-topics.sh", "--create", "--topic", SampleEvents.Topic,
            "--partitions", Partitions.ToString(CultureInfo.InvariantCulture), "--replication-factor", "1");
    }

    private async Task LaunchAsync()
    {
        Broker = Child.Start(Tool("kafka-server-start.sh"), [Properties], Path.Combine(_paths.Work, "broker.log"));
        await Broker.ListeningAsync(_port, TimeSpan.FromSeconds(60));
    }

    private async Task StartEmbeddedAsync()
    {
        var log = Path.Combine(_paths.Work, "mock-cluster.log");
        Broker = Child.Start(_paths.Ceilings, ["mock-cluster", "--partitions", Partitions.ToString(CultureInfo.InvariantCulture)], log);
        string? line = null;
        for (var i = 0; i < 500 && line is null; i++)
        {
            await Task.Delay(10);
            line = File.Exists(log)
                ? (await File.ReadAllLinesAsync(log)).FirstOrDefault(l => l.StartsWith("127.0.0.1:", StringComparison.Ordinal))
                : null;
        }

        Bootstrap = line ?? throw new InvalidOperationException("the mock cluster did not start");
    }

    private List<TopicPartitionOffset> Ends()
    {
        // A topic made, or a broker started, a moment ago has no leader for an instant.
        const int Tries = 50;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return [.. Enumerable.Range(0, Partitions).Select(partition => new TopicPartitionOffset(
                    SampleEvents.Topic, partition,
                    _reader!.QueryWatermarkOffsets(new(SampleEvents.Topic, partition), TimeSpan.FromSeconds(30)).High))];
            }
            catch (KafkaException) when (attempt < Tries)
            {
                Thread.Sleep(100);
            }
        }
    }

    private string Properties => Path.Combine(_folder, "server.properties");

    private string Tool(string name) => Path.Combine(_home!, "bin", name);

    private async Task ToolAsync(string name, params string[] arguments) =>
        await Child.RunAsync(Tool(name), ["--bootstrap-server", Bootstrap, .. arguments]);
}
