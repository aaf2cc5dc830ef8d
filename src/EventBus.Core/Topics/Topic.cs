using System.Text;
using EventBus.Core.Schemas;

namespace EventBus.Core.Topics;

/// <summary>
/// A topic that events can be published to. There is one object per name for the life of the process, so the hot path may keep the
/// reference; what Kafka says of the topic is swapped whole in <see cref="State"/>.
/// </summary>
public sealed class Topic(int index, string name)
{
    private volatile TopicState _state = TopicState.Unknown;
    private volatile TopicSchema? _schema;

    /// <summary>A small number, unique in the process: the index of per-topic tables.</summary>
    public int Index { get; } = index;

    /// <summary>The topic's name.</summary>
    public string Name { get; } = name;

    /// <summary>The name in UTF-8 (ASCII, by the grammar).</summary>
    public byte[] Utf8Name { get; } = Encoding.UTF8.GetBytes(name);

    /// <summary>What Kafka's metadata said last.</summary>
    public TopicState State
    {
        get => _state;
        set => _state = value;
    }

    /// <summary>What its payloads must fit; null, for most topics, lets everything pass.</summary>
    public TopicSchema? Schema
    {
        get => _schema;
        set => _schema = value;
    }
}

/// <summary>What Kafka's metadata said of a topic.</summary>
/// <param name="Partitions">The number of partitions.</param>
/// <param name="MinInSyncReplicas">The topic's <c>min.insync.replicas</c>; 0 while unknown.</param>
/// <param name="UnderMinimum">
/// For each partition, whether fewer replicas are in sync than <paramref name="MinInSyncReplicas"/>: null where none is, which is the
/// usual case and one comparison on the hot path.
/// </param>
public sealed record TopicState(int Partitions, int MinInSyncReplicas, bool[]? UnderMinimum)
{
    /// <summary>Before the first metadata.</summary>
    public static readonly TopicState Unknown = new(0, 0, null);
}
