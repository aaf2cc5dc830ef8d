namespace EventBus.Core.Idempotency;

/// <summary>What a window in this process may hold.</summary>
public sealed record IdempotencyLimits
{
    /// <summary>The most keys, done and in flight. Each takes about 100 bytes beside its answer.</summary>
    public int Keys { get; init; } = 100_000;

    /// <summary>The most bytes of answers, as <see cref="IdempotentAnswer.Size"/> counts them.</summary>
    public long AnswerBytes { get; init; } = 32L * 1024 * 1024;

    /// <summary>How long an answer is kept, unless the room is needed.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromHours(24);

    /// <summary>The largest answer that is kept: a quarter of all, so that one huge batch does not push out everyone else's.</summary>
    public long LargestAnswerBytes => AnswerBytes / 4;
}
