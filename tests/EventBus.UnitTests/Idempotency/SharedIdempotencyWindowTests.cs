using EventBus.Core.Idempotency;
using EventBus.Core.Resilience;
using Microsoft.Extensions.Time.Testing;

namespace EventBus.UnitTests.Idempotency;

public sealed class InProcessIdempotencyWindowContractTests : IdempotencyWindowContract
{
    protected override IIdempotencyWindow Window { get; } = new InProcessIdempotencyWindow(TimeProvider.System, new IdempotencyLimits());
}

public sealed class SharedIdempotencyWindowContractTests : IdempotencyWindowContract, IAsyncLifetime
{
    private readonly SharedIdempotencyWindow _window = new(
        new FakeStore(), new InProcessIdempotencyWindow(TimeProvider.System, new IdempotencyLimits()), new CircuitBreaker(TimeProvider.System), TimeProvider.System);

    protected override IIdempotencyWindow Window => _window;

    public Task InitializeAsync() => SharedIdempotencyWindowTests.StartAsync(_window);

    public Task DisposeAsync() => _window.DisposeAsync().AsTask();
}

/// <summary>Two instances over one store that fails, hangs, forgets and comes back.</summary>
public sealed class SharedIdempotencyWindowTests : IAsyncLifetime
{
    private static readonly RequestFingerprint Body = new(1);
    private static readonly IdempotencyKey Key = new(7);
    private static readonly PublishedAnswer Answer = new(1, 42);

    private readonly FakeTimeProvider _time = new();
    private readonly FakeStore _store = new();
    private readonly SharedIdempotencyWindow _here;
    private readonly SharedIdempotencyWindow _there;

    public SharedIdempotencyWindowTests() => (_here, _there) = (NewWindow(), NewWindow());

    public async Task InitializeAsync()
    {
        await StartAsync(_here);
        await StartAsync(_there);
        _store.Operations.Clear();
    }

    public async Task DisposeAsync()
    {
        _store.Thaw();
        await _here.DisposeAsync();
        await _there.DisposeAsync();
    }

    [Fact]
    public async Task Begin_BeforeTheFirstProbe_DecidesAloneAndTellsLater()
    {
        await using var fresh = NewWindow();

        Assert.Equal(IdempotencyOutcome.Started, await OutcomeAsync(fresh));
        await fresh.CompleteAsync(Key, Answer);
        Assert.Equal((1, 1, 0), (fresh.Fallbacks, fresh.Backlog, _store.Count));

        await StartAsync(fresh);
        Assert.Equal(Answer, (await _there.BeginAsync(Key, Body, default)).Answer);
    }

    [Fact]
    public async Task Begin_InFlightThere_InFlightHereAndThenTheAnswer()
    {
        Assert.Equal(IdempotencyOutcome.Started, await OutcomeAsync(_there));
        Assert.Equal(IdempotencyOutcome.InFlight, await OutcomeAsync(_here));
        await _there.CompleteAsync(Key, Answer);

        Assert.Equal(Answer, (await _here.BeginAsync(Key, Body, default)).Answer);
    }

    [Fact]
    public async Task Begin_AnsweredThere_IsRememberedHereWhenTheStoreForgets()
    {
        await OutcomeAsync(_there);
        await _there.CompleteAsync(Key, Answer);
        await OutcomeAsync(_here);
        _store.Flush();

        Assert.Equal(Answer, (await _here.BeginAsync(Key, Body, default)).Answer);
    }

    [Fact]
    public async Task Begin_MismatchThere_LeavesNothingBehindHere()
    {
        await OutcomeAsync(_there);
        Assert.Equal(IdempotencyOutcome.Mismatch, (await _here.BeginAsync(Key, new RequestFingerprint(2), default)).Outcome);
        await _there.AbandonAsync(Key);

        Assert.Equal(IdempotencyOutcome.Started, (await _here.BeginAsync(Key, new RequestFingerprint(2), default)).Outcome);
    }

    [Fact]
    public async Task Begin_StoreFails_StartedAndNobodyAsksAgain()
    {
        _store.Failure = new InvalidOperationException("OOM command not allowed\nand more");

        Assert.Equal(IdempotencyOutcome.Started, await OutcomeAsync(_here));
        Assert.Equal(IdempotencyOutcome.InFlight, await OutcomeAsync(_here));
        Assert.Equal(IdempotencyOutcome.Started, (await _here.BeginAsync(new IdempotencyKey(8), Body, default)).Outcome);

        Assert.Equal(["claim"], _store.Operations);
        Assert.Equal("OOM command not allowed", _here.Circuit.State.Reason);
        Assert.Equal(2, _here.Fallbacks);
    }

    [Fact]
    public async Task Begin_StoreHangs_StartedAfterTheTimeoutAndThenAtOnce()
    {
        _store.Freeze();
        var begun = _here.BeginAsync(Key, Body, default).AsTask();
        Assert.False(begun.IsCompleted);
        _time.Advance(SharedIdempotencyWindow.Timeout);

        Assert.Equal(IdempotencyOutcome.Started, (await begun).Outcome);
        var next = _here.BeginAsync(new IdempotencyKey(8), Body, default);
        Assert.True(next.IsCompletedSuccessfully);
        Assert.Equal("no answer within 250 ms", _here.Circuit.State.Reason);
    }

    [Fact]
    public async Task Complete_StoreAway_IsToldOnceItIsBack()
    {
        _store.Failure = new InvalidOperationException("away");
        await OutcomeAsync(_here);
        await _here.CompleteAsync(Key, Answer);
        Assert.Equal(1, _here.Backlog);
        _store.Failure = null;
        await UntilClosedAsync(_here);

        Assert.Equal(0, _here.Backlog);
        Assert.Equal(Answer, (await _there.BeginAsync(Key, Body, default)).Answer);
    }

    [Fact]
    public async Task Abandon_ClaimOfWhichNothingWasHeard_IsFreedOnceTheStoreIsBack()
    {
        _store.Freeze();
        var begun = _here.BeginAsync(Key, Body, default).AsTask();
        _time.Advance(SharedIdempotencyWindow.Timeout);
        await begun;
        await _here.AbandonAsync(Key);
        _store.Thaw();
        Assert.Equal(IdempotencyOutcome.InFlight, await OutcomeAsync(_there));
        await UntilClosedAsync(_here);

        Assert.Equal(IdempotencyOutcome.Started, await OutcomeAsync(_there));
    }

    [Fact]
    public async Task Complete_StoreForgotTheClaim_KeepsTheAnswerAllTheSame()
    {
        await OutcomeAsync(_here);
        _store.Flush();
        await _here.CompleteAsync(Key, Answer);

        Assert.Equal(Answer, (await _there.BeginAsync(Key, Body, default)).Answer);
    }

    [Fact]
    public async Task Settle_ClaimLapsedAndTakenThere_TheirsStands()
    {
        await OutcomeAsync(_here);
        _store.Flush();
        await OutcomeAsync(_there);
        await _here.CompleteAsync(Key, Answer);
        await _there.CompleteAsync(Key, new PublishedAnswer(2, 43));
        await using var third = NewWindow();
        await StartAsync(third);

        Assert.Equal(new PublishedAnswer(2, 43), (await third.BeginAsync(Key, Body, default)).Answer);
        Assert.Equal(Answer, (await _here.BeginAsync(Key, Body, default)).Answer);
    }

    [Fact]
    public async Task Complete_ManyWhileAway_BacklogIsBounded()
    {
        _store.Failure = new InvalidOperationException("away");
        for (var i = 0; i < SharedIdempotencyWindow.MaxBacklog + 500; i++)
        {
            var key = new IdempotencyKey((UInt128)i);
            await _here.BeginAsync(key, Body, default);
            await _here.CompleteAsync(key, Answer);
        }

        Assert.Equal(SharedIdempotencyWindow.MaxBacklog, _here.Backlog);
        _store.Failure = null;
        await UntilClosedAsync(_here);
        Assert.Equal(SharedIdempotencyWindow.MaxBacklog, _store.Count);
    }

    [Fact]
    public async Task Probe_StoreGoesAwayUnasked_OpensTheCircuit()
    {
        _store.Failure = new InvalidOperationException("gone");
        await UntilAsync(() => _here.Circuit.IsOpen);

        Assert.Equal("gone", _here.Circuit.State.Reason);
    }

    /// <summary>Starts a window and waits until it has tried its store.</summary>
    internal static async Task StartAsync(SharedIdempotencyWindow window)
    {
        window.Start();
        while (!window.IsTried)
            await Task.Delay(1);
    }

    private static async Task<IdempotencyOutcome> OutcomeAsync(SharedIdempotencyWindow window) => (await window.BeginAsync(Key, Body, default)).Outcome;

    private SharedIdempotencyWindow NewWindow() =>
        new(_store, new InProcessIdempotencyWindow(_time, new IdempotencyLimits()), new CircuitBreaker(_time), _time);

    private Task UntilClosedAsync(SharedIdempotencyWindow window) => UntilAsync(() => !window.Circuit.IsOpen);

    /// <summary>Lets the prober's time pass until a condition holds.</summary>
    private async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            _time.Advance(SharedIdempotencyWindow.ProbeInterval / 4);
            await Task.Delay(1);
        }
    }
}
