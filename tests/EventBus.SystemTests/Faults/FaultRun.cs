using EventBus.TestKit.Histories;
using EventBus.TestKit.Kafka;
using EventBus.TestKit.Processes;
using EventBus.TestKit.Records;
using Xunit.Abstractions;

namespace EventBus.SystemTests.Faults;

/// <summary>
/// A fault under load: a gateway of its own, clients that write down what they see, the fault, its healing, and then the history held
/// against the log.
/// </summary>
public sealed class FaultRun : IAsyncDisposable
{
    private const int Clients = 16;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly KafkaCluster _cluster;
    private readonly PublishClients _clients;
    private readonly ITestOutputHelper _output;

    private FaultRun(KafkaCluster cluster, GatewayProcess gateway, string topic, bool retrying, ITestOutputHelper output)
    {
        _cluster = cluster;
        _output = output;
        Gateway = gateway;
        Topic = topic;
        _clients = PublishClients.Start(gateway.Address, topic, Clients, Pause, retrying);
    }

    public GatewayProcess Gateway { get; }

    public string Topic { get; }

    public History History => _clients.History;

    /// <summary>What was in the log when the history was held against it.</summary>
    public IReadOnlyList<LogEntry> Log { get; private set; } = [];

    /// <summary>Starts gateway and clients on a topic of one partition, and lets some hundreds of events pass.</summary>
    public static async Task<FaultRun> StartAsync(
        KafkaCluster cluster, string brokers, string topic, ITestOutputHelper output, bool retrying = false)
    {
        await cluster.CreateTopicAsync(topic);
        var gateway = await GatewayProcess.StartAsync(brokers);
        var run = new FaultRun(cluster, gateway, topic, retrying, output);
        try
        {
            await run.ProgressAsync();
        }
        catch
        {
            await run.DisposeAsync();
            throw;
        }

        return run;
    }

    /// <summary>Waits until some hundreds more events are acknowledged.</summary>
    public Task ProgressAsync(int count = 300) => _clients.WaitForMoreAcknowledgedAsync(count, Patience);

    /// <summary>Waits until an answer whose status and code contain a text came, after those there were.</summary>
    public async Task UntilAnsweredAsync(HistoryStep step, string text, TimeSpan within)
    {
        var before = History.Count(step, text);
        using var deadline = new CancellationTokenSource(within);
        while (History.Count(step, text) == before)
        {
            Assert.False(deadline.IsCancellationRequested, $"no {text} within {within}: {History}");
            await Task.Delay(20);
        }
    }

    /// <summary>Waits until everybody who waits for an answer at this moment has one.</summary>
    public async Task UntilEverybodyIsAnsweredAsync(TimeSpan within)
    {
        var before = History.Entries.Count;
        var waiting = History.Open();
        using var deadline = new CancellationTokenSource(within);
        while (waiting.Except(History.Entries.Skip(before).Where(e => e.Step != HistoryStep.Invoke).Select(e => e.Event)).Any())
        {
            Assert.False(deadline.IsCancellationRequested, $"still without an answer after {within}: {History}");
            await Task.Delay(50);
        }
    }

    /// <summary>Ends the load and holds the history against the log.</summary>
    public async Task<History> CheckAsync(int replicas)
    {
        var history = await _clients.StopAsync();
        _output.WriteLine($"{history}");
        await _cluster.WaitUntilInSyncAsync(Topic, partitions: 1, replicas);
        // A fresh reader: one that was connected through the fault might still be looking for the old leader.
        using var reader = new RecordReader(_cluster.BootstrapServers);
        Log = History.ReadLog(reader.ReadAll(Topic));
        HistoryChecker.AssertKept(history, Log);
        return history;
    }

    public async ValueTask DisposeAsync()
    {
        await _clients.DisposeAsync();
        _output.WriteLine($"The gateway's output:\n{Gateway.Process.Output}");
        await Gateway.DisposeAsync();
    }
}
