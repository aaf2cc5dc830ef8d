namespace EventBus.Kafka.Client;

/// <summary>What a producer may hold in memory, and how long it may wait for more.</summary>
/// <param name="MaxMessages">The most messages in librdkafka's queues (<c>queue.buffering.max.messages</c>).</param>
/// <param name="MaxKilobytes">
/// The most kilobytes of values in librdkafka's queues (<c>queue.buffering.max.kbytes</c>). It counts values only: add keys, headers
/// and about 500 bytes a message when summing memory.
/// </param>
/// <param name="LingerMs">How long a partition's batch waits for more, in milliseconds (<c>linger.ms</c>).</param>
public readonly record struct ProducerLimits(int MaxMessages, int MaxKilobytes, double LingerMs);
