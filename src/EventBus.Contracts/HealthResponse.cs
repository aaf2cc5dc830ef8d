namespace EventBus.Contracts;

/// <summary>The answer of <c>GET /health</c>.</summary>
/// <param name="Status"><c>healthy</c>, <c>degraded</c> (200) or <c>unhealthy</c> (503).</param>
/// <param name="Domain">Always <c>event-bus-service</c>.</param>
/// <param name="Timestamp">Now, in UTC: written as RFC 3339 with <c>Z</c>.</param>
/// <param name="Version">The binary's version.</param>
/// <param name="KafkaConnected">Whether Kafka answered the last time it was asked, at most two seconds ago.</param>
/// <param name="TopicsActive">Topics that events can be published to.</param>
/// <param name="SubscribersActive">Active subscriptions.</param>
/// <param name="Detail">What is wrong, in words for an operator; absent where nothing is.</param>
public sealed record HealthResponse(
    string Status, string Domain, DateTime Timestamp, string Version, bool KafkaConnected, int TopicsActive, int SubscribersActive,
    string? Detail = null);
