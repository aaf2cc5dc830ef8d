using EventBus.Core.Events;

namespace EventBus.Core.Publishing;

/// <summary>
/// Who is let in while events wait for their acknowledgement: a bound on their number and on their bytes, each priority up to a share of
/// it. Low priority is refused first and critical last, since the top of the buffer is kept for it.
/// </summary>
public sealed class Admission
{
    // Of the whole, by priority. What is above normal's share is room that only the more important can take.
    private static ReadOnlySpan<int> SharePercent => [50, 75, 90, 100];

    private readonly long[] _maxEvents = new long[4];
    private readonly long[] _maxBytes = new long[4];
    private readonly long[] _shed = new long[4];
    private long _events;
    private long _bytes;

    /// <param name="maxEvents">Events that may wait at once.</param>
    /// <param name="maxBytes">Bytes of records (value, key, headers) that may wait at once.</param>
    public Admission(int maxEvents, long maxBytes)
    {
        MaxEvents = maxEvents;
        MaxBytes = maxBytes;
        for (var priority = 0; priority < 4; priority++)
        {
            _maxEvents[priority] = Math.Max(1, maxEvents * (long)SharePercent[priority] / 100);
            _maxBytes[priority] = maxBytes * SharePercent[priority] / 100;
        }
    }

    /// <summary>The bound on events.</summary>
    public int MaxEvents { get; }

    /// <summary>The bound on bytes.</summary>
    public long MaxBytes { get; }

    /// <summary>Events waiting for their acknowledgement.</summary>
    public long Events => Volatile.Read(ref _events);

    /// <summary>Bytes waiting for their acknowledgement.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>True where not even a critical event would be let in: refuse before the body is read.</summary>
    public bool IsFull => Events >= MaxEvents || Bytes >= MaxBytes;

    /// <summary>How many events of a priority were refused.</summary>
    public long Shed(EventPriority priority) => Volatile.Read(ref _shed[(int)priority]);

    /// <summary>
    /// Lets an event in, or counts it as shed. An empty buffer lets any event in, so that one larger than its priority's share is not
    /// refused for ever.
    /// </summary>
    public bool TryEnter(EventPriority priority, int bytes)
    {
        var events = Interlocked.Increment(ref _events);
        var total = Interlocked.Add(ref _bytes, bytes);
        if (events <= _maxEvents[(int)priority] && (total <= _maxBytes[(int)priority] || events == 1))
            return true;
        Leave(1, bytes);
        CountShed(priority);
        return false;
    }

    /// <summary>Counts an event that was refused for another lack of room.</summary>
    public void CountShed(EventPriority priority) => Interlocked.Increment(ref _shed[(int)priority]);

    /// <summary>Gives the room of acknowledged or failed events back, for many at once.</summary>
    public void Leave(int events, long bytes)
    {
        Interlocked.Add(ref _events, -events);
        Interlocked.Add(ref _bytes, -bytes);
    }
}
