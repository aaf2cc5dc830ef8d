using System.Text.Json.Serialization;

namespace EventBus.Contracts;

/// <summary>Source-generated JSON of topic administration: snake_case, null where there is nothing.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(CreateTopicRequest))]
[JsonSerializable(typeof(UpdateTopicRequest))]
[JsonSerializable(typeof(IReadOnlyList<TopicSummary>))]
[JsonSerializable(typeof(TopicResponse))]
public sealed partial class TopicJsonContext : JsonSerializerContext;
