namespace EventBus.Core.Idempotency;

/// <summary>One instance's claim of a key, as it stands in the store that all instances share.</summary>
/// <param name="Key">The request's name.</param>
/// <param name="Fingerprint">What it asks for.</param>
/// <param name="Token">
/// Never used twice, in any instance: a settlement that comes late, when the claim has lapsed and somebody else holds the key, must not
/// touch what is theirs.
/// </param>
public readonly record struct SharedClaim(IdempotencyKey Key, RequestFingerprint Fingerprint, UInt128 Token);

/// <summary>
/// Where instances share their claims and answers. Every operation is atomic and concerns one key; each may fail or take its time, which is
/// <see cref="SharedIdempotencyWindow"/>'s concern.
/// </summary>
public interface ISharedIdempotencyStore
{
    /// <summary>
    /// Claims the key unless it is claimed or done. The claim lapses by itself a while after the longest that a request may take, so that
    /// the key of an instance that died can be used again.
    /// </summary>
    /// <returns>Never <see cref="IdempotencyOutcome.Full"/>.</returns>
    ValueTask<IdempotencyClaim> ClaimAsync(SharedClaim claim);

    /// <summary>Keeps the answer for the window's time, where the key is free or the claim stands; what somebody else put there stays.</summary>
    ValueTask KeepAsync(SharedClaim claim, IdempotentAnswer answer);

    /// <summary>Frees the key, if the claim still stands.</summary>
    ValueTask ReleaseAsync(SharedClaim claim);
}
