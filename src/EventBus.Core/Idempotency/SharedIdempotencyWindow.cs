using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Threading.Channels;
using EventBus.Core.Resilience;

namespace EventBus.Core.Idempotency;

/// <summary>
/// The window of all instances: a shared store, and in front of it the instance's own window, which decides alone while the store is away.
/// No request fails for the store's sake, and none waits for it longer than <see cref="Timeout"/> per operation.
/// </summary>
/// <remarks>
/// <para>
/// Every claim is made in the instance's own window first and is asked of the store only if it was granted there. So this instance never
/// contradicts itself, whatever the store forgets or however often it comes and goes, and a key has at most one claim of this instance.
/// </para>
/// <para>
/// The first failure or timeout opens the circuit. From then on only the prober, in the background, speaks with the store. What was settled
/// meanwhile waits in a bounded backlog and is told to the store before the circuit closes: the other instances then know the keys of that
/// time too, except what the bound or this instance's death cost. What nothing can make good: two instances that take the same key at the
/// same time while the store is away from either of them both carry it out. Both events then have the same id.
/// </para>
/// </remarks>
public sealed class SharedIdempotencyWindow : IIdempotencyWindow, IAsyncDisposable
{
    /// <summary>The longest wait for one operation of the store.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(250);

    /// <summary>How often the store is tried, away or not.</summary>
    public static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>The most settlements that wait for the store, each of about 150 bytes; the oldest go first.</summary>
    public const int MaxBacklog = 10_000;

    private const int DrainedAtOnce = 64;

    private readonly ISharedIdempotencyStore _store;
    private readonly InProcessIdempotencyWindow _own;
    private readonly CircuitBreaker _circuit;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<IdempotencyKey, Held> _held = new();
    private readonly Channel<Settlement> _backlog = Channel.CreateBounded<Settlement>(
        new BoundedChannelOptions(MaxBacklog) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly ulong _instance = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong)));
    private Task _probing = Task.CompletedTask;
    private volatile bool _isTried;
    private ulong _lastToken;
    private long _fallbacks;

    /// <summary>A window over <paramref name="store"/>, which is not asked before <see cref="Start"/>.</summary>
    /// <param name="store">What the instances share.</param>
    /// <param name="own">This instance's own window; nobody else may use it.</param>
    /// <param name="circuit">Whether the store is away.</param>
    /// <param name="time">The clock of timeouts and probes.</param>
    public SharedIdempotencyWindow(ISharedIdempotencyStore store, InProcessIdempotencyWindow own, CircuitBreaker circuit, TimeProvider time)
    {
        _store = store;
        _own = own;
        _circuit = circuit;
        _time = time;
    }

    /// <summary>False until the store was tried once: then it is known whether it is away.</summary>
    public bool IsTried => _isTried;

    /// <summary>Whether the store is away, and why.</summary>
    public CircuitBreaker Circuit => _circuit;

    /// <summary>How many claims this instance decided alone.</summary>
    public long Fallbacks => Interlocked.Read(ref _fallbacks);

    /// <summary>Settlements that the store is still to be told.</summary>
    public int Backlog => _backlog.Reader.Count;

    /// <summary>Called with each operation's name (<c>claim</c>, <c>keep</c>, <c>release</c>, <c>probe</c>) and seconds, also of one that failed.</summary>
    public Action<string, double>? OnOperation { get; set; }

    /// <summary>Starts to try the store in the background; nobody waits for it.</summary>
    public void Start() => _probing = Task.Run(ProbeAsync);

    /// <inheritdoc />
    public async ValueTask<IdempotencyClaim> BeginAsync(IdempotencyKey key, RequestFingerprint fingerprint, CancellationToken cancellation)
    {
        var own = await _own.BeginAsync(key, fingerprint, cancellation);
        if (own.Outcome != IdempotencyOutcome.Started)
            return own;

        var claim = new SharedClaim(key, fingerprint, NextToken());
        var isAsked = _isTried && !_circuit.IsOpen;
        _held[key] = new Held(claim, isAsked);
        if (isAsked && await TryAskAsync(claim) is { } theirs)
        {
            if (theirs.Outcome != IdempotencyOutcome.Started)
                await YieldAsync(key, theirs.Answer);
            return theirs;
        }

        Interlocked.Increment(ref _fallbacks);
        return own;
    }

    /// <inheritdoc />
    public async ValueTask CompleteAsync(IdempotencyKey key, IdempotentAnswer answer)
    {
        if (!_held.TryRemove(key, out var held))
            return;
        await _own.CompleteAsync(key, answer);
        await SettleAsync(new Settlement(held.Claim, answer));
    }

    /// <inheritdoc />
    public async ValueTask AbandonAsync(IdempotencyKey key)
    {
        if (!_held.TryRemove(key, out var held))
            return;
        // Free in the store first: who is let in by this instance would else find its own old claim there.
        if (held.IsAsked)
            await SettleAsync(new Settlement(held.Claim, null));
        await _own.AbandonAsync(key);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _probing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private UInt128 NextToken() => new(_instance, Interlocked.Increment(ref _lastToken));

    /// <summary>The store's word; null where it has none, and the circuit is open from then on.</summary>
    private async ValueTask<IdempotencyClaim?> TryAskAsync(SharedClaim claim)
    {
        try
        {
            return await TimedAsync("claim", _store.ClaimAsync(claim).AsTask());
        }
#pragma warning disable CA1031 // Whatever the store's client throws, the request goes on without it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _circuit.Trip(Reason(e));
            return null;
        }
    }

    /// <summary>Somebody else has the key: this instance's claim makes room, for the answer where there is one.</summary>
    private ValueTask YieldAsync(IdempotencyKey key, IdempotentAnswer? answer)
    {
        _held.TryRemove(key, out _);
        return answer is null ? _own.AbandonAsync(key) : _own.CompleteAsync(key, answer);
    }

    private async ValueTask SettleAsync(Settlement settlement)
    {
        if (!_circuit.IsOpen && _isTried)
        {
            try
            {
                await TellAsync(settlement);
                return;
            }
#pragma warning disable CA1031 // As above.
            catch (Exception e)
#pragma warning restore CA1031
            {
                _circuit.Trip(Reason(e));
            }
        }

        _backlog.Writer.TryWrite(settlement);
    }

    private Task TellAsync(Settlement settlement) => settlement.Answer is { } answer
        ? TimedAsync("keep", _store.KeepAsync(settlement.Claim, answer).AsTask())
        : TimedAsync("release", _store.ReleaseAsync(settlement.Claim).AsTask());

    private async Task TimedAsync(string operation, Task task)
    {
        var began = _time.GetTimestamp();
        try
        {
            await task.WaitAsync(Timeout, _time);
        }
        finally
        {
            OnOperation?.Invoke(operation, _time.GetElapsedTime(began).TotalSeconds);
        }
    }

    private async Task<T> TimedAsync<T>(string operation, Task<T> task)
    {
        await TimedAsync(operation, (Task)task);
        return await task;
    }

    private async Task ProbeAsync()
    {
        using var timer = new PeriodicTimer(ProbeInterval, _time);
        do
        {
            try
            {
                await TryStoreAsync();
                _circuit.Close();
            }
#pragma warning disable CA1031 // As above.
            catch (Exception e)
#pragma warning restore CA1031
            {
                _circuit.Trip(Reason(e));
            }

            _isTried = true;
        }
        while (await timer.WaitForNextTickAsync(_stop.Token));
    }

    /// <summary>
    /// Does what requests do, on a key of its own: a store that answers but refuses to write (full, a replica, without scripts) is away
    /// too. Then tells it what it missed.
    /// </summary>
    private async Task TryStoreAsync()
    {
        var token = NextToken();
        var claim = new SharedClaim(new IdempotencyKey(token), default, token);
        await TimedAsync("probe", ClaimAndReleaseAsync(claim));
        for (var missed = _backlog.Reader.Count; missed > 0; missed -= DrainedAtOnce)
            await DrainAsync();
    }

    private async Task ClaimAndReleaseAsync(SharedClaim claim)
    {
        await _store.ClaimAsync(claim);
        await _store.ReleaseAsync(claim);
    }

    private async Task DrainAsync()
    {
        var batch = new List<Settlement>(DrainedAtOnce);
        while (batch.Count < DrainedAtOnce && _backlog.Reader.TryRead(out var settlement))
            batch.Add(settlement);
        try
        {
            await Task.WhenAll(batch.Select(TellAsync));
        }
        catch
        {
            // Again next time; to be told twice changes nothing.
            batch.ForEach(settlement => _backlog.Writer.TryWrite(settlement));
            throw;
        }
    }

    private static string Reason(Exception exception) =>
        exception is TimeoutException ? $"no answer within {Timeout.TotalMilliseconds} ms" : exception.Message.Split('\n')[0];

    /// <summary>A claim of this instance.</summary>
    /// <param name="Claim">The claim.</param>
    /// <param name="IsAsked">Whether the store was asked for it: it may stand there, whatever the store was heard to say.</param>
    private readonly record struct Held(SharedClaim Claim, bool IsAsked);

    /// <summary>The end of a claim: its answer, or null where the key is free again.</summary>
    private readonly record struct Settlement(SharedClaim Claim, IdempotentAnswer? Answer);
}
