using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace EventBus.Core.Topics;

/// <summary>The topics known at one moment: immutable, swapped whole, read without locks.</summary>
public sealed class TopicSnapshot
{
    private readonly FrozenDictionary<byte[], Topic>.AlternateLookup<ReadOnlySpan<byte>> _byName;

    /// <summary>A snapshot of <paramref name="topics"/>.</summary>
    public TopicSnapshot(IReadOnlyCollection<Topic> topics)
    {
        Topics = topics;
        _byName = topics.ToFrozenDictionary(t => t.Utf8Name, Utf8NameComparer.Instance).GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>No topics: the snapshot before the first one.</summary>
    public static TopicSnapshot Empty { get; } = new([]);

    /// <summary>All topics, in no order.</summary>
    public IReadOnlyCollection<Topic> Topics { get; }

    /// <summary>Finds a topic by its UTF-8 name, without allocating.</summary>
    public bool TryGet(ReadOnlySpan<byte> utf8Name, [NotNullWhen(true)] out Topic? topic) => _byName.TryGetValue(utf8Name, out topic);
}
