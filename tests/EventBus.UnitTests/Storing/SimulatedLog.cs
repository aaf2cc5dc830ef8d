using System.Globalization;
using System.Text;
using EventBus.Core.Consuming;
using EventBus.Core.Storing;

namespace EventBus.UnitTests.Storing;

/// <summary>A log of partitions in memory, and the group that shares them: what a broker does, as far as a sink can tell.</summary>
internal sealed class SimulatedLog(Random random, int partitions)
{
    public const string Topic = "game.events";

    public Dictionary<LogPartition, SimulatedPartition> Partitions { get; } =
        Enumerable.Range(0, partitions).ToDictionary(i => new LogPartition(Topic, i), _ => new SimulatedPartition());

    public List<SimulatedReader> Readers { get; } = [];

    public bool IsAway { get; set; }

    /// <summary>Appends a record: new, a second one of an id, not an event, or what a transaction leaves behind.</summary>
    public void Append()
    {
        var (name, partition) = Partitions.ElementAt(random.Next(Partitions.Count));
        var id = string.Create(CultureInfo.InvariantCulture, $"{name.Partition}-{partition.Records.Count}");
        switch (random.Next(20))
        {
            case 0:
                partition.Records.Add(null);
                return;
            case 1:
                partition.Records.Add("poison");
                return;
            case < 5 when partition.Records.LastOrDefault(r => r is not (null or "poison")) is { } before:
                partition.Records.Add(before);
                return;
            case 5:
                partition.Records.Add("refused-" + id);
                return;
            default:
                partition.Records.Add(id);
                return;
        }
    }

    /// <summary>Gives partitions to members anew; a member that is silent loses its own without being asked.</summary>
    public void Rebalance()
    {
        var members = Readers.Where(r => r.IsMember).ToList();
        if (members.Count == 0)
            return;
        foreach (var (name, partition) in Partitions)
        {
            var owner = members[random.Next(members.Count)];
            if (partition.Owner == owner)
                continue;
            if (partition.Owner is { IsMember: true } before)
                before.Revoke(name, lost: random.Next(3) == 0);
            partition.Owner = owner;
            owner.Assign(name);
        }
    }
}

/// <summary>One partition: its records by offset, null where there is none to read.</summary>
internal sealed class SimulatedPartition
{
    public List<string?> Records { get; set; } = [];

    public Guid TopicId { get; set; } = new("00000000-0000-0000-0000-000000000001");

    public long Earliest { get; set; }

    public SimulatedReader? Owner { get; set; }
}

/// <summary>A member of the group.</summary>
internal sealed class SimulatedReader(SimulatedLog log, Random random) : ILogReader
{
    private readonly Dictionary<LogPartition, Cursor> _cursors = [];
    private readonly Queue<(LogPartition Partition, bool Assigned, bool Lost)> _changes = new();

    public bool IsMember { get; private set; } = true;

    public Dictionary<LogPartition, long> Noted { get; } = [];

    public void Assign(LogPartition partition) => _changes.Enqueue((partition, true, false));

    public void Revoke(LogPartition partition, bool lost) => _changes.Enqueue((partition, false, lost));

    public void Subscribe(IReadOnlyCollection<string> topics)
    {
    }

    public bool Poll(TimeSpan timeout, ILogHandler handler)
    {
        if (_changes.TryDequeue(out var change))
        {
            if (change.Assigned)
            {
                _cursors[change.Partition] = new Cursor { Next = log.Partitions[change.Partition].Records.Count };
                handler.OnAssigned([change.Partition]);
            }
            else
            {
                _cursors.Remove(change.Partition);
                handler.OnRevoked([change.Partition], change.Lost);
            }

            return false;
        }

        return !log.IsAway && _cursors.Where(c => !c.Value.Paused).OrderBy(_ => random.Next()).Any(c => Read(c.Key, c.Value, handler));
    }

    public void Pause(IReadOnlyCollection<LogPartition> partitions)
    {
        foreach (var partition in partitions)
        {
            if (_cursors.TryGetValue(partition, out var cursor))
                cursor.Paused = true;
        }
    }

    public bool ReadFrom(LogPartition partition, long offset)
    {
        if (!_cursors.TryGetValue(partition, out var cursor) || random.Next(5) == 0)
            return false;
        // Now and then something of before the seek comes yet, but not after two in a row.
        cursor.Stale = !cursor.WasStale && random.Next(4) == 0 ? cursor.Next : -1;
        cursor.WasStale = cursor.Stale >= 0;
        (cursor.Next, cursor.Paused, cursor.SaidEnd) = (offset, false, false);
        return true;
    }

    public void Note(LogPartition partition, long position) => Noted[partition] = position;

    public Task<IReadOnlyList<LogLocation>> LocateAsync(IReadOnlyCollection<LogPartition> partitions, CancellationToken cancellation) =>
        log.IsAway
            ? Task.FromException<IReadOnlyList<LogLocation>>(new LogUnavailableException("away"))
            : Task.FromResult<IReadOnlyList<LogLocation>>(
                [.. partitions.Select(p => (p, log.Partitions[p])).Select(p => new LogLocation(p.p, p.Item2.TopicId, p.Item2.Earliest, p.Item2.Records.Count))]);

    public void Close(ILogHandler handler)
    {
        handler.OnRevoked([.. _cursors.Keys], lost: false);
        Leave();
    }

    /// <summary>Is gone, whether it said so or not.</summary>
    public void Leave()
    {
        IsMember = false;
        log.Readers.Remove(this);
        foreach (var partition in log.Partitions.Values.Where(p => p.Owner == this))
            partition.Owner = null;
    }

    private bool Read(LogPartition name, Cursor cursor, ILogHandler handler)
    {
        var partition = log.Partitions[name];
        var isStale = cursor.Stale >= 0;
        var offset = isStale ? cursor.Stale : cursor.Next;
        cursor.Stale = -1;
        if (offset < partition.Earliest || offset > partition.Records.Count)
        {
            handler.OnOutOfRange(name);
            return false;
        }

        while (offset < partition.Records.Count && partition.Records[(int)offset] is null)
            offset++;
        if (offset == partition.Records.Count)
        {
            if (cursor.SaidEnd && cursor.Next == offset)
                return false;
            if (!isStale)
                (cursor.SaidEnd, cursor.Next) = (true, offset);
            handler.OnEnd(name, offset);
            return true;
        }

        if (!isStale)
            (cursor.SaidEnd, cursor.Next) = (false, offset + 1);
        var id = partition.Records[(int)offset]!;
        handler.OnRecord(name, new LogRecord
        {
            Offset = offset,
            Time = DateTime.UnixEpoch,
            Headers = id == "poison" ? [] : [new("ce_specversion", "1.0"u8.ToArray()), new("ce_id", Encoding.UTF8.GetBytes(id)), new("ce_source", "s"u8.ToArray()), new("ce_type", "game.kill"u8.ToArray())],
            Key = null,
            Value = Encoding.UTF8.GetBytes(id),
        });
        return true;
    }

    private sealed class Cursor
    {
        public long Next { get; set; }

        public long Stale { get; set; } = -1;

        public bool WasStale { get; set; }

        public bool Paused { get; set; }

        public bool SaidEnd { get; set; }
    }
}
