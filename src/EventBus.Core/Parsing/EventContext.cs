namespace EventBus.Core.Parsing;

/// <summary>What a request says about all of its events.</summary>
public ref struct EventContext
{
    /// <summary>The instant of ingest: ticks of <see cref="DateTime"/> in UTC.</summary>
    public long UtcTicks;

    /// <summary>The request's <c>traceparent</c>, or empty.</summary>
    public ReadOnlySpan<byte> TraceParent;

    /// <summary>The request's <c>tracestate</c>, or empty.</summary>
    public ReadOnlySpan<byte> TraceState;

    /// <summary>The request's <c>Idempotency-Key</c>, or empty: ids are then made from it.</summary>
    public ReadOnlySpan<byte> IdempotencyKey;

    /// <summary>The topic that the request names for its CloudEvents, or empty.</summary>
    public ReadOnlySpan<byte> Topic;

    /// <summary>The event's place in the request.</summary>
    public int Index;
}
