using HdrHistogram;

namespace EventBus.Ceilings.Load;

/// <summary>Counts what was answered, by priority where they are mixed.</summary>
internal sealed class Outcome(bool mixed)
{
    private const long SlotMicros = 10_000;
    private const int Critical = 3;
    private readonly LongHistogram _latency = Histograms.Create();
    private readonly LongHistogram _refusals = Histograms.Create();
    private readonly Outcomes[] _priorities = [.. Requests.Priorities.Select(_ => new Outcomes())];
    private readonly Dictionary<long, (int CriticalRefused, int LowerLetIn)> _slots = [];

    /// <summary>False once the measured time is over: counts go on, latencies do not.</summary>
    public bool Measuring { get; set; } = true;

    public long Acknowledged { get; private set; }

    public long Answered { get; private set; }

    private long Failed { get; set; }

    public void Count(PreparedRequest request, int status, int published, long due, long now)
    {
        Acknowledged += published;
        Answered += request.Events;
        Failed += request.Events - published;
        if (Measuring)
            Histograms.Record(published > 0 ? _latency : _refusals, now - due);
        if (mixed)
            CountPriority(request.Priority, status, published, due);
    }

    private void CountPriority(int priority, int status, int published, long due)
    {
        var outcomes = _priorities[priority];
        outcomes.Published += published;
        outcomes.TooMany += status == 429 ? 1 : 0;
        outcomes.Unavailable += status == 503 ? 1 : 0;
        outcomes.Other += status is not (200 or 429 or 503) ? 1 : 0;
        var slot = _slots.GetValueOrDefault(due / SlotMicros);
        if (priority == Critical && published == 0)
            slot.CriticalRefused++;
        if (priority < Critical && published > 0)
            slot.LowerLetIn++;
        _slots[due / SlotMicros] = slot;
    }

    public Report Report(long measured, double seconds, double cpuMicrosPerEvent, int unanswered) => new(
        measured, seconds, measured / seconds, Acknowledged, Failed + unanswered, cpuMicrosPerEvent, Percentiles.Of(_latency))
    {
        Refusals = _refusals.TotalCount > 0 ? Percentiles.Of(_refusals) : null,
        Priorities = mixed ? Requests.Priorities.Zip(_priorities).ToDictionary(p => p.First, p => p.Second) : null,
        CriticalRefusedWhileOthersLetIn =
            mixed ? _slots.Values.Where(s => s.LowerLetIn > 0).Sum(s => (long)s.CriticalRefused) : null,
    };
}
