namespace EventBus.Core.Publishing;

/// <summary>
/// The counters of one topic and event type. Acknowledgements are counted by one thread without interlocked operations and read by the
/// scrape; refusals are rare and come from any thread.
/// </summary>
public sealed class EventSeries(string topic, string eventType)
{
    private long _published;
    private long _failed;
    private long _refused;

    /// <summary>The label <c>topic</c>.</summary>
    public string Topic { get; } = topic;

    /// <summary>The label <c>event_type</c>.</summary>
    public string EventType { get; } = eventType;

    /// <summary>Events acknowledged.</summary>
    public long Published => Volatile.Read(ref _published);

    /// <summary>Events that were let in and then not acknowledged.</summary>
    public long Failed => Volatile.Read(ref _failed);

    /// <summary>Events refused for lack of room.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Counts one acknowledgement. For the thread that reads delivery reports alone: a plain store, no lock prefix per event.</summary>
    public void CountPublished() => Volatile.Write(ref _published, _published + 1);

    /// <summary>Counts one failure.</summary>
    public void CountFailed() => Interlocked.Increment(ref _failed);

    /// <summary>Counts one refusal.</summary>
    public void CountRefused() => Interlocked.Increment(ref _refused);
}
