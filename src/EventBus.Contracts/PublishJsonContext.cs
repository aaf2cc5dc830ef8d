using System.Text.Json.Serialization;

namespace EventBus.Contracts;

/// <summary>Source-generated JSON of the publishing surface: snake_case, nothing written for what is absent.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PublishEventRequest))]
[JsonSerializable(typeof(PublishGameEventRequest))]
[JsonSerializable(typeof(PublishResponse))]
[JsonSerializable(typeof(HealthResponse))]
[JsonSerializable(typeof(Problem))]
public sealed partial class PublishJsonContext : JsonSerializerContext;
