namespace EventBus.Core.Publishing;

/// <summary>
/// Takes the outcomes that one thread learns (delivery reports, or refusals at the hand-over) and turns many of them into few wake-ups:
/// outcomes of the same batch are taken off at once, admission gets its room back once per flush, and the waiters' continuations run in
/// groups on the thread pool, never one hop per event. Not thread-safe: each thread has its own.
/// </summary>
public sealed class OutcomeCollector(PublishLedger ledger)
{
    private readonly List<PublishBatch> _finished = new(256);
    private PublishBatch? _current;
    private int _currentCount;
    private int _events;
    private long _bytes;

    /// <summary>The event of this ticket is stored by all in-sync replicas.</summary>
    public void Published(long ticket, int partition, long offset)
    {
        ref var item = ref Take(ticket);
        item.Partition = partition;
        item.Offset = offset;
        item.Series?.CountPublished();
        Complete(ref item, PublishState.Published);
    }

    /// <summary>The event of this ticket was not stored, or is not known to be.</summary>
    public void Refused(long ticket, in Refusal refusal)
    {
        ref var item = ref Take(ticket);
        item.Refusal = refusal;
        item.Series?.CountFailed();
        Complete(ref item, PublishState.Refused);
    }

    /// <summary>The counters of a pending event and when its batch was rented (<see cref="PublishBatch.StartedAt"/>).</summary>
    public (EventSeries Series, long StartedAt) Describe(long ticket)
    {
        var batch = ledger.BatchOf(ticket);
        return (batch.ItemAt((int)(uint)ticket).Series!, batch.StartedAt);
    }

    /// <summary>Wakes whoever has all outcomes by now. Call it when no more are at hand.</summary>
    public void Flush()
    {
        TakeOff();
        if (_events > 0)
        {
            ledger.Leave(_events, _bytes);
            (_events, _bytes) = (0, 0);
        }

        for (var start = 0; start < _finished.Count; start += WakeGroup.Capacity)
            WakeGroup.Queue(_finished, start, Math.Min(WakeGroup.Capacity, _finished.Count - start));
        _finished.Clear();
    }

    private ref PublishItem Take(long ticket)
    {
        var batch = ledger.BatchOf(ticket);
        if (!ReferenceEquals(batch, _current))
        {
            TakeOff();
            _current = batch;
        }

        _currentCount++;
        return ref batch.ItemAt((int)(uint)ticket);
    }

    private void Complete(ref PublishItem item, PublishState state)
    {
        _events++;
        _bytes += item.Bytes;
        // Last: a waiter woken by the deadline may be reading the item now.
        Volatile.Write(ref System.Runtime.CompilerServices.Unsafe.As<PublishState, byte>(ref item.State), (byte)state);
    }

    private void TakeOff()
    {
        if (_current is not null && _current.TakeOff(_currentCount))
            _finished.Add(_current);
        _current = null;
        _currentCount = 0;
    }

    /// <summary>Up to sixteen batches whose continuations one thread-pool thread runs in a row: few wakes, yet work for both cores.</summary>
    private sealed class WakeGroup : IThreadPoolWorkItem
    {
        public const int Capacity = 16;

        private static readonly System.Collections.Concurrent.ConcurrentQueue<WakeGroup> Pool = new();

        private readonly PublishBatch?[] _batches = new PublishBatch?[Capacity];
        private int _count;

        public static void Queue(List<PublishBatch> batches, int start, int count)
        {
            if (!Pool.TryDequeue(out var group))
                group = new WakeGroup();
            batches.CopyTo(start, group._batches!, 0, count);
            group._count = count;
            ThreadPool.UnsafeQueueUserWorkItem(group, preferLocal: false);
        }

        public void Execute()
        {
            for (var i = 0; i < _count; i++)
            {
                _batches[i]!.Finish();
                _batches[i] = null;
            }

            Pool.Enqueue(this);
        }
    }
}
