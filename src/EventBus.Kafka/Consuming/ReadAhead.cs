namespace EventBus.Kafka.Consuming;

/// <summary>What a consumer's librdkafka may hold of records that were not polled yet. Its own default is 64 MiB and 100,000 records a partition.</summary>
public static class ReadAhead
{
    /// <summary>Bytes in its queue; it asks for no more beyond that.</summary>
    public const int QueueBytes = 16 * 1024 * 1024;

    /// <summary>Bytes that one answer of a broker may have: what may come on top.</summary>
    public const int FetchBytes = 8 * 1024 * 1024;

    /// <summary>Records of a partition in its queue that are enough.</summary>
    public const int Records = 20_000;
}
