using EventBus.Core.Storing;
using EventBus.Hosting.Metrics;
using Prometheus;

namespace EventBus.Worker.Storing;

/// <summary>
/// The sink's metrics, moved once per batch. Written by the sink's thread and its one writing task; the totals may be read by any.
/// </summary>
internal sealed class SinkMetrics
{
    private const int MaxTopics = 128;
    private const int MaxTypesPerTopic = 32;

    private static readonly Counter Consumed = Metrics.CreateCounter(
        "event_bus_events_consumed_total", "Records handled, by what became of them: success (stored, or a duplicate of what is), dead_letter.",
        "topic", "event_type", "status");

    private static readonly Counter Operations = Metrics.CreateCounter(
        "event_bus_kafka_operations_total", "Records by operation and outcome.", "operation", "status");

    private static readonly Summary Duration = Quantiles(
        "event_bus_event_processing_duration_seconds", "From the first record of a batch to its being stored; one observation for each batch.",
        "operation", "event_type");

    private static readonly Summary Query = Quantiles(
        "event_bus_database_query_duration_seconds", "How long the database took.", "operation");

    private static readonly Counter Duplicates = Counter("event_bus_sink_duplicates_total", "Records whose source and id the store had already.");
    private static readonly Counter LostOffsets = Counter("event_bus_sink_lost_offsets_total", "Offsets that the log no longer had when they were to be read.");
    private static readonly Counter Conflicts = Counter("event_bus_sink_conflicts_total", "Batches given up because another worker had moved a position.");
    private static readonly Counter Failures = Counter("event_bus_sink_failures_total", "Batches that could not be stored and were read again.");
    private static readonly Counter Batches = Counter("event_bus_sink_batches_total", "Batches stored.");

    private static readonly Gauge Lag = Metrics.CreateGauge(
        "event_bus_consumer_lag", "Records in the log that are not stored yet.", "role", "topic", "partition");

    private static readonly Gauge CircuitOpen = Metrics.CreateGauge("event_bus_circuit_open", "1 while the engine is away.", "engine");
    private static readonly Gauge ActiveWorkers = Metrics.CreateGauge("event_bus_active_workers", "Roles that run in this process.");

    private readonly BoundedLabels<BoundedLabels<Counter.Child>> _types = new(
        MaxTopics, topic => new BoundedLabels<Counter.Child>(MaxTypesPerTopic, type => Consumed.WithLabels(topic, type, "success")));

    private readonly BoundedLabels<Counter.Child> _deadLetters = new(MaxTopics, topic => Consumed.WithLabels(topic, "", "dead_letter"));
    private readonly Counter.Child _reads = Operations.WithLabels("consume", "success");
    private readonly Summary.Child _duration = Duration.WithLabels("store", "all");
    private readonly Summary.Child _query = Query.WithLabels("event_store");
    private long _handled;
    private long _failed;
    private double _seconds;

    /// <summary>Records handled since the start, dead letters among them.</summary>
    public long Handled => Volatile.Read(ref _handled);

    /// <summary>Those that became dead letters.</summary>
    public long Failed => Volatile.Read(ref _failed);

    /// <summary>Seconds that they took, from being read to being stored, summed over records.</summary>
    public double Seconds => Volatile.Read(ref _seconds);

    /// <summary>The role runs, or no longer.</summary>
    public static void Running(bool running) => ActiveWorkers.Inc(running ? 1 : -1);

    /// <summary>Whether an engine is away.</summary>
    public static void Away(string engine, bool away) => CircuitOpen.WithLabels(engine).Set(away ? 1 : 0);

    /// <summary>The store was asked to take a batch.</summary>
    public void Asked(TimeSpan duration) => _query.Observe(duration.TotalSeconds);

    /// <summary>A batch was stored.</summary>
    public void Settled(SinkBatch batch, StoreResult result, TimeSpan duration)
    {
        var records = batch.Rows.Count + batch.Dead.Count;
        Count(batch.Rows);
        foreach (var letter in batch.Dead)
            _deadLetters.Get(letter.Origin.Topic).Inc();
        _reads.Inc(records);
        _duration.Observe(duration.TotalSeconds);
        Batches.Inc();
        Duplicates.Inc(result.Duplicates);
        LostOffsets.Inc(batch.Lost);
        Volatile.Write(ref _handled, _handled + records);
        Volatile.Write(ref _failed, _failed + batch.Dead.Count);
        Volatile.Write(ref _seconds, _seconds + (duration.TotalSeconds * records));
    }

    /// <summary>A batch was given up because of another owner.</summary>
    public static void Conflict() => Conflicts.Inc();

    /// <summary>A batch could not be stored.</summary>
    public static void Failure() => Failures.Inc();

    /// <summary>Notes how far the sink is behind the log.</summary>
    public static void Observe(SinkPartition partition)
    {
        if (partition.State != SinkState.Unplaced)
            LagOf(partition).Set(Math.Max(0, partition.End - partition.Stored));
    }

    /// <summary>The partition is another's: its lag is not ours to tell.</summary>
    public static void Forget(SinkPartition partition) => LagOf(partition).Remove();

    private static Gauge.Child LagOf(SinkPartition partition) =>
        Lag.WithLabels("storing", partition.Name.Topic, partition.Name.Partition.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Counts rows by topic and type, neighbours of one kind at once.</summary>
    private void Count(List<EventRow> rows)
    {
        for (int first = 0, next; first < rows.Count; first = next)
        {
            var topic = rows[first].Partition.Topic;
            var type = rows[first].EventType.Span;
            for (next = first + 1; next < rows.Count; next++)
            {
                if (!ReferenceEquals(rows[next].Partition.Topic, topic) || !rows[next].EventType.Span.SequenceEqual(type))
                    break;
            }

            _types.Get(topic).Get(type).Inc(next - first);
        }
    }

    private static Counter Counter(string name, string help) => Metrics.CreateCounter(name, help);

    private static Summary Quantiles(string name, string help, params string[] labels) => Metrics.CreateSummary(name, help, labels, new SummaryConfiguration
    {
        Objectives = [new(0.5, 0.01), new(0.95, 0.005), new(0.99, 0.001)],
        MaxAge = TimeSpan.FromMinutes(1),
    });
}
