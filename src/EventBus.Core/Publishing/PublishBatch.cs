using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using EventBus.Core.Topics;

namespace EventBus.Core.Publishing;

/// <summary>
/// Events that are answered together: one, an array, or a group of NDJSON lines. One pooled completion serves them all, so waiting costs
/// nothing per event. A request adds its events, seals the batch, awaits it, reads the items and gives the batch back.
/// </summary>
public sealed class PublishBatch : IValueTaskSource
{
    private readonly PublishLedger _ledger;
    private ManualResetValueTaskSourceCore<bool> _completion;
    private PublishItem[] _items;
    private byte[] _ids;
    private int _idBytes;
    private int _count;
    // Events submitted less events completed; the submitted ones are added by Seal, so it is negative before and zero at the end.
    private int _outstanding;
    private int _submitted;
    // Even: nobody was woken yet. Odd: the waiter was woken. It only grows, so a late deadline can never wake the batch's next user.
    private int _signal;
    // The owner and the completion each hold one: the batch is used again when both have let go.
    private int _holders;
    // Volatile: whoever sees it true sees the start that belongs to it.
    private volatile bool _isActive;

    internal PublishBatch(PublishLedger ledger, int index, int capacity)
    {
        _ledger = ledger;
        Index = index;
        _items = new PublishItem[capacity];
        _ids = new byte[capacity * Events.EventIdGenerator.Length];
    }

    /// <summary>The number of items.</summary>
    public int Count => _count;

    /// <summary>Items that were let in.</summary>
    public int Submitted => _submitted;

    /// <summary>The items, in the order of the request.</summary>
    public Span<PublishItem> Items => _items.AsSpan(0, _count);

    /// <summary>When the batch was rented: a timestamp of the ledger's <see cref="TimeProvider"/>, for deadlines and durations.</summary>
    public long StartedAt { get; private set; }

    /// <summary>The batch's place in the ledger's table: the upper half of its events' tickets.</summary>
    internal int Index { get; }

    internal int Capacity => _items.Length;

    /// <summary>Rented and neither given back nor recycled.</summary>
    internal bool IsActive => _isActive;

    /// <summary>The id of an item, in UTF-8; empty where it was refused before it had one.</summary>
    public ReadOnlySpan<byte> IdOf(in PublishItem item) => _ids.AsSpan(item.IdStart, item.IdLength);

    /// <summary>Adds an event that was refused before it was let in.</summary>
    public void AddRefused(in Refusal refusal, ReadOnlySpan<byte> id = default, Topic? topic = null, EventSeries? series = null)
    {
        ref var item = ref Add(id, topic, series);
        item.Refusal = refusal;
        item.State = PublishState.Refused;
    }

    /// <summary>Adds an event that was published before, under the same id, and is answered as it was then.</summary>
    public void AddPublished(ReadOnlySpan<byte> id, Topic topic, EventSeries series, int partition, long offset)
    {
        ref var item = ref Add(id, topic, series);
        item.Partition = partition;
        item.Offset = offset;
        item.State = PublishState.Published;
    }

    /// <summary>
    /// Adds an event that was let in. Its ticket goes into the frame; if the ring then refuses it, <see cref="Withdraw"/>.
    /// </summary>
    public long AddPending(ReadOnlySpan<byte> id, Topic topic, EventSeries series, int bytes)
    {
        ref var item = ref Add(id, topic, series);
        item.Bytes = bytes;
        item.State = PublishState.Pending;
        _submitted++;
        return PublishLedger.Ticket(Index, _count - 1);
    }

    /// <summary>Turns the event added last into a refused one: the ring did not take it.</summary>
    public void Withdraw(in Refusal refusal)
    {
        ref var item = ref _items[_count - 1];
        item.Refusal = refusal;
        item.State = PublishState.Refused;
        _submitted--;
    }

    /// <summary>No more events: the batch completes once all that were let in have their outcome.</summary>
    public void Seal()
    {
        if (Interlocked.Add(ref _outstanding, _submitted) == 0)
            Finish();
    }

    /// <summary>
    /// Completes when every event has its outcome or the deadline has passed: an item that is still pending then has
    /// <see cref="PublishItem.Unknown"/> for its outcome.
    /// </summary>
    public ValueTask WaitAsync() => new(this, _completion.Version);

    /// <summary>Gives the batch back. Acknowledgements that come later still find it; it is used again only after the last of them.</summary>
    public void Return() => LetGo();

    /// <inheritdoc />
    void IValueTaskSource.GetResult(short token)
    {
        _completion.GetResult(token);
        // On the waiter's thread: from here on the answer stands, whatever the producer still learns.
        foreach (ref var item in Items)
        {
            if (Volatile.Read(ref Unsafe.As<PublishState, byte>(ref item.State)) == (byte)PublishState.Pending)
                item.IsTimedOut = true;
        }
    }

    /// <inheritdoc />
    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _completion.GetStatus(token);

    /// <inheritdoc />
    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token, flags);

    internal ref PublishItem ItemAt(int index) => ref _items[index];

    /// <summary>Takes <paramref name="count"/> outcomes off; true where they were the last and <see cref="Finish"/> must be called.</summary>
    internal bool TakeOff(int count) => Interlocked.Add(ref _outstanding, -count) == 0;

    /// <summary>All outcomes are known: runs the waiter's continuation on this thread. Called once per use.</summary>
    internal void Finish()
    {
        var signal = Volatile.Read(ref _signal);
        if ((signal & 1) == 0 && Interlocked.CompareExchange(ref _signal, signal + 1, signal) == signal)
            _completion.SetResult(true);
        LetGo();
    }

    /// <summary>Wakes the waiter of a batch that was rented before <paramref name="before"/> and has not been completed.</summary>
    internal bool Expire(long before)
    {
        // Read before the age: if the batch changes hands in between, the exchange fails.
        var signal = Volatile.Read(ref _signal);
        if ((signal & 1) == 1 || !IsActive || StartedAt >= before || Interlocked.CompareExchange(ref _signal, signal + 1, signal) != signal)
            return false;
        _completion.SetResult(true);
        return true;
    }

    internal void Rent(long now)
    {
        StartedAt = now;
        _holders = 2;
        _isActive = true;
    }

    private void LetGo()
    {
        if (Interlocked.Decrement(ref _holders) != 0)
            return;
        _isActive = false;
        // References are let go of, so that an idle pool keeps nothing alive.
        Array.Clear(_items, 0, _count);
        if (_ids.Length > Capacity * Events.EventIdGenerator.Length * 2)
            _ids = new byte[Capacity * Events.EventIdGenerator.Length];
        (_count, _idBytes, _submitted, _outstanding) = (0, 0, 0, 0);
        _completion.Reset();
        Volatile.Write(ref _signal, (_signal | 1) + 1);
        _ledger.Recycle(this);
    }

    private ref PublishItem Add(ReadOnlySpan<byte> id, Topic? topic, EventSeries? series)
    {
        if (_ids.Length - _idBytes < id.Length)
            Array.Resize(ref _ids, Math.Max(_ids.Length * 2, _idBytes + id.Length));
        id.CopyTo(_ids.AsSpan(_idBytes));
        ref var item = ref _items[_count++];
        item.IdStart = _idBytes;
        item.IdLength = id.Length;
        item.Topic = topic;
        item.Series = series;
        _idBytes += id.Length;
        return ref item;
    }
}
