using System.Diagnostics;
using System.Security.Cryptography;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using EventBus.TestKit.Processes;

namespace EventBus.TestKit.Kafka;

/// <summary>
/// A private Apache Kafka cluster on this machine, from the distribution at <c>KAFKA_HOME</c> (any 4.x). Its data lies in a temporary
/// folder; neither that nor a broker outlives the run.
/// </summary>
public sealed class KafkaCluster : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly string? Home = Environment.GetEnvironmentVariable("KAFKA_HOME");

    private readonly TemporaryFolder _folder = new();
    private readonly IAdminClient _admin;

    private KafkaCluster(KafkaClusterOptions options)
    {
        Brokers = [.. Enumerable.Range(1, options.Brokers).Select(id => new KafkaBroker(Home!, _folder.Path, id, options.Proxied))];
        _admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = BootstrapServers, SocketTimeoutMs = 10_000 })
            .SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
    }

    /// <summary>Why no cluster can be started here; null where one can.</summary>
    public static string? UnavailableReason => string.IsNullOrEmpty(Home)
        ? "KAFKA_HOME is not set: this test needs a real broker. Point KAFKA_HOME at an Apache Kafka 4.x distribution (Java 17)."
        : File.Exists(Path.Combine(Home, "bin", "kafka-server-start.sh"))
            ? null
            : $"KAFKA_HOME={Home} holds no bin/kafka-server-start.sh: point it at an Apache Kafka 4.x distribution.";

    /// <summary>The brokers; broker id n is at n - 1.</summary>
    public IReadOnlyList<KafkaBroker> Brokers { get; }

    /// <summary>All brokers' plain listeners.</summary>
    public string BootstrapServers => string.Join(',', Brokers.Select(b => $"127.0.0.1:{b.Port}"));

    /// <summary>All brokers' listeners behind their proxies.</summary>
    public string ProxiedBootstrapServers => string.Join(',', Brokers.Select(b => $"127.0.0.1:{b.Proxy!.Port}"));

    /// <summary>Starts a cluster, its brokers side by side, and waits until each answers.</summary>
    public static async Task<KafkaCluster> StartAsync(KafkaClusterOptions? options = null)
    {
        options ??= new KafkaClusterOptions();
        var cluster = await PrepareAsync(options);
        try
        {
            foreach (var broker in cluster.Brokers)
                broker.Launch();
            await cluster.WaitUntilUpAsync();
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }

        return cluster;
    }

    /// <summary>Makes a cluster whose brokers are formatted but not started: <see cref="KafkaBroker.RestartAsync"/> starts one.</summary>
    public static async Task<KafkaCluster> PrepareAsync(KafkaClusterOptions options)
    {
        if (UnavailableReason is { } reason)
            throw new InvalidOperationException(reason);
        var cluster = new KafkaCluster(options);
        try
        {
            var clusterId = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16)).Replace('+', 'A').Replace('/', 'B').TrimEnd('=');
            var controllers = cluster.Brokers.Take(options.Controllers ?? options.Brokers);
            var voters = string.Join(',', controllers.Select(b => $"{b.Id}@127.0.0.1:{b.ControllerPort}"));
            await Task.WhenAll(cluster.Brokers.Select(b => b.FormatAsync(clusterId, voters, options)));
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }

        return cluster;
    }

    /// <summary>Waits until every running broker is up and known to the others.</summary>
    public async Task WaitUntilUpAsync()
    {
        await Task.WhenAll(Brokers.Where(b => b.IsRunning).Select(b => b.WaitUntilUpAsync()));
        await UntilAsync(() => Metadata().Brokers.Count == Brokers.Count(b => b.IsRunning), "all brokers are in the metadata");
    }

    /// <summary>Makes topics and waits until each partition has a leader and all its replicas in sync.</summary>
    public async Task CreateTopicsAsync(
        IEnumerable<string> names, int partitions = 1, int? replicas = null, Dictionary<string, string>? settings = null)
    {
        var list = names.ToList();
        var factor = (short)(replicas ?? Math.Min(Brokers.Count, 3));
        await _admin.CreateTopicsAsync(
            list.Select(n => new TopicSpecification
            {
                Name = n, NumPartitions = partitions, ReplicationFactor = factor, Configs = settings,
            }),
            new CreateTopicsOptions { RequestTimeout = Patience, OperationTimeout = Patience });
        await UntilAsync(() => list.TrueForAll(n => InSync(n) == partitions * factor), $"{string.Join(',', list)} are in sync");
    }

    /// <summary>Makes one topic, as <see cref="CreateTopicsAsync"/>.</summary>
    public Task CreateTopicAsync(string name, int partitions = 1, int? replicas = null, Dictionary<string, string>? settings = null) =>
        CreateTopicsAsync([name], partitions, replicas, settings);

    /// <summary>Deletes a topic with its records.</summary>
    public Task DeleteTopicAsync(string name) =>
        _admin.DeleteTopicsAsync([name], new DeleteTopicsOptions { RequestTimeout = Patience, OperationTimeout = Patience });

    /// <summary>Sets one setting of a topic.</summary>
    public Task SetTopicConfigAsync(string topic, string name, string value) => _admin.IncrementalAlterConfigsAsync(
        new Dictionary<ConfigResource, List<ConfigEntry>>
        {
            [new ConfigResource { Type = ResourceType.Topic, Name = topic }] =
                [new ConfigEntry { Name = name, Value = value, IncrementalOperation = AlterConfigOpType.Set }],
        });

    /// <summary>The broker that leads a partition.</summary>
    public KafkaBroker LeaderOf(string topic, int partition)
    {
        var leader = Metadata(topic).Topics.Single().Partitions.Single(p => p.PartitionId == partition).Leader;
        return Brokers.Single(b => b.Id == leader);
    }

    /// <summary>Waits until all replicas of a topic are in sync.</summary>
    public Task WaitUntilInSyncAsync(string topic, int partitions, int replicas) =>
        UntilAsync(() => InSync(topic) == partitions * replicas, $"{topic} is in sync");

    /// <summary>Limits what one client id may produce, in bytes per second; null lifts the limit.</summary>
    public Task SetProduceQuotaAsync(string clientId, int? bytesPerSecond) => RunToolAsync(
        "kafka-configs.sh", "--bootstrap-server", BootstrapServers, "--alter", "--entity-type", "clients", "--entity-name", clientId,
        bytesPerSecond is null ? "--delete-config" : "--add-config",
        bytesPerSecond is null ? "producer_byte_rate" : $"producer_byte_rate={bytesPerSecond}");

    /// <summary>Runs one of Kafka's own command-line tools and returns its output.</summary>
    public static async Task<string> RunToolAsync(string tool, params string[] arguments)
    {
        var environment = new Dictionary<string, string?>
        {
            ["KAFKA_HEAP_OPTS"] = "-Xmx128m",
            ["KAFKA_JVM_PERFORMANCE_OPTS"] = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
            ["LOG_DIR"] = Path.GetTempPath(),
        };
        var (exitCode, output) = await ChildProcess.RunAsync(
            Path.Combine(Home!, "bin", tool), arguments, TimeSpan.FromSeconds(60), environment);
        return exitCode == 0 ? output : throw new InvalidOperationException($"{tool} ended with {exitCode}:\n{output}");
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        await Task.WhenAll(Brokers.Select(b => b.DisposeAsync().AsTask()));
        _folder.Dispose();
    }

    private Metadata Metadata() => _admin.GetMetadata(TimeSpan.FromSeconds(5));

    private Metadata Metadata(string topic) => _admin.GetMetadata(topic, TimeSpan.FromSeconds(5));

    private int InSync(string topic) =>
        Metadata(topic).Topics.Single().Partitions.Sum(p => p.Leader < 0 ? 0 : p.InSyncReplicas.Length);

    private async Task UntilAsync(Func<bool> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                if (condition())
                    return;
            }
            catch (KafkaException) when (watch.Elapsed < Patience)
            {
                // The cluster is still settling.
            }

            if (watch.Elapsed >= Patience)
            {
                throw new TimeoutException(
                    $"After {Patience}, not yet true: {what}. Brokers:\n{string.Join("\n", Brokers.Select(b => b.Output))}");
            }
            await Task.Delay(50);
        }
    }
}
