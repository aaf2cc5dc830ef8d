using EventBus.Core.Idempotency;

namespace EventBus.UnitTests.Idempotency;

/// <summary>What every window promises, whether it is this instance's or that of all: the integration tests run the same over Redis.</summary>
public abstract class IdempotencyWindowContract
{
    private static readonly RequestFingerprint Body = new(1);
    private static readonly RequestFingerprint OtherBody = new(2);
    private static int _keys;

    // A store outlives a test: no two tests use the same key.
    private readonly IdempotencyKey _key = new(new UInt128((ulong)Environment.ProcessId, (ulong)Interlocked.Increment(ref _keys)));

    /// <summary>A window that lives as long as the test.</summary>
    protected abstract IIdempotencyWindow Window { get; }

    [SkippableFact]
    public async Task Begin_NewKey_Started() => Assert.Equal(new IdempotencyClaim(IdempotencyOutcome.Started, null), await BeginAsync());

    [SkippableFact]
    public async Task Begin_WhileInFlight_InFlight()
    {
        await BeginAsync();

        Assert.Equal(new IdempotencyClaim(IdempotencyOutcome.InFlight, null), await BeginAsync());
    }

    [SkippableTheory]
    [InlineData(0, 0L)]
    [InlineData(int.MaxValue, long.MaxValue)]
    [InlineData(3, null)]
    public async Task Begin_Completed_RepeatsAnswer(int partition, long? offset)
    {
        var answer = new PublishedAnswer(partition, offset);
        await BeginAsync();
        await Window.CompleteAsync(_key, answer);

        Assert.Equal(new IdempotencyClaim(IdempotencyOutcome.Completed, answer), await BeginAsync());
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(4096)]
    public async Task Begin_CompletedWithBody_RepeatsBody(int length)
    {
        var body = Enumerable.Range(0, length).Select(i => (byte)i).ToArray();
        await BeginAsync();
        await Window.CompleteAsync(_key, new BodyAnswer(207, body));

        var claim = await BeginAsync();

        Assert.Equal(IdempotencyOutcome.Completed, claim.Outcome);
        var answer = Assert.IsType<BodyAnswer>(claim.Answer);
        Assert.Equal(207, answer.StatusCode);
        Assert.Equal(body, answer.Body.ToArray());
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Begin_OtherBody_Mismatch(bool completed)
    {
        await BeginAsync();
        if (completed)
            await Window.CompleteAsync(_key, new PublishedAnswer(1, 7));

        Assert.Equal(new IdempotencyClaim(IdempotencyOutcome.Mismatch, null), await BeginAsync(OtherBody));
    }

    [SkippableFact]
    public async Task Begin_Abandoned_StartsAgainEvenWithOtherBody()
    {
        await BeginAsync();
        await Window.AbandonAsync(_key);

        Assert.Equal(IdempotencyOutcome.Started, (await BeginAsync(OtherBody)).Outcome);
    }

    [SkippableFact]
    public async Task Abandon_Completed_AnswerStands()
    {
        await BeginAsync();
        await Window.CompleteAsync(_key, new PublishedAnswer(1, 7));
        await Window.AbandonAsync(_key);

        Assert.Equal(IdempotencyOutcome.Completed, (await BeginAsync()).Outcome);
    }

    [SkippableFact]
    public async Task Complete_Twice_FirstStands()
    {
        await BeginAsync();
        await Window.CompleteAsync(_key, new PublishedAnswer(1, 7));
        await Window.CompleteAsync(_key, new PublishedAnswer(2, 8));

        Assert.Equal(new PublishedAnswer(1, 7), (await BeginAsync()).Answer);
    }

    [SkippableFact]
    public async Task Complete_NotInFlight_IsIgnored()
    {
        await Window.CompleteAsync(_key, new PublishedAnswer(1, 7));
        await Window.AbandonAsync(_key);

        Assert.Equal(IdempotencyOutcome.Started, (await BeginAsync()).Outcome);
    }

    [SkippableFact]
    public async Task Begin_ManyAtOnce_OneStarted()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => BeginAsync().AsTask())));

        Assert.Single(outcomes, o => o.Outcome == IdempotencyOutcome.Started);
        Assert.Equal(49, outcomes.Count(o => o.Outcome == IdempotencyOutcome.InFlight));
    }

    private ValueTask<IdempotencyClaim> BeginAsync(RequestFingerprint? fingerprint = null) => Window.BeginAsync(_key, fingerprint ?? Body, default);
}
