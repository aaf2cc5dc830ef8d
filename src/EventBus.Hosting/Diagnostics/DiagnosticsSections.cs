using System.Collections.Immutable;
using System.Text.Json;

namespace EventBus.Hosting.Diagnostics;

/// <summary>What features add to the diagnostics' answer: each a named JSON object.</summary>
public sealed class DiagnosticsSections
{
    private ImmutableSortedDictionary<string, Action<Utf8JsonWriter>> _sections =
        ImmutableSortedDictionary.Create<string, Action<Utf8JsonWriter>>(StringComparer.Ordinal);

    /// <summary>All of them, by name.</summary>
    internal ImmutableSortedDictionary<string, Action<Utf8JsonWriter>> All => Volatile.Read(ref _sections);

    /// <summary>Adds a section; a second one of the same name takes the first one's place.</summary>
    /// <param name="name">The member's name, in snake_case.</param>
    /// <param name="write">Writes the members of the section's object; runs on a request's thread and must not block.</param>
    public void Add(string name, Action<Utf8JsonWriter> write) =>
        ImmutableInterlocked.Update(ref _sections, static (sections, added) => sections.SetItem(added.name, added.write), (name, write));
}
