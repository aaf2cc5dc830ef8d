namespace EventBus.Kafka.Topics;

/// <summary>What the brokers say of a topic.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Partitions">Its partitions, in their order.</param>
public sealed record KafkaTopic(string Name, IReadOnlyList<KafkaPartition> Partitions)
{
    /// <summary>Replicas of the partition that has the most.</summary>
    public int ReplicationFactor => Partitions.Count == 0 ? 0 : Partitions.Max(p => p.Replicas.Count);
}

/// <summary>What the brokers say of a partition.</summary>
/// <param name="Partition">Its number.</param>
/// <param name="Leader">The leading broker's id; null where there is none now.</param>
/// <param name="Replicas">The ids of the brokers that hold it.</param>
/// <param name="InSyncReplicas">Those of them that have all of it.</param>
public sealed record KafkaPartition(int Partition, int? Leader, IReadOnlyList<int> Replicas, IReadOnlyList<int> InSyncReplicas);

/// <summary>Where a partition begins and ends.</summary>
/// <param name="Earliest">The first offset still kept; null where its leader did not say.</param>
/// <param name="Latest">The offset of the next record; null where its leader did not say.</param>
public readonly record struct PartitionOffsets(long? Earliest, long? Latest);

/// <summary>The brokers will not do it; the message is their own reason.</summary>
public sealed class TopicRefusedException(string message) : Exception(message);

/// <summary>The brokers did not answer: it may or may not be done.</summary>
public sealed class KafkaUnavailableException(string message) : Exception(message);
