using EventBus.Core.Events;
using EventBus.Core.Publishing;
using EventBus.Core.Topics;

namespace EventBus.Core.Parsing;

/// <summary>One event, checked and composed: its frame waits in <c>FrameWriter.ForThread</c>.</summary>
public ref struct ParsedEvent
{
    /// <summary>The topic; null where it was refused before one was found.</summary>
    public Topic? Topic;

    /// <summary>The counters of topic and type; null as above.</summary>
    public EventSeries? Series;

    /// <summary>Decides about admission.</summary>
    public EventPriority Priority;

    /// <summary>The event's id.</summary>
    public ReadOnlySpan<byte> Id;

    /// <summary>The event's source.</summary>
    public ReadOnlySpan<byte> Source;

    /// <summary>The event's type.</summary>
    public ReadOnlySpan<byte> Type;

    /// <summary>The ordering key: the record's key.</summary>
    public ReadOnlySpan<byte> Key;

    /// <summary>True where the client chose the id, itself or by <c>Idempotency-Key</c>: the event then goes through the idempotency window.</summary>
    public bool HasClientId;

    /// <summary>The topic's name as the client gave it.</summary>
    public ReadOnlySpan<byte> TopicName;
}
