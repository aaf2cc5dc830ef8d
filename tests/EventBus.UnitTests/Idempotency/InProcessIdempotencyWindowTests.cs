using EventBus.Core.Idempotency;
using Microsoft.Extensions.Time.Testing;

namespace EventBus.UnitTests.Idempotency;

public sealed class InProcessIdempotencyWindowTests
{
    private static readonly RequestFingerprint Body = new(1);
    private static readonly RequestFingerprint OtherBody = new(2);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Begin_NewKey_Started()
    {
        var window = Window();

        Assert.Equal(IdempotencyOutcome.Started, Begin(window, 1).Outcome);
        Assert.Equal(1, window.Count);
    }

    [Fact]
    public void Begin_WhileInFlight_InFlight()
    {
        var window = Window();
        Begin(window, 1);

        Assert.Equal(IdempotencyOutcome.InFlight, Begin(window, 1).Outcome);
    }

    [Fact]
    public void Begin_Completed_RepeatsAnswer()
    {
        var window = Window();
        var answer = Answer(7);
        Begin(window, 1);
        Complete(window, 1, answer);

        var claim = Begin(window, 1);

        Assert.Equal(IdempotencyOutcome.Completed, claim.Outcome);
        Assert.Same(answer, claim.Answer);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Begin_OtherBody_Mismatch(bool completed)
    {
        var window = Window();
        Begin(window, 1);
        if (completed)
            Complete(window, 1, Answer(7));

        var claim = Synchronously.Get(window.BeginAsync(new IdempotencyKey(1), OtherBody, default));

        Assert.Equal(IdempotencyOutcome.Mismatch, claim.Outcome);
        Assert.Null(claim.Answer);
    }

    [Fact]
    public void Begin_Abandoned_StartsAgainEvenWithOtherBody()
    {
        var window = Window();
        Begin(window, 1);
        Synchronously.Done(window.AbandonAsync(new IdempotencyKey(1)));

        Assert.Equal(0, window.Count);
        Assert.Equal(IdempotencyOutcome.Started, Synchronously.Get(window.BeginAsync(new IdempotencyKey(1), OtherBody, default)).Outcome);
    }

    [Fact]
    public void Abandon_Completed_AnswerStands()
    {
        var window = Window();
        Begin(window, 1);
        Complete(window, 1, Answer(7));
        Synchronously.Done(window.AbandonAsync(new IdempotencyKey(1)));

        Assert.Equal(IdempotencyOutcome.Completed, Begin(window, 1).Outcome);
    }

    [Fact]
    public void Complete_Twice_FirstStands()
    {
        var window = Window();
        var first = Answer(1);
        Begin(window, 1);
        Complete(window, 1, first);
        Complete(window, 1, Answer(2));

        Assert.Same(first, Begin(window, 1).Answer);
        Assert.Equal(first.Size, window.AnswerBytes);
    }

    [Fact]
    public void Begin_RetentionOver_Started()
    {
        var window = Window();
        Begin(window, 1);
        Complete(window, 1, Answer(7));

        _time.Advance(TimeSpan.FromHours(24) - TimeSpan.FromTicks(1));
        Assert.Equal(IdempotencyOutcome.Completed, Begin(window, 1).Outcome);

        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(IdempotencyOutcome.Started, Begin(window, 1).Outcome);
        Assert.Equal(0, window.AnswerBytes);
        Assert.Equal(0, window.Evicted);
    }

    [Fact]
    public void Begin_InFlightForDays_StillInFlight()
    {
        var window = Window();
        Begin(window, 1);
        _time.Advance(TimeSpan.FromDays(3));

        Assert.Equal(IdempotencyOutcome.InFlight, Begin(window, 1).Outcome);
    }

    [Fact]
    public void Begin_Full_EvictsOldestCompletedNotInFlight()
    {
        var window = Window(new IdempotencyLimits { Keys = 3 });
        Begin(window, 1);
        Begin(window, 2);
        Begin(window, 3);
        Complete(window, 3, Answer(3));
        Complete(window, 2, Answer(2));

        Assert.Equal(IdempotencyOutcome.Started, Begin(window, 4).Outcome);

        Assert.Equal(IdempotencyOutcome.InFlight, Begin(window, 1).Outcome);
        Assert.Equal(IdempotencyOutcome.Completed, Begin(window, 2).Outcome);
        Assert.Equal(1, window.Evicted);
        Assert.Equal(IdempotencyOutcome.Started, Begin(window, 3).Outcome);
    }

    [Fact]
    public void Begin_FullOfInFlight_FullUntilOneEnds()
    {
        var window = Window(new IdempotencyLimits { Keys = 2 });
        Begin(window, 1);
        Begin(window, 2);

        Assert.Equal(IdempotencyOutcome.Full, Begin(window, 3).Outcome);
        Assert.Equal(IdempotencyOutcome.InFlight, Begin(window, 1).Outcome);

        Synchronously.Done(window.AbandonAsync(new IdempotencyKey(1)));
        Assert.Equal(IdempotencyOutcome.Started, Begin(window, 3).Outcome);
    }

    [Fact]
    public void Complete_AnswersOverLimit_OldestForgotten()
    {
        var window = Window(new IdempotencyLimits { AnswerBytes = 4000 });
        for (int key = 0; key < 6; key++)
        {
            Begin(window, key);
            Complete(window, key, new BodyAnswer(200, new byte[900]));
        }

        Assert.Equal(4 * 964, window.AnswerBytes);
        Assert.Equal(IdempotencyOutcome.Started, Begin(window, 0).Outcome);
        Assert.Equal(IdempotencyOutcome.Started, Begin(window, 1).Outcome);
        Assert.Equal(IdempotencyOutcome.Completed, Begin(window, 2).Outcome);
    }

    [Fact]
    public void Complete_HugeAnswer_CompletedWithoutAnswerAndOthersStay()
    {
        var window = Window(new IdempotencyLimits { AnswerBytes = 4000 });
        Begin(window, 1);
        Complete(window, 1, Answer(1));
        Begin(window, 2);
        Complete(window, 2, new BodyAnswer(200, new byte[1001]));

        Assert.Equal(new IdempotencyClaim(IdempotencyOutcome.Completed, null), Begin(window, 2));
        Assert.NotNull(Begin(window, 1).Answer);
    }

    [Fact]
    public void Begin_ManyMoreThanLimit_MemoryStaysBounded()
    {
        var window = Window(new IdempotencyLimits { Keys = 5000 });
        for (int key = 0; key < 100_000; key++)
        {
            Begin(window, key);
            Complete(window, key, Answer(key));
        }

        Assert.Equal(5000, window.Count);
        Assert.Equal(95_000, window.Evicted);
        for (int key = 95_000; key < 100_000; key++)
            Assert.Equal(IdempotencyOutcome.Completed, Begin(window, key).Outcome);
    }

    [Fact]
    public async Task Begin_ManyThreadsOneKey_OneStarted()
    {
        const int threads = 4;
        var window = Window();
        using var barrier = new Barrier(threads);
        for (int round = 0; round < 500; round++)
        {
            int key = round;
            int started = 0;
            var workers = Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    barrier.SignalAndWait();
                    if (Begin(window, key).Outcome == IdempotencyOutcome.Started)
                        Interlocked.Increment(ref started);
                },
                default,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)).ToArray();
            await Task.WhenAll(workers);

            Assert.Equal(1, started);
        }
    }

    private static IdempotencyClaim Begin(InProcessIdempotencyWindow window, int key) =>
        Synchronously.Get(window.BeginAsync(new IdempotencyKey((UInt128)key), Body, default));

    private static void Complete(InProcessIdempotencyWindow window, int key, IdempotentAnswer answer) =>
        Synchronously.Done(window.CompleteAsync(new IdempotencyKey((UInt128)key), answer));

    private static PublishedAnswer Answer(int offset) => new(1, offset);

    private InProcessIdempotencyWindow Window(IdempotencyLimits? limits = null) => new(_time, limits ?? new IdempotencyLimits());
}
