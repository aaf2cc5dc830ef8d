using System.Text.Encodings.Web;
using System.Text.Json;
using EventBus.Gateway.Events;
using EventBus.Gateway.Publishing;
using EventBus.Postgres.Queries;

namespace EventBus.Gateway.Status;

/// <summary><c>GET /events/{eventId}/status</c>: how far an event has come.</summary>
internal sealed class StatusEndpoint(StatusResolver statuses)
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public async Task GetAsync(HttpContext context, CancellationToken cancellation)
    {
        if (!EventEndpoint.TryReadId(context, out var eventId, out var source, out var refusal))
        {
            await context.RefuseAsync(refusal);
            return;
        }

        (var found, refusal) = await statuses.ResolveAsync(eventId, source, cancellation);
        if (refusal.IsRefused)
        {
            await context.RefuseAsync(refusal);
            return;
        }

        context.Response.ContentType = ContentTypes.Json;
        context.Response.Headers.CacheControl = "no-store";
        using var json = new Utf8JsonWriter(context.Response.BodyWriter, Relaxed);
        Write(json, eventId, found);
        json.Flush();
        await context.Response.BodyWriter.FlushAsync(cancellation);
    }

    private static void Write(Utf8JsonWriter json, string eventId, in FoundStatus found)
    {
        json.WriteStartObject();
        json.WriteString("event_id"u8, eventId);
        json.WriteString("status"u8, WordOf(found));
        if (found.Stored is { } stored)
        {
            json.WriteString("topic"u8, stored.Topic);
            Number(json, "partition"u8, stored.Partition);
            Number(json, "offset"u8, stored.Offset);
            json.WriteNumber("retry_count"u8, Math.Max(stored.RetryCount, stored.Deliveries.Select(d => d.AttemptNumber - 1).DefaultIfEmpty().Max()));
            EventWriter.WriteTime(json, "timestamp"u8, stored.Timestamp);
            EventWriter.WriteTime(json, "processed_at"u8, stored.StoredAt);
        }
        else
        {
            var recent = found.Recent!.Value;
            if (recent.Topic is { } topic)
                json.WriteString("topic"u8, topic.Name);
            var isPlaced = recent.State == RecentState.Published;
            Number(json, "partition"u8, isPlaced ? recent.Partition : null);
            Number(json, "offset"u8, isPlaced && recent.Offset >= 0 ? recent.Offset : null);
            json.WriteNumber("retry_count"u8, 0);
            json.WriteNull("timestamp"u8);
            json.WriteNull("processed_at"u8);
        }

        WriteDeliveries(json, found.Stored?.Deliveries ?? []);
        json.WriteEndObject();
    }

    /// <summary>Computed from what there is, never stored as a word.</summary>
    private static string WordOf(in FoundStatus found)
    {
        if (found.Stored is { } stored)
            return WordOf(stored.Deliveries);
        if (found.IsDeadLettered)
            return "dead_lettered";
        return found.Recent!.Value.State switch
        {
            RecentState.Pending => "pending",
            RecentState.Failed => "failed",
            _ => "published",
        };
    }

    private static string WordOf(IReadOnlyList<StoredDelivery> deliveries)
    {
        // Each subscription's last attempt decides for it.
        var ends = deliveries.GroupBy(d => d.SubscriptionId).Select(attempts => attempts.MaxBy(d => d.AttemptNumber)!).ToList();
        if (ends.Exists(d => d.Status != "delivered" && !d.IsLastAttempt))
            return "processing";
        return ends.Exists(d => d.Status != "delivered") ? "dead_lettered" : "completed";
    }

    private static void WriteDeliveries(Utf8JsonWriter json, IReadOnlyList<StoredDelivery> deliveries)
    {
        json.WriteStartArray("deliveries"u8);
        foreach (var delivery in deliveries)
        {
            json.WriteStartObject();
            json.WriteString("subscription_id"u8, delivery.SubscriptionId);
            json.WriteNumber("attempt_number"u8, delivery.AttemptNumber);
            json.WriteString("status"u8, delivery.Status);
            json.WriteString("method"u8, delivery.Method);
            Number(json, "status_code"u8, delivery.StatusCode);
            json.WriteString("error_message"u8, delivery.ErrorMessage);
            if (delivery.DurationMs is { } duration)
                json.WriteNumber("duration_ms"u8, duration);
            else
                json.WriteNull("duration_ms"u8);
            EventWriter.WriteTime(json, "delivered_at"u8, delivery.DeliveredAt);
            if (delivery.NextRetryAt is { } next)
                EventWriter.WriteTime(json, "next_retry_at"u8, next);
            else
                json.WriteNull("next_retry_at"u8);
            json.WriteBoolean("is_last_attempt"u8, delivery.IsLastAttempt);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Number(Utf8JsonWriter json, ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }
}
