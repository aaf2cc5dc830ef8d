using EventBus.Core.Consuming;
using EventBus.Core.Storing;

namespace EventBus.Worker.Storing;

/// <summary>What was found out about a partition.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Location">What the log says of it.</param>
/// <param name="Position">What the store says of it; null where it was not asked, since it is known.</param>
internal readonly record struct Placed(SinkPartition Partition, LogLocation Location, long? Position);

/// <summary>
/// Asks log and store where partitions stand: at once for those that are not placed, with a growing wait after failures, and every second for
/// all, for their lag and to notice a topic that was deleted and made again.
/// </summary>
internal sealed class SinkPlacement(ILogReader reader, IEventStore store, TimeProvider time, Random jitter, TaskScheduler scheduler)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(15);

    private Task<IReadOnlyList<Placed>>? _asking;
    private long _askedAt = time.GetTimestamp();
    private TimeSpan _wait;
    private int _failedWrites;
    private int _failedAnswers;
    private bool _hurry;

    /// <summary>Whether partitions wait for an answer that is under way.</summary>
    public bool IsBusy { get; private set; }

    /// <summary>Partitions wait to be placed.</summary>
    public void Hurry() => _hurry = true;

    /// <summary>A batch was stored: all is well.</summary>
    public void Succeeded() => _failedWrites = 0;

    /// <summary>
    /// A batch was not stored: what is asked for next comes after a wait. It grows until one is stored, since a store may answer and yet take
    /// nothing (a read-only standby does).
    /// </summary>
    public void Failed()
    {
        _failedWrites++;
        Wait();
    }

    /// <summary>The answer, or why there is none, if one has come.</summary>
    public bool Take(out IReadOnlyList<Placed> placed, out Exception? error)
    {
        (placed, error) = ([], null);
        if (_asking is not { IsCompleted: true } asking)
            return false;
        (_asking, IsBusy) = (null, false);
        if (asking.IsCompletedSuccessfully)
        {
            placed = asking.Result;
            (_failedAnswers, _wait) = (0, TimeSpan.Zero);
            return true;
        }

        error = asking.Exception?.InnerException ?? new LogUnavailableException("it was not answered in time");
        _hurry = true;
        _failedAnswers++;
        Wait();
        return true;
    }

    private void Wait()
    {
        var wait = FirstWait * Math.Pow(2, Math.Min(Math.Max(_failedWrites, _failedAnswers) - 1, 10));
        // Many workers came to the same end at the same moment: they should not all come back at one.
        _wait = (wait < LongestWait ? wait : LongestWait) * (0.8 + (0.4 * jitter.NextDouble()));
        _askedAt = time.GetTimestamp();
    }

    /// <summary>Asks, if it is time to.</summary>
    /// <param name="partitions">All partitions.</param>
    /// <param name="isSettled">Whether the store's position of a partition is not about to move.</param>
    /// <param name="abort">Gives up.</param>
    public void Start(IReadOnlyCollection<SinkPartition> partitions, Func<SinkPartition, bool> isSettled, CancellationToken abort)
    {
        var since = time.GetElapsedTime(_askedAt);
        if (_asking is not null || partitions.Count == 0 || since < _wait || (!_hurry && since < Interval))
            return;
        List<SinkPartition> all = [.. partitions];
        List<SinkPartition> unplaced = [.. all.Where(p => p.State == SinkState.Unplaced && isSettled(p))];
        _hurry = all.Count(p => p.State == SinkState.Unplaced) > unplaced.Count;
        IsBusy = unplaced.Count > 0;
        _askedAt = time.GetTimestamp();
        _asking = Task.Factory
            .StartNew(() => AskAsync(all, unplaced, abort), CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler)
            .Unwrap();
    }

    private async Task<IReadOnlyList<Placed>> AskAsync(List<SinkPartition> all, List<SinkPartition> unplaced, CancellationToken abort)
    {
        using var timeout = new CancellationTokenSource(RequestTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, abort);
        var locations = (await reader.LocateAsync([.. all.Select(p => p.Name)], either.Token).ConfigureAwait(false))
            .ToDictionary(l => l.Partition);
        var asked = unplaced.Where(p => locations.ContainsKey(p.Name)).ToList();
        var positions = new Dictionary<SinkPartition, long>();
        if (asked.Count > 0)
        {
            var starts = asked.Select(p => Start(locations[p.Name])).ToList();
            var answer = await store.PositionsAsync(starts, either.Token).ConfigureAwait(false);
            for (var i = 0; i < asked.Count; i++)
                positions.Add(asked[i], answer[i]);
        }

        return
        [
            .. all.Where(p => locations.ContainsKey(p.Name))
                .Select(p => new Placed(p, locations[p.Name], positions.TryGetValue(p, out var position) ? position : null)),
        ];
    }

    private static PartitionStart Start(LogLocation location) =>
        new(new TopicPartitionId(location.TopicId, location.Partition.Topic, location.Partition.Partition), location.Earliest);
}
