using EventBus.Contracts;
using EventBus.Core.Idempotency;
using EventBus.Core.Topics;

namespace EventBus.Core.Publishing;

/// <summary>How far one event has come.</summary>
public enum PublishState : byte
{
    /// <summary>Let in; its acknowledgement is awaited.</summary>
    Pending,

    /// <summary>Acknowledged by all in-sync replicas.</summary>
    Published,

    /// <summary>Not stored, or not known to be: <see cref="PublishItem.Refusal"/> says which.</summary>
    Refused,
}

/// <summary>One event of a batch, from its admission to its answer.</summary>
public struct PublishItem
{
    /// <summary>How far it has come. Written last of all fields that a completion writes.</summary>
    public PublishState State;

    /// <summary>The partition, once published.</summary>
    public int Partition;

    /// <summary>The offset, once published; negative where the broker confirmed a retry without one.</summary>
    public long Offset;

    /// <summary>Where the event's id stands in the batch's id bytes.</summary>
    public int IdStart;

    /// <summary>Bytes of the id; 0 where it was refused before it had one.</summary>
    public int IdLength;

    /// <summary>Bytes of the record, to be given back to admission.</summary>
    public int Bytes;

    /// <summary>The topic, where it is known.</summary>
    public Topic? Topic;

    /// <summary>The counters of its topic and type.</summary>
    public EventSeries? Series;

    /// <summary>
    /// True where the deadline passed before the outcome came. Written by the waiter alone, once it is woken: an acknowledgement that comes
    /// later changes nothing of what is answered.
    /// </summary>
    public bool IsTimedOut;

    /// <summary>Why it was refused.</summary>
    public Refusal Refusal;

    /// <summary>The event's claim in the idempotency window, to be settled with its outcome; null where it needs none.</summary>
    public IdempotencyKey? Claim;

    /// <summary>What its client is told: <see cref="PublishState.Pending"/> is an outcome that is not known.</summary>
    public readonly PublishState Outcome => IsTimedOut ? PublishState.Pending : State;

    /// <summary>The refusal of an event that is not published: its own, or <see cref="Unknown"/>.</summary>
    public readonly Refusal Reason => Outcome == PublishState.Pending ? Unknown : Refusal;

    /// <summary>The outcome of an event whose acknowledgement has not come within the deadline.</summary>
    public static Refusal Unknown { get; } = new(
        ErrorCode.PublishOutcomeUnknown, "The broker has not answered in time: the event may or may not be stored. A retry with the same event_id or Idempotency-Key is safe.");
}
