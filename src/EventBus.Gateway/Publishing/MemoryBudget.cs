using EventBus.Core.Idempotency;
using EventBus.Core.Publishing;
using EventBus.Gateway.Settings;
using EventBus.Gateway.Status;
using EventBus.Kafka.Client;

namespace EventBus.Gateway.Publishing;

/// <summary>
/// The bounds of everything in the gateway that can grow, in one place, and their sum: logged at start, and held under 512 MB at the
/// defaults by a test.
/// </summary>
internal static class MemoryBudget
{
    /// <summary>The ring between requests and the producer: some 20 ms of the fastest stream.</summary>
    public const int RingBytes = 8 * 1024 * 1024;

    /// <summary>Bodies that are held whole, all requests together.</summary>
    public const long BodyBytes = 64 * 1024 * 1024;

    /// <summary>About what the idempotency window keeps of an answer.</summary>
    public const long IdempotencyBytesPerAnswer = 40;

    private const long IdempotencyBytesPerKey = 100;

    /// <summary>The longest that events are gathered before they are handed over.</summary>
    public static TimeSpan Gathering { get; } = TimeSpan.FromMilliseconds(4);

    /// <summary>
    /// librdkafka's linger: only so long that a hand-over of some hundred events, which takes its time, goes out as one request per
    /// partition. Gathering is the drainer's.
    /// </summary>
    private const double LingerMs = 0.5;

    /// <summary>What each part may take at most, in bytes.</summary>
    public static IReadOnlyList<(string Part, long Bytes)> Parts(PublishSettings settings)
    {
        // librdkafka copies what the ring held, and counts values only: keys, headers and its own structures come on top.
        const int producerBytesPerEvent = 900;
        // A batch of one with its pooled completion; a group is shared by 256 events and takes less per event.
        const int batchBytesPerEvent = 400;
        // Two pipes per connection, at Kestrel's limits of 1 MiB and 64 KiB, hold what is being read: the bodies below are the same bytes.
        const long runtimeBytes = 64 * 1024 * 1024;
        // 256 items of some 110 bytes and their ids.
        const int groupBytes = 38 * 1024;
        const long sharedBytesPerClaim = 150;
        return
        [
            ("runtime", runtimeBytes),
            ("ring", RingBytes),
            ("events in flight", settings.BufferBytes + ((long)settings.BufferSize * (producerBytesPerEvent + batchBytesPerEvent))),
            ("request bodies", BodyBytes),
            ("idempotency window", settings.IdempotencyEntries * (IdempotencyBytesPerKey + IdempotencyBytesPerAnswer)),
            // The claims of what is in flight, and what Redis is to be told.
            ("shared idempotency window", (settings.BufferSize + SharedIdempotencyWindow.MaxBacklog) * sharedBytesPerClaim),
            ("answers of batches", PublishLedger.MaxGroups * (long)groupBytes),
            ("recent events", RecentEvents.Bytes),
            ("labels", 8 * 1024 * 1024),
        ];
    }

    /// <summary>The sum of all parts, in bytes.</summary>
    public static long Total(PublishSettings settings) => Parts(settings).Sum(p => p.Bytes);

    /// <summary>The parts in words, for the log.</summary>
    public static string Describe(PublishSettings settings) =>
        string.Join(", ", Parts(settings).Select(p => $"{p.Part} {p.Bytes / (1024 * 1024)}"));

    /// <summary>The bounds of librdkafka's queues: what admission lets in, with a margin, so that admission is what refuses.</summary>
    public static ProducerLimits ProducerLimits(PublishSettings settings) =>
        new(settings.BufferSize + 1024, (int)(settings.BufferBytes / 1024) + 4096, LingerMs);
}
