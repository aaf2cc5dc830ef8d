using EventBus.Contracts;
using EventBus.Core.Publishing;

namespace EventBus.Kafka.Producing;

/// <summary>
/// What librdkafka's verdict on a record means to its client. The rule: possibly persisted is unknown, whatever the error; only what is
/// certainly not in the log is refused.
/// </summary>
internal static class DeliveryErrors
{
    // rd_kafka_resp_err_t
    public const int MessageTimedOut = -192;
    public const int UnknownTopicLocal = -188;
    public const int UnknownPartition = -190;
    public const int QueueFull = -184;
    public const int Fatal = -150;
    public const int UnknownTopicOrPartition = 3;
    public const int MessageSizeTooLarge = 10;
    public const int NotEnoughReplicas = 19;

    /// <summary>The refusal of a record that is certainly not in the log.</summary>
    public static Refusal NotStored(int error) => error switch
    {
        MessageSizeTooLarge => new Refusal(ErrorCode.EventTooLarge, "The record is larger than its topic takes."),
        UnknownTopicOrPartition or UnknownTopicLocal or UnknownPartition =>
            new Refusal(ErrorCode.UnknownTopic, "The topic is gone.", "/topic"),
        NotEnoughReplicas => TooFewReplicas,
        MessageTimedOut => new Refusal(ErrorCode.KafkaUnavailable, "Kafka took the event in no time that was left to it; it was not stored."),
        _ => new Refusal(ErrorCode.KafkaUnavailable, "Kafka did not take the event; it was not stored: " + LibRdKafka.TextOf(error) + "."),
    };

    /// <summary>The refusal of a record whose partition has too few replicas in sync, made before the hand-over.</summary>
    public static Refusal TooFewReplicas { get; } = new(
        ErrorCode.NotEnoughReplicas, "The event's partition has fewer replicas in sync than the topic asks for; the event was not stored.");

    /// <summary>The refusal of a record for which librdkafka had no room until its time was over.</summary>
    public static Refusal NoRoom { get; } = new(ErrorCode.Overloaded, "Too many events are waiting for Kafka; this one was not stored.");
}
