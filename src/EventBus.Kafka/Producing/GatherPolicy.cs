namespace EventBus.Kafka.Producing;

/// <summary>
/// How long the drainer gathers before it hands over: the product's linger. Each hand-over costs the broker one request per partition, so
/// waiting pays when many events come, and is wasted time when few do, or when everybody who could send already waits for an answer.
/// </summary>
internal sealed class GatherPolicy
{
    /// <summary>Events per second below which nothing is gathered: a lone event goes at once.</summary>
    public const double IdleRate = 500;

    /// <summary>Events per second from which the longest gathering pays.</summary>
    public const double BusyRate = 4000;

    /// <summary>Events that make a hand-over large enough, whatever comes after.</summary>
    public const int EnoughEvents = 4096;

    private const double SmoothingSeconds = 0.05;

    private readonly TimeSpan _longest;
    private double _rate;
    private double _eventBytes = 512;

    /// <param name="longest">The longest time to gather.</param>
    public GatherPolicy(TimeSpan longest) => _longest = longest;

    /// <summary>Events per second, smoothed.</summary>
    public double Rate => _rate;

    /// <summary>Takes note of a hand-over of so many events and bytes, <paramref name="seconds"/> after the last one.</summary>
    public void Observe(int events, long bytes, double seconds)
    {
        if (events == 0)
            return;
        var weight = 1 - Math.Exp(-seconds / SmoothingSeconds);
        _rate += weight * ((events / Math.Max(seconds, 1e-4)) - _rate);
        _eventBytes += 0.1 * (((double)bytes / events) - _eventBytes);
    }

    /// <summary>How long to gather from the first event on.</summary>
    public TimeSpan Time => _rate <= IdleRate ? TimeSpan.Zero : _longest * Math.Min(1, (_rate - IdleRate) / (BusyRate - IdleRate));

    /// <summary>
    /// How many bytes end the gathering early: enough for large requests, or a quarter of those who could send. While some wait for their
    /// answers the others gather, so that closed loops keep both cores busy; halves left gaps between them.
    /// </summary>
    /// <param name="senders">Connections that sent an event of late; 0 where it is not known.</param>
    public long EnoughBytes(int senders)
    {
        var events = senders > 0 ? Math.Min(EnoughEvents, Math.Max(1, senders / 4)) : EnoughEvents;
        return (long)(events * _eventBytes);
    }
}
