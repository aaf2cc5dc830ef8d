using EventBus.Core.Storing;

namespace EventBus.Postgres.Queries;

/// <summary>How far the sink has come in a partition, and what it counted there.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Next">The offset that it reads next: all before it are dealt with.</param>
/// <param name="Stored">Records that became rows.</param>
/// <param name="Duplicates">Records whose source and id were stored already.</param>
/// <param name="DeadLettered">Records that became dead letters.</param>
/// <param name="Lost">Offsets that the log no longer had when they were to be read.</param>
public readonly record struct SinkPosition(
    TopicPartitionId Partition, long Next, long Stored, long Duplicates, long DeadLettered, long Lost);

/// <summary>Reads the sink's positions, those of deleted topics too.</summary>
public sealed class SinkPositionReader(Database database)
{
    /// <summary>All positions.</summary>
    /// <exception cref="StoreUnavailableException">The database did not answer.</exception>
    public Task<IReadOnlyList<SinkPosition>> ReadAsync(CancellationToken cancellation) => Attempt.RunAsync(async () =>
    {
        await using var command = database.Source.CreateCommand(
            "SELECT topic_id, topic, partition, next, stored, duplicates, dead_lettered, lost FROM sink_offsets");
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        var positions = new List<SinkPosition>();
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
        {
            positions.Add(new SinkPosition(
                new TopicPartitionId(reader.GetGuid(0), reader.GetString(1), reader.GetInt32(2)), reader.GetInt64(3), reader.GetInt64(4),
                reader.GetInt64(5), reader.GetInt64(6), reader.GetInt64(7)));
        }

        return (IReadOnlyList<SinkPosition>)positions;
    });
}
