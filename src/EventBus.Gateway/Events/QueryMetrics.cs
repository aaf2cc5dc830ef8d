using System.Diagnostics;
using Prometheus;

namespace EventBus.Gateway.Events;

/// <summary>How long the gateway's queries take; none of them is on the path of publishing.</summary>
internal static class QueryMetrics
{
    private static readonly Summary Duration = Metrics.CreateSummary(
        "event_bus_database_query_duration_seconds",
        "From the query to its first row.",
        ["operation"],
        new SummaryConfiguration
        {
            Objectives = [new(0.5, 0.01), new(0.95, 0.005), new(0.99, 0.001)],
            MaxAge = TimeSpan.FromMinutes(1),
        });

    /// <summary>Observes a query that began at the <see cref="Stopwatch"/>'s timestamp <paramref name="started"/>.</summary>
    /// <param name="operation">One of the few names in the code.</param>
    /// <param name="started">When it began.</param>
    public static void Observe(string operation, long started) =>
        Duration.WithLabels(operation).Observe(Stopwatch.GetElapsedTime(started).TotalSeconds);
}
