namespace EventBus.Core.Idempotency;

/// <summary>
/// Remembers for a while which requests were done and what they were answered, so that a repeated one is answered and not done again.
/// </summary>
public interface IIdempotencyWindow
{
    /// <summary>Claims <paramref name="key"/> for the caller, unless it was claimed or done before.</summary>
    /// <param name="key">The request's name.</param>
    /// <param name="fingerprint">What it asks for.</param>
    /// <param name="cancellation">Ends the wait; a claim made meanwhile lapses by itself.</param>
    ValueTask<IdempotencyClaim> BeginAsync(IdempotencyKey key, RequestFingerprint fingerprint, CancellationToken cancellation);

    /// <summary>Keeps the answer of a request begun before. An answer to a key that is not in flight is ignored: the first one stands.</summary>
    ValueTask CompleteAsync(IdempotencyKey key, IdempotentAnswer answer);

    /// <summary>Frees a key begun before, because the request was refused or its outcome is not known: neither uses up a key.</summary>
    ValueTask AbandonAsync(IdempotencyKey key);
}
