namespace EventBus.TestKit.Histories;

/// <summary>
/// Holds a history against the log. With A the acknowledged, U the unknown, F the refused events and S what is in the log:
/// A ⊆ S ⊆ A ∪ U, F ∩ S = ∅, an answered place is the record's place, and the acknowledged events of a client and key lie in
/// their sequence.
/// </summary>
public static class HistoryChecker
{
    /// <summary>Every violation; none where the promises were kept.</summary>
    public static IReadOnlyList<Violation> Check(IEnumerable<HistoryEntry> history, IEnumerable<LogEntry> log)
    {
        var violations = new List<Violation>();
        var records = log.ToList();
        var stored = records.ToLookup(r => r.Event);
        var sent = new Dictionary<EventIdentity, Outcomes>();
        foreach (var entry in history)
            Collect(entry, sent, violations);

        foreach (var (what, outcomes) in sent)
            CheckEvent(what, outcomes, [.. stored[what]], violations);
        violations.AddRange(records.Where(r => !sent.ContainsKey(r.Event))
            .Select(r => new Violation(ViolationKind.Phantom, r.Event, $"{r}")));
        CheckPlaces(sent, records, violations);
        CheckOrder(sent, stored, violations);
        CheckIds(records, violations);
        CheckKeys(records, violations);
        return violations;
    }

    /// <summary>Throws with the first violations, where there are any.</summary>
    public static void AssertKept(History history, IEnumerable<LogEntry> log)
    {
        var violations = Check(history.Entries, log);
        if (violations.Count > 0)
        {
            throw new InvalidOperationException(
                $"{violations.Count} violations ({history}):\n{string.Join('\n', violations.Take(20))}");
        }
    }

    private static void Collect(HistoryEntry entry, Dictionary<EventIdentity, Outcomes> sent, List<Violation> violations)
    {
        if (!sent.TryGetValue(entry.Event, out var outcomes))
            sent[entry.Event] = outcomes = new Outcomes();
        switch (entry.Step)
        {
            case HistoryStep.Invoke:
                outcomes.Invoked++;
                break;
            case HistoryStep.Ok:
                outcomes.Acknowledged.Add(entry);
                break;
            case HistoryStep.Fail:
                outcomes.Refused++;
                break;
        }

        if (entry.Step == HistoryStep.Unknown)
            outcomes.SaidUnknown++;
        if (outcomes.Acknowledged.Count + outcomes.Refused + outcomes.SaidUnknown > outcomes.Invoked)
            violations.Add(new Violation(ViolationKind.BrokenHistory, entry.Event, $"more outcomes than invocations: {entry}"));
    }

    private static void CheckEvent(EventIdentity what, Outcomes outcomes, List<LogEntry> copies, List<Violation> violations)
    {
        // An invocation without an outcome is as unknown as one whose answer said so.
        var unknown = outcomes.Invoked - outcomes.Acknowledged.Count - outcomes.Refused;
        var acknowledged = outcomes.Acknowledged.Count > 0;
        if (acknowledged && copies.Count == 0)
            violations.Add(new Violation(ViolationKind.Lost, what, $"{outcomes.Acknowledged[0]}"));
        else if (!acknowledged && unknown <= 0 && copies.Count > 0)
            violations.Add(new Violation(ViolationKind.RefusedButStored, what, $"{copies[0]}"));
        else if (copies.Count > Math.Max(unknown, 0) + (acknowledged ? 1 : 0))
            {
            violations.Add(new Violation(
                ViolationKind.Duplicate, what, $"{copies.Count} copies, {unknown} unknown outcomes: {copies[0]}, {copies[1]}"));
        }
    }

    private static void CheckPlaces(Dictionary<EventIdentity, Outcomes> sent, List<LogEntry> records, List<Violation> violations)
    {
        var byPlace = records.ToDictionary(r => (r.Topic, r.Partition, r.Offset));
        var events = records.ToLookup(r => r.Event);
        foreach (var (what, outcomes) in sent)
        {
            foreach (var answer in outcomes.Acknowledged)
            {
                if (answer is { Partition: { } partition, Offset: { } offset })
                {
                    if (!byPlace.TryGetValue((answer.Topic, partition, offset), out var there) || there.Event != what)
                        violations.Add(new Violation(ViolationKind.WrongPlace, what, $"answered {answer}, there lies {there}"));
                    else if (there.EventId != answer.EventId)
                        violations.Add(new Violation(ViolationKind.WrongId, what, $"answered {answer}, there lies {there}"));
                }
                else if (events[what].Any() && events[what].All(r => r.EventId != answer.EventId))
                {
                    violations.Add(new Violation(ViolationKind.WrongId, what, $"answered {answer}, the log has {events[what].First()}"));
                }
            }
        }
    }

    private static void CheckOrder(
        Dictionary<EventIdentity, Outcomes> sent, ILookup<EventIdentity, LogEntry> stored, List<Violation> violations)
    {
        // Where an unknown outcome left more than one copy, the answered one counts, else the first.
        var placed = sent.Where(s => s.Value.Acknowledged.Count > 0)
            .Select(s => stored[s.Key].FirstOrDefault(
                    r => s.Value.Acknowledged.Exists(a => a.Partition == r.Partition && a.Offset == r.Offset))
                ?? stored[s.Key].FirstOrDefault())
            .OfType<LogEntry>();
        foreach (var group in placed.GroupBy(r => (r.Event.Client, r.Event.Key, r.Topic, r.Partition)))
        {
            LogEntry? before = null;
            foreach (var record in group.OrderBy(r => r.Event.Sequence))
            {
                if (before is not null && record.Offset <= before.Offset)
                    violations.Add(new Violation(ViolationKind.OutOfOrder, record.Event, $"{record} lies before {before}"));
                before = record;
            }
        }
    }

    private static void CheckIds(List<LogEntry> records, List<Violation> violations)
    {
        foreach (var group in records.GroupBy(r => r.EventId))
        {
            var first = group.First();
            violations.AddRange(group.Where(r => r.Event != first.Event).DistinctBy(r => r.Event)
                .Select(r => new Violation(ViolationKind.SharedId, r.Event, $"{r} and {first}")));
        }
    }

    private static void CheckKeys(List<LogEntry> records, List<Violation> violations)
    {
        foreach (var group in records.GroupBy(r => (r.Topic, r.Event.Key)))
        {
            var first = group.First();
            if (group.FirstOrDefault(r => r.Partition != first.Partition) is { } other)
                violations.Add(new Violation(ViolationKind.SplitKey, other.Event, $"{other} and {first}"));
        }
    }

    private sealed class Outcomes
    {
        public List<HistoryEntry> Acknowledged { get; } = [];

        public int Invoked { get; set; }

        public int Refused { get; set; }

        public int SaidUnknown { get; set; }
    }
}
