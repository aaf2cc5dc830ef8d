using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using EventBus.TestKit.Records;

namespace EventBus.TestKit.Histories;

/// <summary>What the clients of a test saw, written down outside the system under test, from any thread.</summary>
public sealed class History
{
    private readonly ConcurrentQueue<HistoryEntry> _entries = new();
    private readonly long _began = Stopwatch.GetTimestamp();

    /// <summary>The lines so far, in the order in which they were written.</summary>
    public IReadOnlyCollection<HistoryEntry> Entries => _entries;

    /// <summary>Writes that a client is about to send an event.</summary>
    public void Invoke(EventIdentity what, string topic) => Add(HistoryStep.Invoke, what, null, topic, null, null, null);

    /// <summary>Writes that an answer said: stored.</summary>
    public void Ok(EventIdentity what, string topic, string eventId, int? partition, long? offset) =>
        Add(HistoryStep.Ok, what, eventId, topic, partition, offset, null);

    /// <summary>Writes that an answer said: not stored.</summary>
    public void Fail(EventIdentity what, string topic, string detail) => Add(HistoryStep.Fail, what, null, topic, null, null, detail);

    /// <summary>Writes that it is not known.</summary>
    public void Unknown(EventIdentity what, string topic, string detail) => Add(HistoryStep.Unknown, what, null, topic, null, null, detail);

    /// <summary>How many answers there are of a kind.</summary>
    public int Count(HistoryStep step) => _entries.Count(e => e.Step == step);

    /// <summary>How many answers of a kind there are whose detail contains a text.</summary>
    public int Count(HistoryStep step, string detail) =>
        _entries.Count(e => e.Step == step && e.Detail?.Contains(detail, StringComparison.Ordinal) == true);

    /// <summary>The events whose newest sending has no outcome yet.</summary>
    public IReadOnlyCollection<EventIdentity> Open() => Waits(out _).Keys;

    /// <summary>The longest time from a sending to its outcome. One that has none yet counts until now.</summary>
    public TimeSpan LongestWait()
    {
        var open = Waits(out var longest);
        var now = Stopwatch.GetElapsedTime(_began);
        return open.Values.Select(at => now - at).Append(longest).Max();
    }

    /// <summary>One line: how many of each outcome, and of what kinds.</summary>
    public override string ToString() => string.Join(", ", _entries.Where(e => e.Step != HistoryStep.Invoke)
        .GroupBy(e => (e.Step, e.Detail)).OrderByDescending(g => g.Count())
        .Select(g => $"{g.Count()} {g.Key.Step} {g.Key.Detail}".TrimEnd()));

    /// <summary>The payload that carries an identity; <see cref="ReadLog"/> reads it back.</summary>
    public static string Payload(EventIdentity what) =>
        JsonSerializer.Serialize(new { client = what.Client, key = what.Key, sequence = what.Sequence });

    /// <summary>What the records of topics are about.</summary>
    public static IReadOnlyList<LogEntry> ReadLog(IEnumerable<KafkaRecord> records) => [.. records.Select(ToLogEntry)];

    private static LogEntry ToLogEntry(KafkaRecord record)
    {
        var payload = JsonElement.Parse(record.Value);
        var what = new EventIdentity(
            payload.GetProperty("client").GetInt32(), payload.GetProperty("key").GetString()!, payload.GetProperty("sequence").GetInt32());
        return new LogEntry(what, record.Header("ce_id")!, record.Topic, record.Partition, record.Offset);
    }

    private Dictionary<EventIdentity, TimeSpan> Waits(out TimeSpan longest)
    {
        var open = new Dictionary<EventIdentity, TimeSpan>();
        longest = TimeSpan.Zero;
        foreach (var entry in _entries)
        {
            if (entry.Step == HistoryStep.Invoke)
                open[entry.Event] = entry.At;
            else if (open.Remove(entry.Event, out var sent) && entry.At - sent > longest)
                longest = entry.At - sent;
        }

        return open;
    }

    private void Add(HistoryStep step, EventIdentity what, string? eventId, string topic, int? partition, long? offset, string? detail) =>
        _entries.Enqueue(new HistoryEntry(step, what, eventId, topic, partition, offset, Stopwatch.GetElapsedTime(_began), detail));
}
