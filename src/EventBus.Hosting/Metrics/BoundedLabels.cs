using System.Collections.Concurrent;
using System.Text;
using EventBus.Core.Topics;

namespace EventBus.Hosting.Metrics;

/// <summary>
/// A table from a label's value to what is kept of it (a metric's child, say), which clients cannot grow: values beyond the cap, and values
/// too long, share one entry called <c>other</c>. Asked with the request's own bytes, it allocates only for a value that is new.
/// </summary>
/// <typeparam name="T">What is kept of a value.</typeparam>
public sealed class BoundedLabels<T>
{
    /// <summary>The label of what is beyond the cap.</summary>
    public const string Other = "other";

    /// <summary>The longest name of a topic; no label that is wanted is longer.</summary>
    private const int MaxValueBytes = 249;

    private readonly ConcurrentDictionary<byte[], T> _entries = new(Utf8NameComparer.Instance);
    private readonly ConcurrentDictionary<byte[], T>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
    private readonly Lock _growing = new();
    private readonly int _capacity;
    private readonly Func<string, T> _create;
    private readonly T _other;
    private volatile bool _full;

    /// <summary>Makes an empty table.</summary>
    /// <param name="capacity">How many values get an entry of their own.</param>
    /// <param name="create">Makes what is kept, by the value or <see cref="Other"/>; called once for each.</param>
    public BoundedLabels(int capacity, Func<string, T> create)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        _capacity = capacity;
        _create = create;
        _lookup = _entries.GetAlternateLookup<ReadOnlySpan<byte>>();
        _other = create(Other);
    }

    /// <summary>How many values have an entry of their own.</summary>
    public int Count => _entries.Count;

    /// <summary>What is kept of <paramref name="value"/>, in UTF-8.</summary>
    public T Get(ReadOnlySpan<byte> value) => _lookup.TryGetValue(value, out var entry) ? entry : Add(value);

    /// <summary>What is kept of <paramref name="value"/>.</summary>
    public T Get(string value)
    {
        Span<byte> utf8 = stackalloc byte[MaxValueBytes];
        return Encoding.UTF8.TryGetBytes(value, utf8, out var length) ? Get(utf8[..length]) : _other;
    }

    private T Add(ReadOnlySpan<byte> value)
    {
        // ConcurrentDictionary.Count takes all its locks: a flood of new values reads this flag instead.
        if (value.Length > MaxValueBytes || _full)
            return _other;
        lock (_growing)
        {
            if (_lookup.TryGetValue(value, out var entry))
                return entry;
            if (_entries.Count >= _capacity)
            {
                _full = true;
                return _other;
            }

            entry = _create(Encoding.UTF8.GetString(value));
            _entries[value.ToArray()] = entry;
            return entry;
        }
    }
}
