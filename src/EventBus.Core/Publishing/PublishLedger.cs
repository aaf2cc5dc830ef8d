using System.Collections.Concurrent;
using EventBus.Core.Topics;

namespace EventBus.Core.Publishing;

/// <summary>
/// All batches whose events may still be acknowledged. An event's ticket, which travels through ring and producer as a number, names the
/// batch and the item; so the delivery report finds its waiter by two array look-ups, without handles, dictionaries or allocation.
/// </summary>
public sealed class PublishLedger
{
    /// <summary>Events of one group of NDJSON lines, or of one step of an array.</summary>
    public const int GroupCapacity = 256;

    /// <summary>Groups of all requests together: some 36 KB each, kept for reuse.</summary>
    public const int MaxGroups = 2048;

    private readonly Admission _admission;
    private readonly TimeProvider _time;
    private readonly PublishBatch?[] _batches;
    private readonly ConcurrentQueue<PublishBatch> _singles = new();
    private readonly ConcurrentQueue<PublishBatch> _groups = new();
    private int _made;
    private int _groupsMade;

    /// <param name="admission">Gets the room of every completed event back.</param>
    /// <param name="time">Gives the deadline's clock.</param>
    public PublishLedger(Admission admission, TimeProvider time)
    {
        _admission = admission;
        _time = time;
        // Every event in flight may be alone in its batch, and so may a refused one that is being answered.
        _batches = new PublishBatch?[admission.MaxEvents + 4096 + MaxGroups];
    }

    /// <summary>Batches made so far: the pool's size.</summary>
    public int Batches => Volatile.Read(ref _made);

    /// <summary>Rents a batch for <paramref name="events"/> events, at most <see cref="GroupCapacity"/>; null where all are in use.</summary>
    public PublishBatch? TryRent(int events)
    {
        var pool = events == 1 ? _singles : _groups;
        if (!pool.TryDequeue(out var batch))
        {
            if (events > 1 && Interlocked.Increment(ref _groupsMade) > MaxGroups)
            {
                Interlocked.Decrement(ref _groupsMade);
                return null;
            }

            var index = Interlocked.Increment(ref _made) - 1;
            if (index >= _batches.Length)
            {
                Interlocked.Decrement(ref _made);
                if (events > 1)
                    Interlocked.Decrement(ref _groupsMade);
                return null;
            }

            batch = new PublishBatch(this, index, events == 1 ? 1 : GroupCapacity);
            Volatile.Write(ref _batches[index], batch);
        }

        batch.Rent(_time.GetTimestamp());
        return batch;
    }

    /// <summary>
    /// Rents as many groups into the empty list <paramref name="groups"/> as <paramref name="events"/> events need, or none: who holds some and
    /// waits for more could wait for another one that does the same.
    /// </summary>
    public bool TryRentGroups(int events, List<PublishBatch> groups)
    {
        var count = (events + GroupCapacity - 1) / GroupCapacity;
        while (groups.Count < count)
        {
            if (TryRent(GroupCapacity) is { } group)
            {
                groups.Add(group);
                continue;
            }

            GiveBack(groups);
            return false;
        }

        return true;
    }

    /// <summary>Gives groups back that were rented and not used.</summary>
    public static void GiveBack(List<PublishBatch> groups)
    {
        foreach (var group in groups)
        {
            group.Seal();
            group.Return();
        }

        groups.Clear();
    }

    /// <summary>Rents a batch for a group of events, waiting for one to be answered and given back where all are in use.</summary>
    public ValueTask<PublishBatch> RentGroupAsync(CancellationToken cancellation) =>
        TryRent(GroupCapacity) is { } group ? new(group) : RentLaterAsync(cancellation);

    private async ValueTask<PublishBatch> RentLaterAsync(CancellationToken cancellation)
    {
        while (true)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), _time, cancellation).ConfigureAwait(false);
            if (TryRent(GroupCapacity) is { } group)
                return group;
        }
    }

    /// <summary>Wakes the waiters of all batches older than <paramref name="age"/>: their pending events are answered as unknown.</summary>
    /// <returns>How many were woken.</returns>
    public int Expire(TimeSpan age)
    {
        var before = _time.GetTimestamp() - (long)(age.TotalSeconds * _time.TimestampFrequency);
        var expired = 0;
        for (var i = 0; i < Math.Min(_batches.Length, Batches); i++)
        {
            if (Volatile.Read(ref _batches[i])?.Expire(before) == true)
                expired++;
        }

        return expired;
    }

    /// <summary>The topic of a pending event.</summary>
    public Topic TopicOf(long ticket) => BatchOf(ticket).ItemAt((int)(uint)ticket).Topic!;

    internal static long Ticket(int batch, int item) => ((long)batch << 32) | (uint)item;

    internal void Recycle(PublishBatch batch) => (batch.Capacity == 1 ? _singles : _groups).Enqueue(batch);

    internal PublishBatch BatchOf(long ticket) => _batches[ticket >> 32]!;

    /// <summary>Gives admission its room back.</summary>
    internal void Leave(int events, long bytes) => _admission.Leave(events, bytes);
}
