using System.Diagnostics;
using Confluent.Kafka;

namespace EventBus.TestKit.Records;

/// <summary>
/// Reads topics back from their beginning with <c>read_committed</c>, by a client that the product does not use for writing.
/// </summary>
public sealed class RecordReader : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly IConsumer<byte[], byte[]> _consumer;
    private readonly IAdminClient _admin;

    /// <summary>A reader of the cluster at <paramref name="bootstrapServers"/>.</summary>
    public RecordReader(string bootstrapServers)
    {
        _consumer = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig
        {
            BootstrapServers = bootstrapServers,
            GroupId = "eventbus-test-reader",
            EnableAutoCommit = false,
            EnablePartitionEof = true,
            IsolationLevel = IsolationLevel.ReadCommitted,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            CheckCrcs = true,
            FetchWaitMaxMs = 20,
        }).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        _admin = new DependentAdminClientBuilder(_consumer.Handle).Build();
    }

    /// <summary>Every record of a topic, partition by partition in order of offset.</summary>
    public IReadOnlyList<KafkaRecord> ReadAll(string topic)
    {
        var partitions = PartitionsOf(topic);
        var records = new List<KafkaRecord>();
        var open = partitions.ToHashSet();
        _consumer.Assign(partitions.Select(p => new TopicPartitionOffset(p, Offset.Beginning)));
        var watch = Stopwatch.StartNew();
        while (open.Count > 0)
        {
            var result = _consumer.Consume(TimeSpan.FromMilliseconds(200));
            if (result is { IsPartitionEOF: true })
                open.Remove(result.TopicPartition);
            else if (result is not null)
                records.Add(ToRecord(result));
            if (result is null && watch.Elapsed > Patience)
                throw new TimeoutException($"{topic}: no end of {string.Join(", ", open)} within {Patience}.");
        }

        _consumer.Unassign();
        return [.. records.OrderBy(r => r.Partition).ThenBy(r => r.Offset)];
    }

    /// <summary>The one record at a place.</summary>
    public KafkaRecord ReadAt(string topic, int partition, long offset)
    {
        // Who leads must be known before: the client would look it up only at its next round, a second later.
        _ = PartitionsOf(topic);
        _consumer.Assign(new TopicPartitionOffset(topic, partition, offset));
        var result = _consumer.Consume(Patience);
        _consumer.Unassign();
        return result is { IsPartitionEOF: false } && result.Offset == offset
            ? ToRecord(result)
            : throw new InvalidOperationException($"There is no record at {topic}/{partition}/{offset}.");
    }

    /// <summary>The end offsets of a topic, summed over its partitions: how many records were ever written.</summary>
    public long EndOffset(string topic) =>
        PartitionsOf(topic).Sum(p => _consumer.QueryWatermarkOffsets(p, Patience).High.Value);

    /// <inheritdoc />
    public void Dispose()
    {
        _admin.Dispose();
        _consumer.Close();
        _consumer.Dispose();
    }

    private List<TopicPartition> PartitionsOf(string topic)
    {
        var metadata = _admin.GetMetadata(topic, Patience).Topics.Single();
        return metadata.Error.IsError
            ? throw new KafkaException(metadata.Error)
            : [.. metadata.Partitions.Select(p => new TopicPartition(topic, p.PartitionId))];
    }

    private static KafkaRecord ToRecord(ConsumeResult<byte[], byte[]> result) => new(
        result.Topic,
        result.Partition.Value,
        result.Offset.Value,
        result.Message.Key,
        result.Message.Value ?? [],
        [.. result.Message.Headers.Select(h => new KeyValuePair<string, byte[]>(h.Key, h.GetValueBytes() ?? []))],
        new DateTimeOffset(result.Message.Timestamp.UtcDateTime, TimeSpan.Zero));
}
