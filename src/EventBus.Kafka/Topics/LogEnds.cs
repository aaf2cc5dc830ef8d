using Confluent.Kafka;
using Confluent.Kafka.Admin;
using EventBus.Core.Settings;
using EventBus.Core.Storing;
using EventBus.Kafka.Client;
using EventBus.Kafka.Consuming;

namespace EventBus.Kafka.Topics;

/// <summary>Where a partition's log ends.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="End">The offset of the next record.</param>
public readonly record struct LogEnd(TopicPartitionId Partition, long End);

/// <summary>Kafka did not say where its logs end.</summary>
public sealed class LogEndsUnavailableException(string message) : Exception(message);

/// <summary>Asks Kafka where the logs of topics end. The client is made with the first question: most gateways are seldom asked.</summary>
public sealed class LogEnds(KafkaSettings settings) : IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    private readonly Lazy<IAdminClient> _admin = new(() => new AdminClientBuilder(KafkaClientProperties.Admin(settings))
        .SetErrorHandler(static (_, _) => { })
        .SetLogHandler(static (_, _) => { })
        .Build());

    /// <summary>The ends of all partitions of these topics, uncommitted records included; a topic that is gone has none.</summary>
    /// <exception cref="LogEndsUnavailableException">Kafka did not answer, or not for every partition.</exception>
    public async Task<IReadOnlyList<LogEnd>> TakeAsync(IReadOnlyCollection<string> topics)
    {
        if (topics.Count == 0)
            return [];
        try
        {
            var partitions = await PartitionsAsync(topics).ConfigureAwait(false);
            if (partitions.Count == 0)
                return [];
            var asked = partitions.Keys.Select(p => new TopicPartitionOffsetSpec { TopicPartition = p, OffsetSpec = OffsetSpec.Latest() });
            var options = new ListOffsetsOptions { RequestTimeout = Timeout, IsolationLevel = IsolationLevel.ReadUncommitted };
            var answer = await _admin.Value.ListOffsetsAsync(asked, options).ConfigureAwait(false);
            return [.. answer.ResultInfos.Select(i => i.TopicPartitionOffsetError).Select(o => new LogEnd(partitions[o.TopicPartition], o.Offset.Value))];
        }
        catch (KafkaException e)
        {
            throw new LogEndsUnavailableException(e.Error.Reason);
        }
    }

    /// <summary>Ends the client; librdkafka may hang while it closes a connection, which must not hold up the process's end.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_admin.IsValueCreated)
            return;
        await Task.WhenAny(Task.Run(_admin.Value.Dispose), Task.Delay(Timeout)).ConfigureAwait(false);
    }

    private async Task<Dictionary<TopicPartition, TopicPartitionId>> PartitionsAsync(IReadOnlyCollection<string> topics)
    {
        IReadOnlyList<TopicDescription> descriptions;
        try
        {
            var answer = await _admin.Value
                .DescribeTopicsAsync(TopicCollection.OfTopicNames(topics), new DescribeTopicsOptions { RequestTimeout = Timeout })
                .ConfigureAwait(false);
            descriptions = answer.TopicDescriptions;
        }
        catch (DescribeTopicsException e)
        {
            descriptions = e.Results.TopicDescriptions;
        }

        var partitions = new Dictionary<TopicPartition, TopicPartitionId>();
        foreach (var description in descriptions)
        {
            if (description.Error.Code == ErrorCode.UnknownTopicOrPart)
                continue;
            if (description.Error.IsError)
                throw new LogEndsUnavailableException(description.Error.Reason);
            var id = description.TopicId.ToGuid();
            foreach (var partition in description.Partitions)
                partitions.Add(new TopicPartition(description.Name, partition.Partition), new TopicPartitionId(id, description.Name, partition.Partition));
        }

        return partitions;
    }
}
