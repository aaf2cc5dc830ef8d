using EventBus.Hosting.Settings;

namespace EventBus.Gateway.Settings;

/// <summary>Limits of publishing.</summary>
public sealed record PublishSettings
{
    /// <summary><c>EVENT_BUS_DOMAINS</c>: the first segments that event types and topics may have.</summary>
    public required IReadOnlyList<string> Domains { get; init; }

    /// <summary><c>EVENT_BUS_EVENT_BUFFER_SIZE</c>: events in flight, rounded up to a power of two.</summary>
    public required int BufferSize { get; init; }

    /// <summary><c>EVENT_BUS_EVENT_BUFFER_BYTES</c>: bytes that the events in flight may hold together.</summary>
    public required long BufferBytes { get; init; }

    /// <summary><c>EVENT_BUS_PUBLISH_RATE_LIMIT</c>: events per second and client; null is off.</summary>
    public int? RateLimit { get; init; }

    /// <summary><c>EVENT_BUS_IDEMPOTENCY_WINDOW</c>.</summary>
    public required TimeSpan IdempotencyWindow { get; init; }

    /// <summary><c>EVENT_BUS_IDEMPOTENCY_ENTRIES</c>: keys remembered at most.</summary>
    public required int IdempotencyEntries { get; init; }

    /// <summary><c>EVENT_BUS_DEAD_LETTER_TOPIC</c>: never published to by clients.</summary>
    public required string DeadLetterTopic { get; init; }

    /// <summary>Reads them.</summary>
    /// <exception cref="SettingsException">A value is not taken.</exception>
    public static PublishSettings Read(EnvironmentReader environment) => new()
    {
        Domains = environment.Get(SettingsTable.Domains),
        BufferSize = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)environment.Get(SettingsTable.EventBufferSize)),
        BufferBytes = environment.Get(SettingsTable.EventBufferBytes),
        RateLimit = environment.GetValueOrNull(SettingsTable.PublishRateLimit),
        IdempotencyWindow = environment.Get(SettingsTable.IdempotencyWindow),
        DeadLetterTopic = environment.Get(SettingsTable.DeadLetterTopic),
        IdempotencyEntries = environment.Get(SettingsTable.IdempotencyEntries),
    };
}
