using System.Text.Json.Serialization;

namespace EventBus.Contracts;

/// <summary>The answer of <c>GET /stats</c>: the whole deployment's numbers, not one instance's.</summary>
/// <param name="TotalEventsPublished">Records in the log since the first: those that the event store has read and those that it has yet to.</param>
/// <param name="TotalEventsConsumed">Records that the event store has dealt with.</param>
/// <param name="ActiveTopics">Topics that events can be published to.</param>
/// <param name="ActiveSubscriptions">Active subscriptions.</param>
/// <param name="AverageProcessingTime">Seconds that a worker takes for a record, over the last five minutes.</param>
/// <param name="ErrorRate">Failed events to all, 0 to 1, over the last five minutes.</param>
/// <param name="ThroughputPerSecond">Events published per second, over the last five minutes.</param>
public sealed record StatisticsResponse(
    long TotalEventsPublished, long TotalEventsConsumed, int ActiveTopics, int ActiveSubscriptions, double AverageProcessingTime, double ErrorRate,
    double ThroughputPerSecond);

/// <summary>Source-generated JSON of what is read.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StatisticsResponse))]
public sealed partial class ReadJsonContext : JsonSerializerContext;
