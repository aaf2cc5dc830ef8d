using EventBus.Core.Storing;

namespace EventBus.Core.Consuming;

/// <summary>A partition, by its topic's name.</summary>
/// <param name="Topic">The topic's name.</param>
/// <param name="Partition">The partition.</param>
public readonly record struct LogPartition(string Topic, int Partition);

/// <summary>What the log says of a partition.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="TopicId">Kafka's id of the topic.</param>
/// <param name="Earliest">The first offset that there still is.</param>
/// <param name="End">The offset behind the last record that can be read.</param>
public readonly record struct LogLocation(LogPartition Partition, Guid TopicId, long Earliest, long End);

/// <summary>
/// A member of a consumer group. All but <see cref="LocateAsync"/> is for one thread, which polls at least every few minutes: a member that does
/// not is taken for dead.
/// </summary>
public interface ILogReader
{
    /// <summary>Says which topics to share with the other members; those that do not exist (yet) are passed over.</summary>
    void Subscribe(IReadOnlyCollection<string> topics);

    /// <summary>Serves the group, and hands at most one record to <paramref name="handler"/>.</summary>
    /// <param name="timeout">How long to wait for one.</param>
    /// <param name="handler">Takes what comes; called on this thread, before the method returns.</param>
    /// <returns>Whether something was handed over, so that there may be more.</returns>
    bool Poll(TimeSpan timeout, ILogHandler handler);

    /// <summary>Stops reading partitions. What was read ahead of them is dropped.</summary>
    void Pause(IReadOnlyCollection<LogPartition> partitions);

    /// <summary>Reads on from an offset.</summary>
    /// <returns>False where that cannot be done just yet: try again.</returns>
    bool ReadFrom(LogPartition partition, long offset);

    /// <summary>Notes a position for the group's own books, which lag tools read. Nothing here depends on it.</summary>
    void Note(LogPartition partition, long position);

    /// <summary>Asks the log about partitions; those that it does not know are left out. For any thread.</summary>
    /// <exception cref="LogUnavailableException">Kafka does not answer; try later.</exception>
    Task<IReadOnlyList<LogLocation>> LocateAsync(IReadOnlyCollection<LogPartition> partitions, CancellationToken cancellation);

    /// <summary>Leaves the group.</summary>
    void Close(ILogHandler handler);
}

/// <summary>Takes what an <see cref="ILogReader"/> reads.</summary>
public interface ILogHandler
{
    /// <summary>Partitions are this member's now. Nothing of them counts before <see cref="ILogReader.ReadFrom"/>.</summary>
    void OnAssigned(IReadOnlyList<LogPartition> partitions);

    /// <summary>Partitions go to another member.</summary>
    /// <param name="partitions">The partitions.</param>
    /// <param name="lost">Whether they are another's already.</param>
    void OnRevoked(IReadOnlyList<LogPartition> partitions, bool lost);

    /// <summary>A record.</summary>
    void OnRecord(LogPartition partition, scoped in LogRecord record);

    /// <summary>All that there is was read: the next record will have this offset or a higher one.</summary>
    void OnEnd(LogPartition partition, long offset);

    /// <summary>The log does not have the offset that was to be read.</summary>
    void OnOutOfRange(LogPartition partition);
}

/// <summary>Kafka does not answer.</summary>
public sealed class LogUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
