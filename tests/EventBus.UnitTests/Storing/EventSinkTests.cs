using EventBus.Core.Consuming;
using EventBus.Worker.Storing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit.Abstractions;

namespace EventBus.UnitTests.Storing;

/// <summary>
/// The sink against a log and a store in memory, all in one thread: every order of what may happen follows from the seed.
/// </summary>
public sealed class EventSinkTests(ITestOutputHelper output)
{
    private static readonly SinkLimits Limits = new() { BatchRows = 7, BatchBytes = 1 << 20, Idle = TimeSpan.Zero, RevocationPatience = TimeSpan.Zero };

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private readonly SinkMetrics _metrics = new();

    [Fact]
    public void Step_WorkersThatDieJoinAndStall_StoreEveryEventOnce()
    {
        for (var seed = 1; seed <= 150; seed++)
            Simulate(seed);
    }

    [Fact]
    public void Step_TheLogLostItsStart_CountsTheGapAndGoesOn()
    {
        var (log, store, random) = World(seed: 1, partitions: 1);
        var partition = log.Partitions.Values.Single();
        partition.Records.AddRange(Enumerable.Range(0, 10).Select(i => $"e{i}"));
        store.Positions[(partition.TopicId, 0)] = 2;
        partition.Earliest = 5;
        using var sink = Join(log, store, random);

        Drain(log, store, [sink]);

        Assert.Equal(["e5", "e6", "e7", "e8", "e9"], store.Rows.Keys.Order());
        Assert.Equal(3, store.Lost);
    }

    [Fact]
    public void Step_TheLogWasCutBehindThePosition_StoresWhatComesNext()
    {
        var (log, store, random) = World(seed: 1, partitions: 1);
        var partition = log.Partitions.Values.Single();
        partition.Records.AddRange(["a", "b"]);
        store.Positions[(partition.TopicId, 0)] = 9;
        using var sink = Join(log, store, random);
        Drain(log, store, [sink]);

        partition.Records.Add("c");
        Drain(log, store, [sink]);

        Assert.Equal(["c"], store.Rows.Keys);
        Assert.Equal(3, store.Positions[(partition.TopicId, 0)]);
    }

    [Fact]
    public void Step_TheTopicWasMadeAgain_StartsAtItsBeginning()
    {
        var (log, store, random) = World(seed: 1, partitions: 1);
        var partition = log.Partitions.Values.Single();
        partition.Records.AddRange(["a", "b", "c"]);
        using var sink = Join(log, store, random);
        Drain(log, store, [sink]);

        (partition.TopicId, partition.Records) = (new Guid("00000000-0000-0000-0000-000000000002"), ["d", "e", "f"]);
        Drain(log, store, [sink]);

        Assert.Equal(["a", "b", "c", "d", "e", "f"], store.Rows.Keys.Order());
        Assert.Equal(3, store.Positions[(partition.TopicId, 0)]);
    }

    [Fact]
    public void Step_TheStoreIsReadOnly_SaysSoAndLosesNothing()
    {
        var (log, store, random) = World(seed: 1, partitions: 2);
        for (var i = 0; i < 50; i++)
            log.Append();
        store.IsReadOnly = true;
        using var sink = Join(log, store, random);
        for (var i = 0; i < 500; i++)
            StepAll(log, store, [sink]);
        Assert.NotNull(sink.StoreTrouble);
        Assert.Empty(store.Rows);

        store.IsReadOnly = false;
        Drain(log, store, [sink]);

        Assert.Null(sink.StoreTrouble);
        Check(log, store);
    }

    [Fact]
    public async Task Stop_WithABatchGathered_StoresItAndLeaves()
    {
        var (log, store, random) = World(seed: 3, partitions: 1);
        using var sink = Join(log, store, random);
        Drain(log, store, [sink]);
        log.Partitions.Values.Single().Records.AddRange(["x", "y"]);
        sink.Step();
        sink.Step();

        var stopping = Task.Run(() => sink.Stop(TimeSpan.FromSeconds(30)));
        while (!stopping.IsCompleted)
        {
            store.Answer();
            await Task.Delay(1);
        }

        Assert.Equal(2, store.Positions.Values.Single());
        Assert.Empty(log.Readers);
    }

    private void Simulate(int seed)
    {
        var (log, store, random) = World(seed, partitions: 5);
        store.LosesAnswers = true;
        List<EventSink> sinks = [Join(log, store, random)];
        try
        {
            for (var i = 0; i < 1500; i++)
                Disturb(log, store, sinks, random);
            (store.IsAway, store.IsReadOnly, store.LosesAnswers, log.IsAway) = (false, false, false, false);
            if (sinks.Count == 0)
                sinks.Add(Join(log, store, random));
            log.Rebalance();
            Drain(log, store, sinks);
            Check(log, store);
        }
        catch
        {
            output.WriteLine($"seed {seed}");
            throw;
        }
        finally
        {
            sinks.ForEach(s => s.Dispose());
        }
    }

    private void Disturb(SimulatedLog log, SimulatedStore store, List<EventSink> sinks, Random random)
    {
        switch (random.Next(200))
        {
            case 0 when sinks.Count < 4:
                sinks.Add(Join(log, store, random));
                break;
            case 1 when sinks.Count > 1:
                // Dead at once, with what it asked for still on its way.
                sinks.RemoveAt(random.Next(sinks.Count));
                log.Readers.RemoveAll(r => !IsRun(r));
                log.Rebalance();
                break;
            case 2:
                log.Rebalance();
                break;
            case 3:
                store.IsAway = !store.IsAway;
                break;
            case 4:
                store.IsReadOnly = !store.IsReadOnly;
                break;
            case 5:
                log.IsAway = !log.IsAway;
                break;
            case < 80:
                log.Append();
                break;
            case < 130:
                store.Answer();
                break;
            default:
                // One of them; the others stall.
                if (sinks.Count > 0)
                    sinks[random.Next(sinks.Count)].Step();
                break;
        }

        _time.Advance(TimeSpan.FromMilliseconds(random.Next(200)));

        bool IsRun(SimulatedReader reader) => sinks.Any(s => _readers[s] == reader);
    }

    private readonly Dictionary<EventSink, SimulatedReader> _readers = [];

    private static (SimulatedLog Log, SimulatedStore Store, Random Random) World(int seed, int partitions)
    {
        // With the test runner's own context continuations would go to the pool, and run when they like.
        SynchronizationContext.SetSynchronizationContext(null);
        var random = new Random(seed);
        return (new SimulatedLog(random, partitions), new SimulatedStore(random), random);
    }

    private EventSink Join(SimulatedLog log, SimulatedStore store, Random random)
    {
        var reader = new SimulatedReader(log, random);
        log.Readers.Add(reader);
        var sink = new EventSink(reader, store, store, _metrics, Limits, _time, random, new Told(output), new InStep());
        _readers.Add(sink, reader);
        log.Rebalance();
        return sink;
    }

    private void StepAll(SimulatedLog log, SimulatedStore store, List<EventSink> sinks)
    {
        foreach (var sink in sinks)
            sink.Step();
        store.Answer();
        _time.Advance(TimeSpan.FromMilliseconds(50));
    }

    private void Drain(SimulatedLog log, SimulatedStore store, List<EventSink> sinks)
    {
        for (var i = 0; i < 3000; i++)
        {
            StepAll(log, store, sinks);
            if (i > 100 && store.Open == 0 && log.Partitions.All(p => store.Positions.GetValueOrDefault((p.Value.TopicId, p.Key.Partition), -1) == p.Value.Records.Count))
                return;
        }

        Assert.Fail("The sinks do not come to the log's end: " + string.Join(", ", log.Partitions.Select(p =>
            $"{p.Key.Partition} at {store.Positions.GetValueOrDefault((p.Value.TopicId, p.Key.Partition), -1)} of {p.Value.Records.Count}")));
    }

    /// <summary>Rows are the first occurrences in the log, each once; what is no event, or is refused, is a dead letter.</summary>
    private static void Check(SimulatedLog log, SimulatedStore store)
    {
        var first = new Dictionary<string, (Guid, int, long)>();
        var dead = new HashSet<(LogPartition, long, string)>();
        foreach (var (name, partition) in log.Partitions)
        {
            for (var offset = 0; offset < partition.Records.Count; offset++)
            {
                var id = partition.Records[offset];
                if (id == "poison")
                    dead.Add((name, offset, "not_cloudevent"));
                else if (id?.StartsWith("refused", StringComparison.Ordinal) == true)
                    dead.Add((name, offset, "store_refused"));
                else if (id is not null)
                    first.TryAdd(id, (partition.TopicId, name.Partition, offset));
            }
        }

        Assert.Equal(first.OrderBy(r => r.Key), store.Rows.OrderBy(r => r.Key));
        Assert.Equal(dead.OrderBy(d => $"{d}"), store.DeadLetters.OrderBy(d => $"{d}"));
        Assert.Equal(0, store.Lost);
    }

    /// <summary>Shows what the sink says, where a test fails.</summary>
    private sealed class Told(ITestOutputHelper output) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            output.WriteLine($"{formatter(state, exception)} {exception}");
    }

    /// <summary>Runs tasks where they are started.</summary>
    private sealed class InStep : TaskScheduler
    {
        protected override void QueueTask(Task task) => TryExecuteTask(task);

        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => TryExecuteTask(task);

        protected override IEnumerable<Task> GetScheduledTasks() => [];
    }
}
