namespace EventBus.Core.Idempotency;

/// <summary>What a request was answered, kept to be said again.</summary>
public abstract record IdempotentAnswer
{
    /// <summary>About how many bytes keeping this takes, in memory.</summary>
    public abstract int Size { get; }
}

/// <summary>
/// The answer to one published event: what of it the request itself does not say. Its id is in the key, its topic in the fingerprint.
/// </summary>
/// <param name="Partition">Its partition.</param>
/// <param name="Offset">Its offset; null where Kafka's client inferred the success and does not know it.</param>
public sealed record PublishedAnswer(int Partition, long? Offset) : IdempotentAnswer
{
    /// <inheritdoc />
    public override int Size => 40;
}

/// <summary>The answer to a batch: its status and body as they were sent.</summary>
/// <param name="StatusCode">The HTTP status.</param>
/// <param name="Body">The body; the window keeps the reference, so it must never change.</param>
public sealed record BodyAnswer(int StatusCode, ReadOnlyMemory<byte> Body) : IdempotentAnswer
{
    /// <inheritdoc />
    public override int Size => 64 + Body.Length;
}
