using System.Text.Json;
using EventBus.Core.Buffering;
using EventBus.Core.Publishing;
using EventBus.Core.Resilience;
using EventBus.Core.Topics;
using EventBus.Hosting.Diagnostics;
using EventBus.Hosting.Health;
using EventBus.Kafka.Producing;

namespace EventBus.Gateway.Publishing;

/// <summary>What publishing adds to health and to the diagnostics.</summary>
internal sealed class PublishHealth(
    HealthState health, DiagnosticsSections diagnostics, CircuitBreaker circuit, ITopicRegistry topics, Admission admission, EventRing ring,
    PublishLedger ledger, KafkaProducer producer)
{
    public void Register()
    {
        health.Numbers = () => new HealthNumbers(!circuit.IsOpen, topics.Current.Topics.Count, SubscribersActive: 0);
        health.AddCheck("kafka", () => circuit.State is { IsOpen: true } state
            ? new HealthResult(HealthStatus.Unhealthy, state.Reason)
            : HealthResult.Healthy);
        diagnostics.Add("publishing", Write);
        diagnostics.Add("producer", WriteStatistics);
    }

    private void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("events_in_flight", admission.Events);
        json.WriteNumber("events_in_flight_max", admission.MaxEvents);
        json.WriteNumber("bytes_in_flight", admission.Bytes);
        json.WriteNumber("bytes_in_flight_max", admission.MaxBytes);
        json.WriteNumber("ring_bytes", ring.UsedBytes);
        json.WriteNumber("ring_capacity", ring.Capacity);
        json.WriteNumber("batches", ledger.Batches);
        json.WriteNumber("events_per_second", Math.Round(producer.Rate));
        json.WriteNumber("hand_overs", producer.HandOvers);
        json.WriteNumber("delivered", producer.Delivered);
        json.WriteNumber("failed", producer.Failed);
        json.WriteNumber("rebuilds", producer.Rebuilds);
    }

    private void WriteStatistics(Utf8JsonWriter json)
    {
        var statistics = producer.Statistics;
        if (statistics.IsEmpty)
            return;
        json.WritePropertyName("librdkafka");
        json.WriteRawValue(statistics.Span, skipInputValidation: true);
    }
}
