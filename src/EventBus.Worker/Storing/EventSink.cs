using EventBus.Core.Consuming;
using EventBus.Core.Storing;

namespace EventBus.Worker.Storing;

/// <summary>
/// The event store's sink: takes records from the log, gathers them, and stores one batch while the next is gathered. The store's positions,
/// moved in the transaction that stores the rows, are the only truth of where to go on: after an assignment, a conflict or an outage
/// whatever was gathered is dropped, the positions are asked for anew, and reading goes on there.
/// </summary>
/// <remarks>One thread calls <see cref="Step"/> for as long as the role lives; only the tasks that it starts run elsewhere.</remarks>
internal sealed partial class EventSink : ILogHandler, IDisposable
{
    private static readonly TimeSpan WhileBusy = TimeSpan.FromMilliseconds(5);

    /// <summary>How long a full sink waits for the store before it stops reading: a pause throws away what was read ahead.</summary>
    private static readonly TimeSpan HoldAfter = TimeSpan.FromSeconds(1);

    private readonly ILogReader _reader;
    private readonly SinkWriter _writer;
    private readonly SinkPlacement _placement;
    private readonly SinkMetrics _metrics;
    private readonly SinkLimits _limits;
    private readonly TimeProvider _time;
    private readonly TaskScheduler _scheduler;
    private readonly ILogger _logger;
    private readonly Dictionary<LogPartition, SinkPartition> _partitions = [];
    private readonly CancellationTokenSource _abort = new();
    private SinkBatch _filling;
    private SinkBatch _spare;
    private SinkBatch? _writing;
    private Task<StoreResult>? _write;
    private SinkPartition? _last;
    private bool _more;
    private bool _assigned;
    private long? _fullSince;
    private DateTime _now;
    private long _timestamp;

    /// <param name="reader">The log.</param>
    /// <param name="store">The store.</param>
    /// <param name="deadLetters">Where records go that cannot be stored.</param>
    /// <param name="metrics">What operators see.</param>
    /// <param name="limits">How much is gathered, and how long is waited.</param>
    /// <param name="time">The clock.</param>
    /// <param name="jitter">The source of randomness for waits.</param>
    /// <param name="logger">The log of this process.</param>
    /// <param name="scheduler">Where the tasks run; a test's own runs them in step.</param>
    public EventSink(
        ILogReader reader, IEventStore store, IDeadLetters deadLetters, SinkMetrics metrics, SinkLimits limits, TimeProvider time,
        Random jitter, ILogger logger, TaskScheduler? scheduler = null)
    {
        _reader = reader;
        _writer = new SinkWriter(store, deadLetters, metrics, time);
        _scheduler = scheduler ?? TaskScheduler.Default;
        _placement = new SinkPlacement(reader, store, time, jitter, _scheduler);
        _metrics = metrics;
        _time = time;
        _logger = logger;
        _limits = limits;
        _filling = new SinkBatch(limits.BatchRows, limits.BatchBytes);
        _spare = new SinkBatch(limits.BatchRows, limits.BatchBytes);
        Refresh();
    }

    /// <summary>The partitions that are this sink's now.</summary>
    public IReadOnlyCollection<SinkPartition> Partitions => _partitions.Values;

    /// <summary>What is wrong with the store; null while it takes what it is given.</summary>
    public string? StoreTrouble { get; private set; }

    /// <summary>Does what is to be done now, and waits for records for at most some 100 ms where there is nothing.</summary>
    public void Step()
    {
        Refresh();
        Settle();
        Place();
        Write();
        Gather();
        if (StoreTrouble is not null && HasNothingToStore)
            StoreIsBack();
    }

    /// <summary>Takes no more, stores what was gathered within <paramref name="grace"/>, and leaves the group.</summary>
    public void Stop(TimeSpan grace)
    {
        var began = _time.GetTimestamp();
        _more = false;
        while (_write is not null || !_filling.IsEmpty)
        {
            Write();
            if (!Wait(_write!, grace - _time.GetElapsedTime(began)))
                break;
            Settle();
        }

        _abort.Cancel();
        _reader.Close(this);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _filling.Dispose();
        _spare.Dispose();
        _writing?.Dispose();
        _abort.Dispose();
    }

    void ILogHandler.OnAssigned(IReadOnlyList<LogPartition> partitions)
    {
        foreach (var name in partitions)
        {
            if (_partitions.TryGetValue(name, out var before))
                Drop(before);
            _partitions[name] = new SinkPartition(name);
        }

        _last = null;
        _assigned = true;
        _placement.Hurry();
        LogAssigned(partitions.Count, _partitions.Count);
    }

    void ILogHandler.OnRevoked(IReadOnlyList<LogPartition> partitions, bool lost)
    {
        if (!lost && _write is not null && partitions.Any(_writing!.Moves))
            Wait(_write, _limits.RevocationPatience);
        foreach (var name in partitions)
        {
            if (_partitions.Remove(name, out var partition))
                Drop(partition);
        }

        _last = null;
        LogRevoked(partitions.Count, _partitions.Count);
    }

    void ILogHandler.OnRecord(LogPartition name, scoped in LogRecord record)
    {
        if (Find(name) is not { State: SinkState.Active } partition || record.Offset < partition.Next || !Trust(partition, record.Offset))
            return;
        _filling.Add(partition, record, _now, _timestamp);
    }

    void ILogHandler.OnEnd(LogPartition name, long offset)
    {
        if (Find(name) is not { State: SinkState.Active } partition || offset < partition.Next || (partition.IsFresh && !Trust(partition, offset)))
            return;
        partition.End = Math.Max(partition.End, offset);
        // What lies between is a transaction's marker, or what compaction took: nothing to store, but passed.
        if (offset > partition.Next)
            _filling.Skip(partition, offset, lost: 0, _timestamp);
    }

    void ILogHandler.OnOutOfRange(LogPartition name)
    {
        if (Find(name) is { State: SinkState.Active } partition)
            Unplace(partition);
    }

    /// <summary>Whether all that the log has is stored, so that whatever was wrong with the store is over or of no matter.</summary>
    private bool HasNothingToStore =>
        _write is null && _filling.IsEmpty && _partitions.Values.All(p => p.State == SinkState.Active && p.Stored >= p.End);

    private void Refresh()
    {
        _now = _time.GetUtcNow().UtcDateTime;
        _timestamp = _time.GetTimestamp();
    }

    private void Drop(SinkPartition partition)
    {
        _filling.Remove(partition);
        partition.State = SinkState.Gone;
        SinkMetrics.Forget(partition);
    }

    private SinkPartition? Find(LogPartition name)
    {
        if (_last is not null && _last.Name == name)
            return _last;
        _last = _partitions.GetValueOrDefault(name);
        return _last;
    }

    /// <summary>
    /// Whether what comes first after a seek may be taken. The sought offset may; a later one only when a second seek finds it again, since
    /// what a client read ahead before the seek would otherwise pass for a hole, and everything before it be lost.
    /// </summary>
    private bool Trust(SinkPartition partition, long offset)
    {
        if (!partition.IsFresh)
            return true;
        if (offset == partition.Next || offset == partition.Doubted)
        {
            partition.IsFresh = false;
            partition.Doubted = -1;
            return true;
        }

        partition.Doubted = offset;
        if (!_reader.ReadFrom(partition.Name, partition.Next))
            Unplace(partition);
        return false;
    }

    private void Gather()
    {
        if (_filling.IsFull)
        {
            WaitForRoom();
            return;
        }

        _fullSince = null;
        var patience = _write is not null || _placement.IsBusy ? WhileBusy : _filling.IsEmpty ? _limits.Idle : TimeSpan.Zero;
        _more = _reader.Poll(patience, this);
        Refresh();
        while (_more && !_filling.IsFull && _write is not { IsCompleted: true })
            _more = _reader.Poll(TimeSpan.Zero, this);

        if (!_assigned)
            return;
        _assigned = false;
        _reader.Pause([.. _partitions.Values.Where(p => p.State == SinkState.Unplaced).Select(p => p.Name)]);
    }

    private void WaitForRoom()
    {
        _fullSince ??= _timestamp;
        _more = true;
        if (_time.GetElapsedTime(_fullSince.Value) < HoldAfter)
        {
            Wait(_write!, _limits.Idle);
            return;
        }

        var active = _partitions.Values.Where(p => p.State == SinkState.Active).ToList();
        if (active.Count > 0)
        {
            LogHeld(active.Count);
            foreach (var partition in active)
                partition.State = SinkState.Held;
            _reader.Pause([.. active.Select(p => p.Name)]);
        }

        // Nothing comes of a paused partition; the group is served.
        _reader.Poll(_limits.Idle, this);
    }

    /// <summary>Begins to store what was gathered, once the batch before is done, and all that is there at once is in.</summary>
    private void Write()
    {
        if (_write is not null || _filling.IsEmpty || (_more && !_filling.IsFull))
            return;
        var batch = _filling;
        (_writing, _filling) = (batch, _spare);
        _write = Task.Factory
            .StartNew(() => _writer.WriteAsync(batch, _abort.Token), CancellationToken.None, TaskCreationOptions.DenyChildAttach, _scheduler)
            .Unwrap();
    }

    private void Settle()
    {
        if (_write is not { IsCompleted: true } write)
            return;
        var batch = _writing!;
        if (write.IsCompletedSuccessfully)
            Settled(batch, write.Result);
        else
            Failed(batch, write.Exception?.InnerException ?? new OperationCanceledException());
        batch.Clear();
        (_write, _writing, _spare) = (null, null, batch);
    }

    private void Settled(SinkBatch batch, StoreResult result)
    {
        foreach (var partition in batch.Partitions)
        {
            if (partition.State == SinkState.Gone)
                continue;
            partition.Stored = batch.PositionAfter(partition);
            partition.End = Math.Max(partition.End, partition.Stored);
            _reader.Note(partition.Name, partition.Stored);
            SinkMetrics.Observe(partition);
        }

        _placement.Succeeded();
        _metrics.Settled(batch, result, _time.GetElapsedTime(batch.Began));
        if (StoreTrouble is not null)
            StoreIsBack();
        ReleaseHeld();
    }

    private void Failed(SinkBatch batch, Exception reason)
    {
        _placement.Failed();
        SinkMetrics.Failure();
        if (reason is PositionConflictException)
        {
            SinkMetrics.Conflict();
            LogConflict(reason.Message);
            foreach (var partition in batch.Partitions)
                Unplace(partition);
            ReleaseHeld();
            return;
        }

        if (reason is not OperationCanceledException)
            Trouble(reason);
        foreach (var partition in _partitions.Values)
            Unplace(partition);
    }

    private void Trouble(Exception reason)
    {
        if (StoreTrouble is null)
            LogStoreAway(reason.Message);
        if (reason is not (StoreUnavailableException or LogUnavailableException))
            LogUnexpected(reason);
        StoreTrouble = reason.Message;
    }

    private void StoreIsBack()
    {
        LogStoreBack();
        StoreTrouble = null;
    }

    private void ReleaseHeld()
    {
        foreach (var partition in _partitions.Values)
        {
            if (partition.State == SinkState.Held)
                Continue(partition);
        }
    }

    private static bool Wait(Task task, TimeSpan patience) =>
        task.IsCompleted || (patience > TimeSpan.Zero && Task.WaitAny([task], patience) == 0);
}
