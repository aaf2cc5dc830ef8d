using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using EventBus.Core.Publishing;
using EventBus.Core.Topics;

namespace EventBus.Gateway.Status;

/// <summary>What this instance knows of an event that it published itself.</summary>
internal enum RecentState
{
    /// <summary>Queued (<c>respond-async</c>), without an outcome yet.</summary>
    Pending,

    /// <summary>Acknowledged by all in-sync replicas.</summary>
    Published,

    /// <summary>The broker refused it.</summary>
    Failed,

    /// <summary>The broker may or may not have it.</summary>
    Unknown,
}

/// <summary>An event that this instance published a while ago.</summary>
/// <param name="State">What became of it.</param>
/// <param name="Topic">Its topic; null only for what is pending.</param>
/// <param name="Partition">Its partition, once published.</param>
/// <param name="Offset">Its offset; negative where the broker confirmed a retry without one.</param>
/// <param name="Age">How long ago this was noted.</param>
internal readonly record struct RecentEvent(RecentState State, Topic? Topic, int Partition, long Offset, TimeSpan Age);

/// <summary>
/// The last events that this instance published, so that it can tell of them before the store has them. A table of fixed size: an entry
/// takes the place of the oldest of four, nothing is allocated, and no lock is taken, since whoever publishes passes here. What falls out
/// of it costs a question to Kafka, never a wrong answer.
/// </summary>
/// <remarks>
/// An entry is four numbers that are written one by one. The first is the other three and the id's hash together by exclusive or: a reader
/// that meets a half-written entry finds a hash that nobody asks for (as chess programs keep their tables).
/// </remarks>
internal sealed class RecentEvents
{
    /// <summary>Events that are remembered.</summary>
    public const int Capacity = 65_536;

    /// <summary>What the table takes.</summary>
    public const long Bytes = Capacity * Words * sizeof(long);

    private const int Words = 4;
    private const int Ways = 4;
    private const int StateBits = 2;

    private readonly long[] _table;
    private readonly ConcurrentDictionary<long, byte> _pending = new();
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly (ulong A, ulong B) _seed = (RandomNumber(), RandomNumber());
    private volatile Topic?[] _topics = new Topic?[64];

    /// <param name="time">The clock.</param>
    /// <param name="isUsed">Whether anybody asks: without a database nobody does, and nothing is noted.</param>
    public RecentEvents(TimeProvider time, bool isUsed)
    {
        _time = time;
        _table = isUsed ? new long[Capacity * Words] : [];
        _start = time.GetTimestamp();
    }

    /// <summary>Notes the outcomes of an answered batch: those that are published, and with <paramref name="others"/> those that are not.</summary>
    public void Note(PublishBatch batch, bool others = false)
    {
        if (_table.Length == 0)
            return;
        var stamp = Stamp();
        foreach (ref readonly var item in batch.Items)
        {
            if (item.Outcome == PublishState.Published)
                Put(Hash(batch.IdOf(item)), RecentState.Published, item.Topic!, item.Partition, item.Offset, stamp);
            else if (others && WasLetIn(item))
                Put(Hash(batch.IdOf(item)), IsUnknown(item) ? RecentState.Unknown : RecentState.Failed, item.Topic!, -1, -1, stamp);
        }
    }

    /// <summary>Notes that a batch's events are queued and that their clients are told so. Followed by <see cref="NoteOutcome"/>.</summary>
    public void NotePending(PublishBatch batch)
    {
        if (_table.Length == 0)
            return;
        foreach (ref readonly var item in batch.Items)
        {
            // Bounded by what admission lets in.
            if (WasLetIn(item) && item.State != PublishState.Refused)
                _pending[Hash(batch.IdOf(item))] = 0;
        }
    }

    /// <summary>Notes what became of a batch whose events were pending.</summary>
    public void NoteOutcome(PublishBatch batch)
    {
        if (_table.Length == 0)
            return;
        // First the outcome, so that nobody finds neither.
        Note(batch, others: true);
        foreach (ref readonly var item in batch.Items)
        {
            if (WasLetIn(item))
                _pending.TryRemove(Hash(batch.IdOf(item)), out _);
        }
    }

    /// <summary>Finds what is known of an id in UTF-8.</summary>
    public bool TryFind(ReadOnlySpan<byte> id, out RecentEvent found)
    {
        found = default;
        if (_table.Length == 0)
            return false;
        var hash = Hash(id);
        if (_pending.ContainsKey(hash))
        {
            found = new RecentEvent(RecentState.Pending, null, -1, -1, TimeSpan.Zero);
            return true;
        }

        var bucket = Bucket(hash);
        for (var way = 0; way < Ways; way++)
        {
            var entry = bucket.Slice(way * Words, Words);
            var (check, place, offset, stamp) =
                (Volatile.Read(ref entry[0]), Volatile.Read(ref entry[1]), Volatile.Read(ref entry[2]), Volatile.Read(ref entry[3]));
            if (stamp == 0 || (check ^ place ^ offset ^ stamp) != hash)
                continue;
            found = new RecentEvent(
                (RecentState)(stamp & ((1 << StateBits) - 1)), _topics[(int)(place >>> 32)], (int)place, offset,
                TimeSpan.FromMilliseconds(Math.Max(0, Milliseconds() - (stamp >> StateBits))));
            return true;
        }

        return false;
    }

    /// <summary>
    /// Only what this batch itself brought in says anything of its id: a retry that is refused because the first is still in flight does not.
    /// </summary>
    private static bool WasLetIn(in PublishItem item) => item.Bytes > 0;

    private static bool IsUnknown(in PublishItem item) => item.Reason.Error == Contracts.ErrorCode.PublishOutcomeUnknown;

    private void Put(long hash, RecentState state, Topic topic, int partition, long offset, long stamp)
    {
        var topics = _topics;
        if ((uint)topic.Index >= (uint)topics.Length || topics[topic.Index] is null)
            Keep(topic);
        var bucket = Bucket(hash);
        var oldest = 0;
        for (var entry = 0; entry < Ways * Words; entry += Words)
        {
            if ((bucket[entry] ^ bucket[entry + 1] ^ bucket[entry + 2] ^ bucket[entry + 3]) == hash)
            {
                oldest = entry;
                break;
            }

            if (bucket[entry + 3] < bucket[oldest + 3])
                oldest = entry;
        }

        var place = ((long)topic.Index << 32) | (uint)partition;
        stamp |= (uint)state;
        Volatile.Write(ref bucket[oldest], hash ^ place ^ offset ^ stamp);
        Volatile.Write(ref bucket[oldest + 1], place);
        Volatile.Write(ref bucket[oldest + 2], offset);
        Volatile.Write(ref bucket[oldest + 3], stamp);
    }

    private Span<long> Bucket(long hash) =>
        _table.AsSpan((int)((ulong)hash % (Capacity / Ways)) * Ways * Words, Ways * Words);

    private void Keep(Topic topic)
    {
        lock (_pending)
        {
            var topics = _topics;
            if (topic.Index >= topics.Length)
                Array.Resize(ref topics, Math.Max(topics.Length * 2, topic.Index + 1));
            topics[topic.Index] = topic;
            _topics = topics;
        }
    }

    private long Milliseconds() => (long)_time.GetElapsedTime(_start).TotalMilliseconds;

    // Never 0, which marks an empty entry.
    private long Stamp() => (Milliseconds() + 1) << StateBits;

    /// <summary>
    /// Multiplies and folds eight bytes at a time, as wyhash does. Seeded per process: ids come from clients, and none may be made to fall
    /// on another's place.
    /// </summary>
    private long Hash(ReadOnlySpan<byte> id)
    {
        var (a, b) = (_seed.A ^ (ulong)id.Length, _seed.B);
        while (id.Length >= sizeof(ulong))
        {
            a = Fold(a ^ BinaryPrimitives.ReadUInt64LittleEndian(id), b);
            id = id[sizeof(ulong)..];
        }

        var rest = 0UL;
        foreach (var value in id)
            rest = (rest << 8) | value;
        return (long)Fold(Fold(a ^ rest, b), _seed.A);
    }

    private static ulong Fold(ulong x, ulong y)
    {
        var high = Math.BigMul(x, y, out var low);
        return high ^ low;
    }

    private static ulong RandomNumber()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes) | 1;
    }
}
