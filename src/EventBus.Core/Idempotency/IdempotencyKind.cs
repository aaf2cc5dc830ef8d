namespace EventBus.Core.Idempotency;

/// <summary>What a client used to name a request that it may repeat. Persisted in shared windows: never renumber.</summary>
public enum IdempotencyKind : byte
{
    /// <summary>The <c>Idempotency-Key</c> header.</summary>
    Header = 1,

    /// <summary>The event's own <c>event_id</c> or CloudEvents <c>id</c>, unique per source.</summary>
    EventId = 2,
}
