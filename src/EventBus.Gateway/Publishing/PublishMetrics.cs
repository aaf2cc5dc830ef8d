using EventBus.Contracts;
using EventBus.Core.Buffering;
using EventBus.Core.Events;
using EventBus.Core.Publishing;
using EventBus.Core.Resilience;
using EventBus.Hosting.Metrics;
using EventBus.Kafka.Producing;
using Prometheus;

namespace EventBus.Gateway.Publishing;

/// <summary>
/// Publishing's metrics. Counters that move per event are plain numbers of the hot path, copied at the scrape: a metric's own increment
/// would be an interlocked operation for each event. Labels are bounded: types and topics by <see cref="EventTypeTable"/>.
/// </summary>
internal sealed class PublishMetrics(
    EventTypeTable types, Admission admission, EventRing ring, PublishLedger ledger, RequestBody bodies, KafkaProducer producer, CircuitBreaker circuit)
{
    private const int MaxDurationLabels = 64;

    private static readonly Counter Published = Metrics.CreateCounter(
        "event_bus_events_published_total", "Events by what became of them: success (acknowledged by all in-sync replicas), failed, refused (no room).",
        "topic", "event_type", "status");

    private static readonly Counter Operations = Metrics.CreateCounter(
        "event_bus_kafka_operations_total", "Records handed to Kafka, by outcome.", "operation", "status");

    private static readonly Counter Shed = Metrics.CreateCounter(
        "event_bus_events_shed_total", "Events refused because the buffer was filling.", "priority");

    private static readonly Counter Refused = Metrics.CreateCounter(
        "event_bus_events_refused_total", "Events and requests answered with a problem, by its code.", "code");

    private static readonly Summary Duration = Metrics.CreateSummary(
        "event_bus_event_processing_duration_seconds",
        "From admission to acknowledgement; one observation for each delivery report, which covers many events.",
        ["operation", "event_type"],
        new SummaryConfiguration
        {
            Objectives = [new(0.5, 0.01), new(0.95, 0.005), new(0.99, 0.001)],
            MaxAge = TimeSpan.FromMinutes(1),
        });

    private static readonly Gauge BufferSize = Gauge("event_bus_event_buffer_size", "Events let in and not yet acknowledged.");
    private static readonly Gauge BufferLimit = Gauge("event_bus_event_buffer_limit", "The most events that are let in at once.");
    private static readonly Gauge BufferBytes = Gauge("event_bus_event_buffer_bytes", "Bytes of events let in and not yet acknowledged.");
    private static readonly Gauge RingBytes = Gauge("event_bus_ring_used_bytes", "Bytes waiting in the ring for the producer.");
    private static readonly Gauge BodyBytes = Gauge("event_bus_request_body_bytes", "Bytes of large request bodies held now.");
    private static readonly Gauge Batches = Gauge("event_bus_publish_batches", "Pooled answers: the most that were waited for at once.");
    private static readonly Gauge CircuitOpen = Metrics.CreateGauge("event_bus_circuit_open", "1 while the engine is away.", "engine");
    private static readonly Counter CircuitTrips = Metrics.CreateCounter("event_bus_circuit_trips_total", "How often the circuit opened.", "engine");
    private static readonly Counter HandOvers = Metrics.CreateCounter(
        "event_bus_producer_handovers_total", "Groups of events handed from the ring to librdkafka.");
    private static readonly Counter Rebuilds = Metrics.CreateCounter(
        "event_bus_producer_rebuilds_total", "Producers replaced after a fatal error.");

    private readonly BoundedLabels<Summary.Child> _durations = new(MaxDurationLabels, type => Duration.WithLabels("publish", type));
    private readonly ProducerStatistics _statistics = new(producer);

    /// <summary>Counts a refusal by its code.</summary>
    public static void CountRefused(ErrorCode error) => Refused.WithLabels(error.Code).Inc();

    /// <summary>Copies the state of an engine's circuit.</summary>
    public static void CopyCircuit(string engine, CircuitBreaker circuit)
    {
        CircuitOpen.WithLabels(engine).Set(circuit.IsOpen ? 1 : 0);
        CircuitTrips.WithLabels(engine).IncTo(circuit.Trips);
    }

    /// <summary>Has the numbers copied at every scrape.</summary>
    public void Register()
    {
        producer.OnDuration = (series, seconds) => _durations.Get(series.EventType).Observe(seconds);
        Metrics.DefaultRegistry.AddBeforeCollectCallback(Copy);
    }

    private static Gauge Gauge(string name, string help) => Metrics.CreateGauge(name, help);

    private void Copy()
    {
        foreach (var series in types.Series)
        {
            CopyCount(series, "success", series.Published);
            CopyCount(series, "failed", series.Failed);
            CopyCount(series, "refused", series.Refused);
        }

        for (var priority = EventPriority.Low; priority <= EventPriority.Critical; priority++)
            Shed.WithLabels(System.Text.Encoding.UTF8.GetString(PriorityNames.Of(priority))).IncTo(admission.Shed(priority));
        Operations.WithLabels("publish", "success").IncTo(producer.Delivered);
        Operations.WithLabels("publish", "failed").IncTo(producer.Failed);
        BufferSize.Set(admission.Events);
        BufferLimit.Set(admission.MaxEvents);
        BufferBytes.Set(admission.Bytes);
        RingBytes.Set(ring.UsedBytes);
        BodyBytes.Set(bodies.Held);
        Batches.Set(ledger.Batches);
        CopyCircuit("kafka", circuit);
        HandOvers.IncTo(producer.HandOvers);
        Rebuilds.IncTo(producer.Rebuilds);
        _statistics.Copy();
    }

    private static void CopyCount(EventSeries series, string status, long count)
    {
        // A status that never occurred gets no series: three for each type would be mostly zeros.
        if (count > 0)
            Published.WithLabels(series.Topic, series.EventType, status).IncTo(count);
    }
}
