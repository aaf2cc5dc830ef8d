using EventBus.Core.Consuming;
using EventBus.Core.Storing;

namespace EventBus.Worker.Storing;

/// <summary>How a partition is read.</summary>
internal enum SinkState
{
    /// <summary>Where to go on is not known: what comes is dropped.</summary>
    Unplaced,

    /// <summary>Paused until there is room again: what comes is dropped, and read again later.</summary>
    Held,

    /// <summary>Read.</summary>
    Active,

    /// <summary>Another member's.</summary>
    Gone,
}

/// <summary>One partition, from its assignment to its revocation.</summary>
internal sealed class SinkPartition(LogPartition name)
{
    public LogPartition Name { get; } = name;

    public SinkState State { get; set; }

    /// <summary>The partition by Kafka's topic id, once placed.</summary>
    public TopicPartitionId Id { get; private set; }

    /// <summary>The offset to take next.</summary>
    public long Next { get; set; }

    /// <summary>The store's position, for the lag.</summary>
    public long Stored { get; set; }

    /// <summary>The log's end when it was last asked for.</summary>
    public long End { get; set; }

    /// <summary>Set by each seek: whether the next record must prove that the seek was done.</summary>
    public bool IsFresh { get; set; }

    /// <summary>The offset that came after a seek instead of the sought one. Seen twice it is true: there is a hole before it.</summary>
    public long Doubted { get; set; } = -1;

    /// <summary>Takes up where to go on.</summary>
    public void Place(Guid topicId, long position)
    {
        Id = new TopicPartitionId(topicId, Name.Topic, Name.Partition);
        Next = Stored = position;
    }
}
