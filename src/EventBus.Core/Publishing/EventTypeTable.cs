using System.Text;
using EventBus.Core.Events;
using EventBus.Core.Topics;

namespace EventBus.Core.Publishing;

/// <summary>
/// The event types seen so far, found by their bytes: a type that is in the table has been checked before, and carries its counters.
/// Bounded, so that no client can grow memory or metrics: further types are checked each time and counted as <c>other</c>.
/// </summary>
public sealed class EventTypeTable(EventNames names, int maxTypes = EventTypeTable.DefaultMaxTypes, int maxSeries = EventTypeTable.DefaultMaxSeries)
{
    /// <summary>Types with a label of their own.</summary>
    public const int DefaultMaxTypes = 256;

    /// <summary>Pairs of topic and type with counters of their own.</summary>
    public const int DefaultMaxSeries = 1024;

    /// <summary>The label of whatever is beyond the bounds.</summary>
    public const string Overflow = "other";

    private readonly Lock _write = new();
    private readonly Entry _other = new(Overflow);
    private readonly List<EventSeries> _series = [new(Overflow, Overflow)];
    private volatile Dictionary<byte[], Entry> _types = new(Utf8NameComparer.Instance);

    /// <summary>All counters, for the scrape.</summary>
    public IReadOnlyList<EventSeries> Series
    {
        get
        {
            lock (_write)
                return [.. _series];
        }
    }

    /// <summary>Finds or adds a type. Null where it is not valid, with the reason in <paramref name="error"/>.</summary>
    public Entry? Find(ReadOnlySpan<byte> type, out string? error)
    {
        error = null;
        if (_types.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(type, out var entry))
            return entry;
        error = names.CheckType(type);
        return error is null ? Add(type) : null;
    }

    /// <summary>The counters of a topic and a type.</summary>
    public EventSeries SeriesOf(Topic topic, Entry type)
    {
        var byTopic = type.ByTopic;
        return topic.Index < byTopic.Length && byTopic[topic.Index] is { } series ? series : AddSeries(topic, type);
    }

    private Entry Add(ReadOnlySpan<byte> type)
    {
        lock (_write)
        {
            if (_types.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(type, out var existing))
                return existing;
            if (_types.Count >= maxTypes)
                return _other;
            // Copied on write: readers take no lock, and there are few writes by the bound.
            var copy = new Dictionary<byte[], Entry>(_types, Utf8NameComparer.Instance);
            var entry = new Entry(Encoding.UTF8.GetString(type));
            copy.Add(type.ToArray(), entry);
            _types = copy;
            return entry;
        }
    }

    private EventSeries AddSeries(Topic topic, Entry type)
    {
        lock (_write)
        {
            var byTopic = type.ByTopic;
            if (topic.Index < byTopic.Length && byTopic[topic.Index] is { } existing)
                return existing;
            if (_series.Count >= maxSeries || topic.Index >= maxSeries)
                return _series[0];
            var series = new EventSeries(topic.Name, type.Name);
            _series.Add(series);
            if (topic.Index >= byTopic.Length)
                Array.Resize(ref byTopic, topic.Index + 1);
            byTopic[topic.Index] = series;
            type.ByTopic = byTopic;
            return series;
        }
    }

    /// <summary>One event type.</summary>
    public sealed class Entry(string name)
    {
        private volatile EventSeries?[] _byTopic = [];

        /// <summary>The type, or <see cref="Overflow"/>.</summary>
        public string Name { get; } = name;

        internal EventSeries?[] ByTopic
        {
            get => _byTopic;
            set => _byTopic = value;
        }
    }
}
