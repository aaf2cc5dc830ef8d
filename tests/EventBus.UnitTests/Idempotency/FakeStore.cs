using EventBus.Core.Idempotency;

namespace EventBus.UnitTests.Idempotency;

/// <summary>A shared store in memory, by the rules of <see cref="ISharedIdempotencyStore"/>, which fails, hangs and forgets at will.</summary>
internal sealed class FakeStore : ISharedIdempotencyStore
{
    private readonly Dictionary<IdempotencyKey, (SharedClaim Claim, bool Done, IdempotentAnswer? Answer)> _entries = [];
    private TaskCompletionSource? _frozen;

    /// <summary>What every operation fails with; null where it works.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Operations that came, in their order.</summary>
    public List<string> Operations { get; } = [];

    /// <summary>How many keys stand in it.</summary>
    public int Count => _entries.Count;

    /// <summary>From now on operations take effect, and their callers hear nothing until <see cref="Thaw"/>.</summary>
    public void Freeze() => _frozen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Thaw()
    {
        _frozen?.SetResult();
        _frozen = null;
    }

    public void Flush() => _entries.Clear();

    public async ValueTask<IdempotencyClaim> ClaimAsync(SharedClaim claim)
    {
        Enter("claim");
        var outcome = IdempotencyOutcome.Started;
        IdempotentAnswer? answer = null;
        lock (_entries)
        {
            if (!_entries.TryGetValue(claim.Key, out var entry))
                _entries.Add(claim.Key, (claim, false, null));
            else if (entry.Claim.Fingerprint != claim.Fingerprint)
                outcome = IdempotencyOutcome.Mismatch;
            else
                (outcome, answer) = entry.Done ? (IdempotencyOutcome.Completed, entry.Answer) : (IdempotencyOutcome.InFlight, null);
        }

        await LeaveAsync();
        return new IdempotencyClaim(outcome, answer);
    }

    public async ValueTask KeepAsync(SharedClaim claim, IdempotentAnswer answer)
    {
        Enter("keep");
        lock (_entries)
        {
            if (!_entries.TryGetValue(claim.Key, out var entry) || (entry.Claim == claim && !entry.Done))
                _entries[claim.Key] = (claim, true, answer);
        }

        await LeaveAsync();
    }

    public async ValueTask ReleaseAsync(SharedClaim claim)
    {
        Enter("release");
        lock (_entries)
        {
            if (_entries.TryGetValue(claim.Key, out var entry) && entry.Claim == claim && !entry.Done)
                _entries.Remove(claim.Key);
        }

        await LeaveAsync();
    }

    private void Enter(string operation)
    {
        lock (_entries)
            Operations.Add(operation);
        if (Failure is { } failure)
            throw failure;
    }

    private Task LeaveAsync() => _frozen?.Task ?? Task.CompletedTask;
}
