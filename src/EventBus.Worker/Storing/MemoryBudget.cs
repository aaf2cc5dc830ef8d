using EventBus.Kafka.Consuming;

namespace EventBus.Worker.Storing;

/// <summary>How much a sink gathers, and how long it waits.</summary>
internal sealed record SinkLimits
{
    /// <summary>The most records of a batch: enough that a transaction's own cost is spread thin, few enough that it takes a fraction of a second.</summary>
    public int BatchRows { get; init; } = 4096;

    /// <summary>The most bytes of a batch.</summary>
    public int BatchBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>How long a sink with nothing to do waits for a record, or a full one for the store, before it looks around.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a revoked partition's batch is waited for. What is not stored by then is the next owner's to read again.</summary>
    public TimeSpan RevocationPatience { get; init; } = TimeSpan.FromSeconds(3);
}

/// <summary>
/// The bounds of everything in the worker that can grow, in one place, and their sum: logged at start, and held under 256 MB by a test.
/// </summary>
internal static class MemoryBudget
{
    /// <summary>What each part may take at most, in bytes.</summary>
    public static IReadOnlyList<(string Part, long Bytes)> Parts(SinkLimits limits)
    {
        // Its JSON, its columns, and what is kept beside it; the batch's bytes are counted apart.
        const int rowBytes = 512;
        // librdkafka counts what records hold; an op and a message of its own come with each.
        const int recordBytes = 700;
        const long runtimeBytes = 64 * 1024 * 1024;
        return
        [
            ("runtime", runtimeBytes),
            ("read ahead", ReadAhead.QueueBytes + ReadAhead.FetchBytes + ((long)ReadAhead.Records * recordBytes)),
            ("batches", 2 * (limits.BatchBytes + ((long)limits.BatchRows * rowBytes))),
            ("dead letters", KafkaDeadLetters.QueueBytes),
            ("labels", 8 * 1024 * 1024),
        ];
    }

    /// <summary>The sum of all parts, in bytes.</summary>
    public static long Total(SinkLimits limits) => Parts(limits).Sum(p => p.Bytes);

    /// <summary>The parts in words, for the log.</summary>
    public static string Describe(SinkLimits limits) => string.Join(", ", Parts(limits).Select(p => $"{p.Part} {p.Bytes / (1024 * 1024)}"));
}
