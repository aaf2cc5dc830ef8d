using EventBus.Core.Storing;
using Npgsql;
using NpgsqlTypes;

namespace EventBus.Postgres.Storing;

/// <summary>The rows of <c>sink_offsets</c>: how far each partition is stored.</summary>
internal static class SinkPositions
{
    private const string Enter =
        """
        INSERT INTO sink_offsets (topic_id, partition, topic, next)
        SELECT n.topic_id, n.partition, n.topic, n.next FROM unnest($1, $2, $3, $4) AS n (topic_id, partition, topic, next)
        ORDER BY n.topic_id, n.partition
        ON CONFLICT DO NOTHING
        """;

    private const string Read =
        """
        SELECT o.next FROM unnest($1, $2) WITH ORDINALITY AS n (topic_id, partition, ordinal)
        JOIN sink_offsets o ON o.topic_id = n.topic_id AND o.partition = n.partition
        ORDER BY n.ordinal
        """;

    private const string Move =
        """
        UPDATE sink_offsets AS o SET next = n.next, stored = o.stored + n.stored, duplicates = o.duplicates + n.duplicates,
            dead_lettered = o.dead_lettered + n.dead_lettered, lost = o.lost + n.lost, updated_at = now()
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) AS n (topic_id, partition, previous, next, stored, duplicates, dead_lettered, lost)
        WHERE o.topic_id = n.topic_id AND o.partition = n.partition AND o.next = n.previous
        """;

    /// <summary>Enters what is new and reads all, in their order.</summary>
    public static async Task<IReadOnlyList<long>> ReadAsync(
        NpgsqlDataSource source, IReadOnlyList<PartitionStart> partitions, CancellationToken cancellation)
    {
        if (partitions.Count == 0)
            return [];
        await using var connection = await source.OpenConnectionAsync(cancellation);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(Enter)
                {
                    Parameters =
                    {
                        Column(partitions, p => p.Partition.TopicId, NpgsqlDbType.Uuid),
                        Column(partitions, p => p.Partition.Partition, NpgsqlDbType.Integer),
                        Column(partitions, p => p.Partition.Topic, NpgsqlDbType.Text),
                        Column(partitions, p => p.Earliest, NpgsqlDbType.Bigint),
                    },
                },
                new NpgsqlBatchCommand(Read)
                {
                    Parameters =
                    {
                        Column(partitions, p => p.Partition.TopicId, NpgsqlDbType.Uuid),
                        Column(partitions, p => p.Partition.Partition, NpgsqlDbType.Integer),
                    },
                },
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        var positions = new List<long>(partitions.Count);
        while (await reader.ReadAsync(cancellation))
            positions.Add(reader.GetInt64(0));
        return positions;
    }

    /// <summary>Moves every position of the batch from where its mover left it, with the counts of its rows.</summary>
    /// <returns>How many were there; one that was not is a conflict.</returns>
    public static async Task<int> MoveAsync(NpgsqlConnection connection, StoreBatch batch, ReadOnlyMemory<bool> isEvent, CancellationToken cancellation)
    {
        var (stored, duplicates) = Count(batch, isEvent.Span);
        var moves = batch.Moves;
        await using var command = new NpgsqlCommand(Move, connection)
        {
            Parameters =
            {
                Column(moves, m => m.Partition.TopicId, NpgsqlDbType.Uuid),
                Column(moves, m => m.Partition.Partition, NpgsqlDbType.Integer),
                Column(moves, m => m.From, NpgsqlDbType.Bigint),
                Column(moves, m => m.To, NpgsqlDbType.Bigint),
                Parameters.Array(stored, stored.Length, NpgsqlDbType.Bigint),
                Parameters.Array(duplicates, duplicates.Length, NpgsqlDbType.Bigint),
                Column(moves, m => (long)m.DeadLettered, NpgsqlDbType.Bigint),
                Column(moves, m => m.Lost, NpgsqlDbType.Bigint),
            },
        };
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    private static (long[] Stored, long[] Duplicates) Count(StoreBatch batch, ReadOnlySpan<bool> isEvent)
    {
        var (stored, duplicates) = (new long[batch.Moves.Count], new long[batch.Moves.Count]);
        var places = new Dictionary<(Guid, int), int>(batch.Moves.Count);
        for (var i = 0; i < batch.Moves.Count; i++)
            places.Add((batch.Moves[i].Partition.TopicId, batch.Moves[i].Partition.Partition), i);
        for (var i = 0; i < isEvent.Length; i++)
        {
            var partition = batch.Rows[i].Partition;
            (isEvent[i] ? stored : duplicates)[places[(partition.TopicId, partition.Partition)]]++;
        }

        return (stored, duplicates);
    }

    private static NpgsqlParameter Column<TItem, T>(IReadOnlyList<TItem> items, Func<TItem, T> value, NpgsqlDbType type)
    {
        var column = new T[items.Count];
        for (var i = 0; i < column.Length; i++)
            column[i] = value(items[i]);
        return Parameters.Array(column, column.Length, type);
    }
}
