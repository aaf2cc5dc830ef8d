using System.Text;
using EventBus.Core.Consuming;
using EventBus.Core.Storing;

namespace EventBus.UnitTests.Storing;

/// <summary>
/// An event store in memory that keeps the port's contract, and answers when it is told to: well, not at all, or after having stored and lost
/// its answer.
/// </summary>
internal sealed class SimulatedStore(Random random) : IEventStore, IDeadLetters
{
    private readonly List<Action> _open = [];

    public Dictionary<(Guid TopicId, int Partition), long> Positions { get; } = [];

    public Dictionary<string, (Guid TopicId, int Partition, long Offset)> Rows { get; } = [];

    public HashSet<(LogPartition Partition, long Offset, string Reason)> DeadLetters { get; } = [];

    public long Duplicates { get; private set; }

    public long Lost { get; private set; }

    public bool IsAway { get; set; }

    public bool IsReadOnly { get; set; }

    /// <summary>Whether some answers get lost on their way.</summary>
    public bool LosesAnswers { get; set; }

    public int Open => _open.Count;

    /// <summary>Lets one call that waits, if any, be done.</summary>
    public void Answer()
    {
        if (_open.Count == 0)
            return;
        var at = random.Next(_open.Count);
        var call = _open[at];
        _open.RemoveAt(at);
        call();
    }

    public Task<IReadOnlyList<long>> PositionsAsync(IReadOnlyList<PartitionStart> partitions, CancellationToken cancellation) => Later<IReadOnlyList<long>>(() =>
    {
        foreach (var (partition, earliest) in partitions)
            Positions.TryAdd((partition.TopicId, partition.Partition), earliest);
        return [.. partitions.Select(p => Positions[(p.Partition.TopicId, p.Partition.Partition)])];
    });

    public Task<StoreResult> StoreAsync(StoreBatch batch, CancellationToken cancellation) => Later(() =>
    {
        if (IsReadOnly)
            throw new StoreUnavailableException("read-only");
        var refused = batch.Rows.Select((r, i) => (r, i)).Where(r => Id(r.r).StartsWith("refused", StringComparison.Ordinal)).ToList();
        if (refused.Count > 0)
            throw new RowsRefusedException([.. refused.Select(r => new RefusedRow(r.i, "no"))]);
        foreach (var move in batch.Moves)
        {
            if (Positions[(move.Partition.TopicId, move.Partition.Partition)] != move.From)
                throw new PositionConflictException("moved");
        }

        var stored = 0;
        foreach (var row in batch.Rows)
        {
            // The rows must be those of the moves, in order, and their memory not another's yet.
            var move = batch.Moves.Single(m => m.Partition == row.Partition);
            Assert.InRange(row.Offset, move.From, move.To - 1);
            Assert.Equal(Id(row), Encoding.UTF8.GetString(row.Payload!.Value.Span));
            stored += Rows.TryAdd(Id(row), (row.Partition.TopicId, row.Partition.Partition, row.Offset)) ? 1 : 0;
        }

        foreach (var move in batch.Moves)
        {
            Positions[(move.Partition.TopicId, move.Partition.Partition)] = move.To;
            Lost += move.Lost;
        }

        Duplicates += batch.Rows.Count - stored;
        return new StoreResult(stored, batch.Rows.Count - stored);
    });

    public Task SendAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellation) => Later(() =>
    {
        foreach (var letter in letters)
            DeadLetters.Add((letter.Origin, letter.Offset, letter.Rejection.Reason));
        return 0;
    });

    private static string Id(EventRow row) => Encoding.UTF8.GetString(row.EventId.Span);

    private Task<T> Later<T>(Func<T> call)
    {
        var answer = new TaskCompletionSource<T>();
        _open.Add(() =>
        {
            try
            {
                if (IsAway)
                    throw new StoreUnavailableException("away");
                var result = call();
                if (LosesAnswers && random.Next(10) == 0)
                    throw new StoreUnavailableException("the answer was lost");
                answer.SetResult(result);
            }
            catch (Exception e) when (e is StoreUnavailableException or PositionConflictException or RowsRefusedException)
            {
                answer.SetException(e);
            }
        });
        return answer.Task;
    }
}
