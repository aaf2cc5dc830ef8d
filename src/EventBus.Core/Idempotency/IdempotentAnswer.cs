namespace EventBus.Core.Idempotency;

/// <summary>What a request was answered, kept to be said again.</summary>
public abstract record IdempotentAnswer
{
    /// <summary>About how many bytes keeping this takes, in memory.</summary>
    public abstract int Size { get; }
}

/// <summary>The answer to one published event.</summary>
/// <param name="EventId">The event's id.</param>
/// <param name="Topic">Its topic: the registry's own string, shared by all answers.</param>
/// <param name="Partition">Its partition.</param>
/// <param name="Offset">Its offset; null where Kafka's client inferred the success and does not know it.</param>
public sealed record PublishedAnswer(string EventId, string Topic, int Partition, long? Offset) : IdempotentAnswer
{
    /// <inheritdoc />
    public override int Size => 80 + (2 * EventId.Length);
}

/// <summary>The answer to a batch: its status and body as they were sent.</summary>
/// <param name="StatusCode">The HTTP status.</param>
/// <param name="Body">The body; the window keeps the reference, so it must never change.</param>
public sealed record BodyAnswer(int StatusCode, ReadOnlyMemory<byte> Body) : IdempotentAnswer
{
    /// <inheritdoc />
    public override int Size => 64 + Body.Length;
}
