using Confluent.Kafka;
using Confluent.Kafka.Admin;
using EventBus.Core.Consuming;
using EventBus.Core.Storing;
using Microsoft.Extensions.Logging;

namespace EventBus.Kafka.Consuming;

/// <summary>A member of a consumer group, through Confluent.Kafka.</summary>
/// <remarks>
/// An assigned partition is put at its end first, where there is nothing to fetch; whoever reads it says where to go on. Positions that the
/// group keeps are never used.
/// </remarks>
public sealed partial class KafkaLogReader : ILogReader, IDisposable
{
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(5);

    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly IAdminClient _admin;
    private readonly ILogger<KafkaLogReader> _logger;
    private readonly HashSet<string> _unknown = new(StringComparer.Ordinal);
    private RecordHeader[] _headers = new RecordHeader[32];
    private ILogHandler? _handler;
    private bool _closed;
    private bool _disposed;

    /// <param name="properties">librdkafka's properties.</param>
    /// <param name="logger">The log.</param>
    /// <exception cref="InvalidOperationException">librdkafka refuses a property; the message names it.</exception>
    public KafkaLogReader(IReadOnlyList<KeyValuePair<string, string>> properties, ILogger<KafkaLogReader> logger)
    {
        _logger = logger;
        _consumer = new ConsumerBuilder<byte[]?, byte[]?>(properties)
            .SetErrorHandler((_, error) => LogError(error.Reason))
            .SetLogHandler((_, message) => LogLibrary(message.Facility, message.Message))
            .SetPartitionsAssignedHandler((_, partitions) =>
            {
                _handler?.OnAssigned([.. partitions.Select(ToPartition)]);
                return partitions.Select(p => new TopicPartitionOffset(p, Offset.End));
            })
            .SetPartitionsRevokedHandler((_, partitions) => _handler?.OnRevoked([.. partitions.Select(p => ToPartition(p.TopicPartition))], lost: false))
            .SetPartitionsLostHandler((_, partitions) => _handler?.OnRevoked([.. partitions.Select(p => ToPartition(p.TopicPartition))], lost: true))
            .Build();
        _admin = new DependentAdminClientBuilder(_consumer.Handle).Build();
    }

    /// <inheritdoc />
    public void Subscribe(IReadOnlyCollection<string> topics)
    {
        _unknown.Clear();
        if (topics.Count == 0)
            _consumer.Unsubscribe();
        else
            _consumer.Subscribe(topics);
    }

    /// <inheritdoc />
    public bool Poll(TimeSpan timeout, ILogHandler handler)
    {
        _handler = handler;
        try
        {
            if (_consumer.Consume((int)timeout.TotalMilliseconds) is not { } result)
                return false;
            var partition = new LogPartition(result.Topic, result.Partition.Value);
            if (result.IsPartitionEOF)
                handler.OnEnd(partition, result.Offset.Value);
            else
                handler.OnRecord(partition, ToRecord(result));
            return true;
        }
        catch (ConsumeException e)
        {
            OnError(e, handler);
            return false;
        }
        finally
        {
            _handler = null;
        }
    }

    /// <inheritdoc />
    public void Pause(IReadOnlyCollection<LogPartition> partitions)
    {
        try
        {
            _consumer.Pause(partitions.Select(ToTopicPartition));
        }
        catch (KafkaException e)
        {
            // One that is not ours any more: the others are paused all the same.
            LogNotMoved("pause", partitions.Count, e.Error.Reason);
        }
    }

    /// <inheritdoc />
    public bool ReadFrom(LogPartition partition, long offset)
    {
        var at = ToTopicPartition(partition);
        try
        {
            // In this order: resuming goes back to where the application stood, unless a seek said otherwise.
            _consumer.Seek(new TopicPartitionOffset(at, offset));
            _consumer.Resume([at]);
            return true;
        }
        catch (KafkaException e)
        {
            LogNotMoved("seek", 1, e.Error.Reason);
            return false;
        }
    }

    /// <inheritdoc />
    public void Note(LogPartition partition, long position)
    {
        try
        {
            _consumer.StoreOffset(new TopicPartitionOffset(ToTopicPartition(partition), position));
        }
        catch (KafkaException)
        {
            // Not ours any more: its new owner notes it.
        }
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<LogLocation>> LocateAsync(IReadOnlyCollection<LogPartition> partitions, CancellationToken cancellation)
    {
        try
        {
            var ids = await TopicIdsAsync(partitions, cancellation).ConfigureAwait(false);
            var known = partitions.Where(p => ids.ContainsKey(p.Topic)).ToList();
            if (known.Count == 0)
                return [];
            var earliest = OffsetsAsync(known, OffsetSpec.Earliest());
            var end = await OffsetsAsync(known, OffsetSpec.Latest()).WaitAsync(cancellation).ConfigureAwait(false);
            var start = await earliest.WaitAsync(cancellation).ConfigureAwait(false);
            return
            [
                .. known.Where(p => start.ContainsKey(p) && end.ContainsKey(p))
                    .Select(p => new LogLocation(p, ids[p.Topic], start[p], end[p])),
            ];
        }
        catch (KafkaException e)
        {
            throw new LogUnavailableException(e.Error.Reason, e);
        }
    }

    /// <inheritdoc />
    public void Close(ILogHandler handler)
    {
        if (_closed)
            return;
        _closed = true;
        _handler = handler;
        _consumer.Close();
        _handler = null;
    }

    /// <summary>Ends the client. It may hang on a connection: the thread is abandoned then.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        var thread = new Thread(() =>
        {
            _admin.Dispose();
            _consumer.Dispose();
        }) { Name = "kafka-reader-close", IsBackground = true };
        thread.Start();
        thread.Join(CloseTimeout);
    }

    private void OnError(ConsumeException error, ILogHandler handler)
    {
        switch (error.Error.Code)
        {
            case ErrorCode.Local_AutoOffsetReset or ErrorCode.OffsetOutOfRange:
                handler.OnOutOfRange(ToPartition(error.ConsumerRecord.TopicPartition));
                break;
            case ErrorCode.UnknownTopicOrPart:
                // Once for each: a subscription that lags behind the deletion of its topic brings it every second.
                if (_unknown.Add(error.ConsumerRecord?.Topic ?? ""))
                    LogError(error.Error.Reason);
                break;
            case ErrorCode.Local_MaxPollExceeded:
                LogTooSlow(error.Error.Reason);
                break;
            default:
                LogError(error.Error.Reason);
                break;
        }
    }

    private LogRecord ToRecord(ConsumeResult<byte[]?, byte[]?> result)
    {
        var message = result.Message;
        var headers = message.Headers;
        var count = headers?.Count ?? 0;
        if (_headers.Length < count)
            _headers = new RecordHeader[count];
        for (var i = 0; i < count; i++)
        {
            var header = headers![i];
            _headers[i] = new RecordHeader(header.Key, header.GetValueBytes());
        }

        return new LogRecord
        {
            Offset = result.Offset.Value,
            Time = ToTime(message.Timestamp),
            Headers = _headers.AsSpan(0, count),
            Key = message.Key,
            Value = message.Value,
        };
    }

    /// <summary>The record's time. Brokers take whatever a producer writes there: what no date can hold becomes the nearest that can.</summary>
    private static DateTime ToTime(Timestamp timestamp) =>
        DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(timestamp.UnixTimestampMs, 0, 253_402_300_799_999)).UtcDateTime;

    private async Task<Dictionary<string, Guid>> TopicIdsAsync(IReadOnlyCollection<LogPartition> partitions, CancellationToken cancellation)
    {
        var topics = TopicCollection.OfTopicNames(partitions.Select(p => p.Topic).Distinct(StringComparer.Ordinal));
        List<TopicDescription> found;
        try
        {
            var answer = await _admin.DescribeTopicsAsync(topics, new DescribeTopicsOptions { RequestTimeout = RequestTimeout })
                .WaitAsync(cancellation).ConfigureAwait(false);
            found = answer.TopicDescriptions;
        }
        catch (DescribeTopicsException e)
        {
            // Thrown where any topic is not known; the others are in it.
            found = e.Results.TopicDescriptions;
        }

        return found.Where(t => !t.Error.IsError).ToDictionary(t => t.Name, t => t.TopicId.ToGuid(), StringComparer.Ordinal);
    }

    private async Task<Dictionary<LogPartition, long>> OffsetsAsync(List<LogPartition> partitions, OffsetSpec spec)
    {
        var options = new ListOffsetsOptions { RequestTimeout = RequestTimeout, IsolationLevel = IsolationLevel.ReadCommitted };
        var asked = partitions.Select(p => new TopicPartitionOffsetSpec { TopicPartition = ToTopicPartition(p), OffsetSpec = spec });
        List<ListOffsetsResultInfo> found;
        try
        {
            found = (await _admin.ListOffsetsAsync(asked, options).ConfigureAwait(false)).ResultInfos;
        }
        catch (ListOffsetsException e)
        {
            found = [.. e.Result.ResultInfos];
        }

        return found.Select(i => i.TopicPartitionOffsetError).Where(o => !o.Error.IsError && o.Offset >= 0)
            .ToDictionary(o => ToPartition(o.TopicPartition), o => o.Offset.Value);
    }

    private static LogPartition ToPartition(TopicPartition partition) => new(partition.Topic, partition.Partition.Value);

    private static TopicPartition ToTopicPartition(LogPartition partition) => new(partition.Topic, partition.Partition);
}
