using System.Buffers;
using System.Text;
using EventBus.Core.Buffering;
using EventBus.Core.Events;
using EventBus.Core.Idempotency;
using EventBus.Core.Parsing;
using EventBus.Core.Publishing;
using EventBus.Core.Topics;

namespace EventBus.Gateway.Publishing;

/// <summary>
/// An event that something has to be awaited for: its topic, which is to be made, or its claim in the idempotency window, for which its
/// frame is kept aside.
/// </summary>
internal sealed class DeferredEvent
{
    /// <summary>The topic to make first; null for a claim.</summary>
    public string? TopicToMake { get; private init; }

    /// <summary>What the event gets if its topic is not made.</summary>
    public Refusal Refusal { get; private init; }

    /// <summary>The finished frame, in a rented array; null for a topic.</summary>
    public byte[]? Frame { get; private set; }

    public int FrameLength { get; private init; }

    public required byte[] Id { get; init; }

    public Topic? Topic { get; private init; }

    public EventSeries? Series { get; private init; }

    public EventPriority Priority { get; private init; }

    public IdempotencyKey Key { get; private init; }

    public RequestFingerprint Fingerprint { get; private init; }

    public static DeferredEvent ForTopic(string topic, ReadOnlySpan<byte> id, in Refusal refusal) =>
        new() { TopicToMake = topic, Id = id.ToArray(), Refusal = refusal };

    /// <summary>
    /// Keeps the event aside. It is the same event as another one where topic, type and <paramref name="sameness"/> are the same: the
    /// record's value and key for an event with an id of its own (its time or trace a retry may have anew), and with an
    /// <c>Idempotency-Key</c> the event's JSON as it came.
    /// </summary>
    public static DeferredEvent ForClaim(scoped in ParsedEvent parsed, FrameWriter writer, ReadOnlySpan<byte> sameness)
    {
        var content = sameness.ToArray();
        var route = Encoding.UTF8.GetBytes($"{parsed.Topic!.Name} {Encoding.UTF8.GetString(parsed.Type)} {writer.WrittenValue.Length}");
        var frame = writer.Finish(parsed.Topic.Index);
        var kept = ArrayPool<byte>.Shared.Rent(frame.Length);
        frame.CopyTo(kept);
        return new DeferredEvent
        {
            Id = parsed.Id.ToArray(),
            Frame = kept,
            FrameLength = frame.Length,
            Topic = parsed.Topic,
            Series = parsed.Series,
            Priority = parsed.Priority,
            Key = IdempotencyKey.Create(IdempotencyKind.EventId, parsed.Source, parsed.Id),
            Fingerprint = RequestFingerprint.Create(route, new ReadOnlySequence<byte>(content)),
        };
    }

    /// <summary>Gives the frame's array back.</summary>
    public void Release()
    {
        if (Frame is { } frame)
            ArrayPool<byte>.Shared.Return(frame);
        Frame = null;
    }
}
