namespace EventBus.Core.Storing;

/// <summary>A partition of a topic, by Kafka's own id of it: a topic that is deleted and made again is another one.</summary>
/// <param name="TopicId">Kafka's topic id (KIP-516).</param>
/// <param name="Topic">The topic's name.</param>
/// <param name="Partition">The partition.</param>
public readonly record struct TopicPartitionId(Guid TopicId, string Topic, int Partition);

/// <summary>A partition, and the first offset that the log still has of it.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Earliest">The log's start.</param>
public readonly record struct PartitionStart(TopicPartitionId Partition, long Earliest);

/// <summary>A move of one partition's position, from exactly where the mover left it.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="From">The position before; it must be what the store has.</param>
/// <param name="To">The offset after the last record of the batch.</param>
/// <param name="DeadLettered">Records in between that became dead letters.</param>
/// <param name="Lost">Offsets in between that the log no longer had when they were to be read.</param>
public readonly record struct PositionMove(TopicPartitionId Partition, long From, long To, int DeadLettered = 0, long Lost = 0);

/// <summary>What is stored at once.</summary>
/// <param name="Rows">The events, in the order of their partitions' offsets.</param>
/// <param name="Moves">One for each partition that the rows come from, and for those where there was nothing to store.</param>
public sealed record StoreBatch(IReadOnlyList<EventRow> Rows, IReadOnlyList<PositionMove> Moves);

/// <summary>What became of a batch.</summary>
/// <param name="Stored">Rows that are in the store now.</param>
/// <param name="Duplicates">Rows whose source and id the store has already.</param>
public readonly record struct StoreResult(int Stored, int Duplicates);

/// <summary>A row that the store can never take, and why.</summary>
/// <param name="Index">Its place in <see cref="StoreBatch.Rows"/>.</param>
/// <param name="Reason">The store's own reason.</param>
public readonly record struct RefusedRow(int Index, string Reason);
