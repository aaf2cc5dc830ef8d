namespace EventBus.Core.Idempotency;

/// <summary>What became of an attempt to begin a request under a key.</summary>
public enum IdempotencyOutcome
{
    /// <summary>Nobody did this yet: the caller does it, and then must complete or abandon the key.</summary>
    Started,

    /// <summary>It was done; the caller repeats the answer.</summary>
    Completed,

    /// <summary>It is being done by someone else.</summary>
    InFlight,

    /// <summary>The key stands for a request with another body.</summary>
    Mismatch,

    /// <summary>The window is full of requests in flight, none of which may be forgotten: the caller refuses, to be tried again.</summary>
    Full,
}

/// <summary>The result of <see cref="IIdempotencyWindow.BeginAsync"/>.</summary>
/// <param name="Outcome">What the caller is to do.</param>
/// <param name="Answer">
/// With <see cref="IdempotencyOutcome.Completed"/> what was answered, or null where that was too large to keep: the request was done,
/// and doing it again would double it, but what it was answered is no longer known. Null with every other outcome.
/// </param>
public readonly record struct IdempotencyClaim(IdempotencyOutcome Outcome, IdempotentAnswer? Answer);
