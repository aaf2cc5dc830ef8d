using System.Runtime.InteropServices;
using EventBus.Contracts;
using EventBus.Core.Consuming;
using EventBus.Core.Storing;

namespace EventBus.Worker.Storing;

/// <summary>What is gathered to be stored at once. Two of them take turns, and keep their memory.</summary>
internal sealed class SinkBatch(int maxRows, int maxBytes) : IDisposable
{
    private readonly RecordMemory _memory = new(maxBytes);
    private readonly RecordDecoder _decoder = new();
    private readonly List<EventRow> _rows = [];
    private readonly List<RecordFrame> _frames = [];
    private readonly List<DeadLetter> _dead = [];
    private readonly Dictionary<SinkPartition, Move> _moves = [];

    /// <summary>The rows, in the order in which they came.</summary>
    public List<EventRow> Rows => _rows;

    /// <summary>The dead letters among the records.</summary>
    public IReadOnlyList<DeadLetter> Dead => _dead;

    /// <summary>How many of <see cref="Dead"/> have been sent.</summary>
    public int DeadSent { get; set; }

    /// <summary>The partitions that it moves.</summary>
    public IEnumerable<SinkPartition> Partitions => _moves.Keys;

    /// <summary>Whether there is nothing to do.</summary>
    public bool IsEmpty => _moves.Count == 0;

    /// <summary>Whether nothing more should be added.</summary>
    public bool IsFull => _rows.Count + _dead.Count >= maxRows || _memory.Used >= maxBytes;

    /// <summary>When its first record came: a timestamp of the <see cref="TimeProvider"/>.</summary>
    public long Began { get; private set; }

    /// <summary>Offsets that the log no longer had.</summary>
    public long Lost { get; private set; }

    /// <summary>Whether it moves a partition, under whichever assignment.</summary>
    public bool Moves(LogPartition partition)
    {
        foreach (var moved in _moves.Keys)
        {
            if (moved.Name == partition)
                return true;
        }

        return false;
    }

    /// <summary>Takes a record: decoded, or as a dead letter.</summary>
    public void Add(SinkPartition partition, scoped in LogRecord record, DateTime now, long timestamp)
    {
        var frame = RecordFrame.Copy(record, _memory);
        ref var move = ref MoveOf(partition, timestamp);
        if (TryDecode(partition, frame, record.Offset, record.Time, now, out var row, out var rejection))
        {
            _rows.Add(row);
            _frames.Add(frame);
        }
        else
        {
            _dead.Add(new DeadLetter(frame, partition.Name, record.Offset, rejection, Attempts: 1));
            move.Dead++;
        }

        move.To = partition.Next = record.Offset + 1;
    }

    /// <summary>Goes on at another offset without records in between.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="to">The offset.</param>
    /// <param name="lost">How many of the offsets in between the log no longer had.</param>
    /// <param name="timestamp">Now.</param>
    public void Skip(SinkPartition partition, long to, long lost, long timestamp)
    {
        ref var move = ref MoveOf(partition, timestamp);
        move.To = partition.Next = to;
        move.Lost += lost;
        Lost += lost;
    }

    /// <summary>Drops all that is of a partition. Its memory comes back with the batch's, or at once where nothing else is left.</summary>
    public void Remove(SinkPartition partition)
    {
        if (!_moves.Remove(partition, out var move))
            return;
        Lost -= move.Lost;
        var kept = 0;
        for (var i = 0; i < _rows.Count; i++)
        {
            if (_rows[i].Partition == partition.Id)
                continue;
            _rows[kept] = _rows[i];
            _frames[kept++] = _frames[i];
        }

        CollectionsMarshal.SetCount(_rows, kept);
        CollectionsMarshal.SetCount(_frames, kept);
        _dead.RemoveAll(d => d.Origin == partition.Name);
        // Or an empty batch would be full of bytes that nobody writes.
        if (_moves.Count == 0)
            Clear();
    }

    /// <summary>Makes dead letters of rows that the store refused.</summary>
    public void Reject(IReadOnlyList<RefusedRow> refused)
    {
        foreach (var (index, reason) in refused)
        {
            var row = _rows[index];
            var partition = _moves.Keys.First(p => p.Id == row.Partition);
            _dead.Add(new DeadLetter(_frames[index], partition.Name, row.Offset, new Rejection(Rejection.StoreRefused, reason), Attempts: 1));
            CollectionsMarshal.GetValueRefOrNullRef(_moves, partition).Dead++;
        }

        for (var i = refused.Count - 1; i >= 0; i--)
        {
            _rows.RemoveAt(refused[i].Index);
            _frames.RemoveAt(refused[i].Index);
        }
    }

    /// <summary>What the store is given.</summary>
    public StoreBatch ToStoreBatch() =>
        new(_rows, [.. _moves.Select(m => new PositionMove(m.Key.Id, m.Value.From, m.Value.To, m.Value.Dead, m.Value.Lost))]);

    /// <summary>The position that a partition has once the batch is stored.</summary>
    public long PositionAfter(SinkPartition partition) => _moves[partition].To;

    /// <summary>Empties it.</summary>
    public void Clear()
    {
        _rows.Clear();
        _frames.Clear();
        _dead.Clear();
        _moves.Clear();
        _memory.Reset();
        DeadSent = 0;
        Lost = 0;
    }

    public void Dispose() => _decoder.Dispose();

    private ref Move MoveOf(SinkPartition partition, long timestamp)
    {
        if (_moves.Count == 0)
            Began = timestamp;
        ref var move = ref CollectionsMarshal.GetValueRefOrAddDefault(_moves, partition, out var exists);
        if (!exists)
            move.From = move.To = partition.Next;
        return ref move;
    }

    private bool TryDecode(
        SinkPartition partition, RecordFrame frame, long offset, DateTime time, DateTime now, out EventRow row, out Rejection rejection)
    {
        try
        {
            return _decoder.TryDecode(frame, partition.Id, offset, time, now, _memory, out row, out rejection);
        }
#pragma warning disable CA1031 // A record that nobody foresaw must not stop its partition for good.
        catch (Exception e)
#pragma warning restore CA1031
        {
            row = default;
            rejection = new Rejection(ErrorCode.InternalError.Code, $"decoding failed with {e.GetType().Name}");
            return false;
        }
    }

    private struct Move
    {
        public long From;
        public long To;
        public int Dead;
        public long Lost;
    }
}
