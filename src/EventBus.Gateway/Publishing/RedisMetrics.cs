using EventBus.Core.Idempotency;
using Prometheus;

namespace EventBus.Gateway.Publishing;

/// <summary>The metrics of the shared idempotency window. Only requests with a key of the client's own come here.</summary>
internal static class RedisMetrics
{
    private static readonly Summary Duration = Metrics.CreateSummary(
        "event_bus_redis_operation_duration_seconds",
        "What claims, answers kept and keys freed take, and the probes; those that timed out too.",
        ["operation"],
        new SummaryConfiguration
        {
            Objectives = [new(0.5, 0.01), new(0.95, 0.005), new(0.99, 0.001)],
            MaxAge = TimeSpan.FromMinutes(1),
        });

    private static readonly Counter Fallbacks = Metrics.CreateCounter(
        "event_bus_idempotency_fallbacks_total", "Requests with a key that this instance decided alone, because Redis was away.");

    private static readonly Gauge Backlog = Metrics.CreateGauge(
        "event_bus_idempotency_backlog", "Outcomes that Redis is to be told once it is back.");

    /// <summary>Has the window observed, and its numbers copied at every scrape.</summary>
    public static void Register(SharedIdempotencyWindow window)
    {
        var (claim, keep, release, probe) = (Child("claim"), Child("keep"), Child("release"), Child("probe"));
        window.OnOperation = (operation, seconds) => (operation switch
        {
            "claim" => claim,
            "keep" => keep,
            "release" => release,
            _ => probe,
        }).Observe(seconds);
        Metrics.DefaultRegistry.AddBeforeCollectCallback(() =>
        {
            Fallbacks.IncTo(window.Fallbacks);
            Backlog.Set(window.Backlog);
            PublishMetrics.CopyCircuit("redis", window.Circuit);
        });
    }

    private static Summary.Child Child(string operation) => Duration.WithLabels(operation);
}
