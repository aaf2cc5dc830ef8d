using EventBus.Gateway.Settings;
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

    /// <summary>The longest that events are gathered before they are handed over.</summary>
    public static TimeSpan Gathering { get; } = TimeSpan.FromMilliseconds(4);

    /// <summary>
    /// librdkafka's linger: only so long that a hand-over of some hundred events, which takes its time, goes out as one request per
    /// partition. Gathering is the drainer's.
    /// </summary>
    private const double LingerMs = 0.5;

    /// <summary>The bounds of librdkafka's queues: what admission lets in, with a margin, so that admission is what refuses.</summary>
    public static ProducerLimits ProducerLimits(PublishSettings settings) =>
        new(settings.BufferSize + 1024, (int)(settings.BufferBytes / 1024) + 4096, LingerMs);
}
