using System.Collections.Frozen;
using EventBus.Core.Schemas;

namespace EventBus.Core.Topics;

/// <summary>The active topics of the registry at one version: immutable, swapped whole.</summary>
/// <param name="version">The version that the rows are at least of.</param>
/// <param name="schemas">The names, each with its schema where it has one.</param>
public sealed class RegistrySnapshot(long version, IReadOnlyDictionary<string, TopicSchema?> schemas)
{
    private readonly FrozenDictionary<string, TopicSchema?> _schemas = schemas.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>What <c>registry_versions</c> said before the rows were read.</summary>
    public long Version { get; } = version;

    /// <summary>How many topics are registered.</summary>
    public int Count => _schemas.Count;

    /// <summary>All names, in no order.</summary>
    public IReadOnlyCollection<string> Names => _schemas.Keys;

    /// <summary>Whether a topic is registered.</summary>
    public bool Contains(string name) => _schemas.ContainsKey(name);

    /// <summary>A topic's schema; null where it has none or is not registered.</summary>
    public TopicSchema? SchemaOf(string name) => _schemas.GetValueOrDefault(name);
}
