using System.Text.Json;
using EventBus.Kafka.Producing;
using Prometheus;

namespace EventBus.Gateway.Publishing;

/// <summary>
/// librdkafka's own statistics (its STATISTICS.md) as metrics: what an operator asks when acknowledgements are slow. Read at the scrape from
/// the newest JSON, which librdkafka makes every few seconds.
/// </summary>
internal sealed class ProducerStatistics(KafkaProducer producer)
{
    // Round trips come in microseconds.
    private const double Microseconds = 1e-6;

    private static readonly Gauge QueueMessages = Metrics.CreateGauge("event_bus_librdkafka_queue_messages", "Messages in librdkafka's queues.");
    private static readonly Gauge QueueBytes = Metrics.CreateGauge("event_bus_librdkafka_queue_bytes", "Bytes of messages in librdkafka's queues.");
    private static readonly Counter Requests = Metrics.CreateCounter("event_bus_librdkafka_requests_total", "Requests sent to brokers.");
    private static readonly Counter RequestBytes = Metrics.CreateCounter("event_bus_librdkafka_request_bytes_total", "Bytes sent to brokers.");
    private static readonly Gauge RoundTrip = Broker("rtt_seconds", "Round trip of requests: the 99th percentile of the last window.");
    private static readonly Gauge Throttle = Broker("throttle_seconds", "How long the broker last asked to wait, on average.");
    private static readonly Gauge Waiting = Broker("requests_in_flight", "Requests sent and not yet answered.");
    private static readonly Counter Retries = BrokerCounter("request_retries_total", "Requests sent again.");
    private static readonly Counter Timeouts = BrokerCounter("request_timeouts_total", "Requests that were not answered in time.");
    private static readonly Counter Disconnects = BrokerCounter("disconnects_total", "Connections lost.");

    private ReadOnlyMemory<byte> _last;

    /// <summary>Copies the newest numbers, if there are newer ones.</summary>
    public void Copy()
    {
        var statistics = producer.Statistics;
        if (statistics.IsEmpty || statistics.Equals(_last))
            return;
        _last = statistics;
        using var document = JsonDocument.Parse(statistics);
        var root = document.RootElement;
        QueueMessages.Set(Number(root, "msg_cnt"));
        QueueBytes.Set(Number(root, "msg_size"));
        Requests.IncTo(Number(root, "tx"));
        RequestBytes.IncTo(Number(root, "tx_bytes"));
        foreach (var broker in root.GetProperty("brokers").EnumerateObject())
            Copy(broker.Value);
    }

    private static void Copy(JsonElement broker)
    {
        // Bootstrap addresses and the group coordinator are listed beside the brokers, with negative ids.
        var id = (long)Number(broker, "nodeid");
        if (id < 0)
            return;
        var label = id.ToString();
        RoundTrip.WithLabels(label).Set(Number(broker.GetProperty("rtt"), "p99") * Microseconds);
        Throttle.WithLabels(label).Set(Number(broker.GetProperty("throttle"), "avg") / 1000);
        Waiting.WithLabels(label).Set(Number(broker, "waitresp_cnt"));
        Retries.WithLabels(label).IncTo(Number(broker, "txretries"));
        Timeouts.WithLabels(label).IncTo(Number(broker, "req_timeouts"));
        Disconnects.WithLabels(label).IncTo(Number(broker, "disconnects"));
    }

    private static double Number(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetDouble() : 0;

    private static Gauge Broker(string name, string help) => Metrics.CreateGauge("event_bus_librdkafka_broker_" + name, help, "broker");

    private static Counter BrokerCounter(string name, string help) =>
        Metrics.CreateCounter("event_bus_librdkafka_broker_" + name, help, "broker");
}
