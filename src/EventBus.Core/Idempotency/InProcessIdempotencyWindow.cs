namespace EventBus.Core.Idempotency;

/// <summary>
/// The window of one instance: bounded in keys, in bytes of answers and in time, whichever is reached first; then the oldest answer is
/// forgotten. Keys in flight are never forgotten: they end with their request, which has a deadline.
/// </summary>
/// <remarks>
/// <para>
/// Every operation takes O(1), expiry being paid for by the insertion. Done entries form a queue in the order of their completion,
/// which is the order of their expiry too, so what is too old is always at its head. A key costs 64 bytes of entry and about 36 of
/// index, plus its answer: at the default limits at most 10 MB of keys and 32 MiB of answers. Arrays grow with use.
/// </para>
/// <para>
/// One lock suffices: it is held for about 100 ns, and only requests with a key of the client's own come here.
/// </para>
/// </remarks>
public sealed class InProcessIdempotencyWindow(TimeProvider time, IdempotencyLimits limits) : IIdempotencyWindow
{
    private const int None = -1;
    private const int InitialEntries = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, int> _index = new(SeededComparer.Instance);
    private Entry[] _entries = new Entry[Math.Min(InitialEntries, limits.Keys)];
    private int _used;
    private int _free = None;
    private int _oldest = None;
    private int _newest = None;
    private long _answerBytes;
    private long _evicted;

    /// <summary>How many keys are held, done and in flight.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _index.Count;
        }
    }

    /// <summary>How many bytes of answers are held.</summary>
    public long AnswerBytes => Interlocked.Read(ref _answerBytes);

    /// <summary>How many answers were forgotten before their time, for want of room.</summary>
    public long Evicted => Interlocked.Read(ref _evicted);

    /// <inheritdoc />
    public ValueTask<IdempotencyClaim> BeginAsync(IdempotencyKey key, RequestFingerprint fingerprint, CancellationToken cancellation)
    {
        lock (_lock)
            return ValueTask.FromResult(Begin(key.Value, fingerprint.Value));
    }

    /// <inheritdoc />
    public ValueTask CompleteAsync(IdempotencyKey key, IdempotentAnswer answer)
    {
        lock (_lock)
        {
            if (_index.TryGetValue(key.Value, out int slot) && !_entries[slot].Done)
                Complete(slot, answer);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    public ValueTask AbandonAsync(IdempotencyKey key)
    {
        lock (_lock)
        {
            if (_index.TryGetValue(key.Value, out int slot) && !_entries[slot].Done)
                Release(slot);
        }

        return ValueTask.CompletedTask;
    }

    private IdempotencyClaim Begin(UInt128 key, UInt128 fingerprint)
    {
        ForgetExpired();
        if (_index.TryGetValue(key, out int slot))
        {
            ref readonly var entry = ref _entries[slot];
            if (entry.Fingerprint != fingerprint)
                return new IdempotencyClaim(IdempotencyOutcome.Mismatch, null);

            return entry.Done
                ? new IdempotencyClaim(IdempotencyOutcome.Completed, entry.Answer)
                : new IdempotencyClaim(IdempotencyOutcome.InFlight, null);
        }

        if (_index.Count >= limits.Keys && !EvictOldest())
            return new IdempotencyClaim(IdempotencyOutcome.Full, null);

        slot = Take();
        _entries[slot] = new Entry { Key = key, Fingerprint = fingerprint };
        _index.Add(key, slot);
        return new IdempotencyClaim(IdempotencyOutcome.Started, null);
    }

    private void Complete(int slot, IdempotentAnswer answer)
    {
        ref var entry = ref _entries[slot];
        if (answer.Size <= limits.LargestAnswerBytes)
        {
            while (_answerBytes + answer.Size > limits.AnswerBytes && EvictOldest())
            {
            }

            entry.Answer = answer;
            _answerBytes += answer.Size;
        }

        entry.Done = true;
        entry.CompletedAt = time.GetTimestamp();
        entry.Next = None;
        if (_newest == None)
            _oldest = slot;
        else
            _entries[_newest].Next = slot;

        _newest = slot;
    }

    private void ForgetExpired()
    {
        long now = time.GetTimestamp();
        while (_oldest != None && time.GetElapsedTime(_entries[_oldest].CompletedAt, now) >= limits.Retention)
            ForgetOldest();
    }

    private bool EvictOldest()
    {
        if (_oldest == None)
            return false;

        ForgetOldest();
        _evicted++;
        return true;
    }

    private void ForgetOldest()
    {
        int slot = _oldest;
        _oldest = _entries[slot].Next;
        if (_oldest == None)
            _newest = None;

        _answerBytes -= _entries[slot].Answer?.Size ?? 0;
        Release(slot);
    }

    private int Take()
    {
        if (_free != None)
        {
            int slot = _free;
            _free = _entries[slot].Next;
            return slot;
        }

        if (_used == _entries.Length)
            Array.Resize(ref _entries, Math.Min(_entries.Length * 2, limits.Keys));

        return _used++;
    }

    private void Release(int slot)
    {
        _index.Remove(_entries[slot].Key);
        _entries[slot] = new Entry { Next = _free };
        _free = slot;
    }

    private struct Entry
    {
        public UInt128 Key;
        public UInt128 Fingerprint;
        public IdempotentAnswer? Answer;
        public long CompletedAt;
        public int Next;
        public bool Done;
    }

    /// <summary>The keys' bits are as good as random, but a client can search for keys that share some of them; the seed is ours.</summary>
    private sealed class SeededComparer : IEqualityComparer<UInt128>
    {
        public static readonly SeededComparer Instance = new();

        public bool Equals(UInt128 x, UInt128 y) => x == y;

        public int GetHashCode(UInt128 value) => HashCode.Combine((ulong)(value >> 64), (ulong)value);
    }
}
