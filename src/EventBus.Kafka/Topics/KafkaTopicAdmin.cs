using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace EventBus.Kafka.Topics;

/// <summary>
/// Makes, describes, changes and removes topics. Every method throws <see cref="TopicRefusedException"/> where the brokers will not, and
/// <see cref="KafkaUnavailableException"/> where they do not answer.
/// </summary>
/// <remarks>The size of a partition on the brokers' disks is not told: the client library has no DescribeLogDirs.</remarks>
public sealed class KafkaTopicAdmin
{
    private const string Retention = "retention.ms";

    // Above what a busy controller takes; a request that makes a topic and its dead letters stays below the claim of a half-made row.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(8);

    private readonly IAdminClient _admin;
    private readonly TopicCreator _creator;
    private readonly Func<Task<int>> _brokers;
    private readonly bool _hasSettings;

    internal KafkaTopicAdmin(IAdminClient admin, TopicCreator creator, Func<Task<int>> brokers, bool hasSettings)
    {
        _admin = admin;
        _creator = creator;
        _brokers = brokers;
        _hasSettings = hasSettings;
    }

    /// <summary>How many brokers there are: what a default number of replicas is capped at.</summary>
    public async Task<int> CountBrokersAsync() =>
        await _brokers().ConfigureAwait(false) is > 0 and var brokers ? brokers : throw new KafkaUnavailableException("Kafka does not answer");

    /// <summary>Makes a topic. False where there is one of that name.</summary>
    public async Task<bool> CreateAsync(TopicRequest request)
    {
        var creation = await _creator.CreateAsync(request, await _brokers().ConfigureAwait(false)).ConfigureAwait(false);
        return creation.Outcome switch
        {
            TopicCreationOutcome.Created => true,
            TopicCreationOutcome.AlreadyExists => false,
            TopicCreationOutcome.Refused => throw new TopicRefusedException(creation.Reason!),
            _ => throw new KafkaUnavailableException(creation.Reason!),
        };
    }

    /// <summary>What the brokers say of a topic; null where there is none.</summary>
    public async Task<KafkaTopic?> DescribeAsync(string name)
    {
        try
        {
            var result = await _admin.DescribeTopicsAsync(
                TopicCollection.OfTopicNames([name]), new DescribeTopicsOptions { RequestTimeout = Timeout }).ConfigureAwait(false);
            return Read(result.TopicDescriptions[0]);
        }
        catch (DescribeTopicsException e) when (e.Results.TopicDescriptions is [var description])
        {
            return description.Error.Code == ErrorCode.UnknownTopicOrPart ? null : throw Judge(description.Error);
        }
        catch (KafkaException e)
        {
            throw Judge(e.Error);
        }
    }

    /// <summary>How long a topic's records are kept: null for ever.</summary>
    public async Task<TimeSpan?> ReadRetentionAsync(string name)
    {
        if (!_hasSettings)
            return null;

        try
        {
            var resource = new ConfigResource { Type = ResourceType.Topic, Name = name };
            var results = await _admin.DescribeConfigsAsync([resource], new DescribeConfigsOptions { RequestTimeout = Timeout }).ConfigureAwait(false);
            long milliseconds = long.Parse(results[0].Entries[Retention].Value, CultureInfo.InvariantCulture);
            return milliseconds < 0 || milliseconds > TimeSpan.MaxValue.TotalMilliseconds ? null : TimeSpan.FromMilliseconds(milliseconds);
        }
        catch (DescribeConfigsException e)
        {
            throw Judge(e.Results[0].Error);
        }
        catch (KafkaException e)
        {
            throw Judge(e.Error);
        }
    }

    /// <summary>Where the partitions of a topic begin and end, in the order of <paramref name="topic"/>'s.</summary>
    public async Task<IReadOnlyList<PartitionOffsets>> ReadOffsetsAsync(KafkaTopic topic)
    {
        // A partition without a leader would hold up the answer for all others.
        var led = topic.Partitions.Where(p => p.Leader is not null).Select(p => p.Partition).ToList();
        var earliest = ListOffsetsAsync(topic.Name, led, OffsetSpec.Earliest());
        var latest = await ListOffsetsAsync(topic.Name, led, OffsetSpec.Latest()).ConfigureAwait(false);
        var first = await earliest.ConfigureAwait(false);
        return [.. topic.Partitions.Select(p => new PartitionOffsets(At(first, p.Partition), At(latest, p.Partition)))];

        static long? At(Dictionary<int, long> offsets, int partition) => offsets.TryGetValue(partition, out long offset) ? offset : null;
    }

    /// <summary>Gives a topic more partitions.</summary>
    /// <param name="name">The topic.</param>
    /// <param name="partitions">How many it shall have in all.</param>
    public Task GrowAsync(string name, int partitions) => RunAsync(() => _admin.CreatePartitionsAsync(
        [new PartitionsSpecification { Topic = name, IncreaseTo = partitions }],
        new CreatePartitionsOptions { RequestTimeout = Timeout, OperationTimeout = Timeout }));

    /// <summary>Changes how long a topic's records are kept.</summary>
    public Task SetRetentionAsync(string name, TimeSpan retention) => RunAsync(() => _admin.IncrementalAlterConfigsAsync(
        new Dictionary<ConfigResource, List<ConfigEntry>>
        {
            [new ConfigResource { Type = ResourceType.Topic, Name = name }] =
            [
                new ConfigEntry
                {
                    Name = Retention,
                    Value = ((long)retention.TotalMilliseconds).ToString(CultureInfo.InvariantCulture),
                    IncrementalOperation = AlterConfigOpType.Set,
                },
            ],
        },
        new IncrementalAlterConfigsOptions { RequestTimeout = Timeout }));

    /// <summary>Removes a topic with all its records, where it is there.</summary>
    public Task DeleteAsync(string name) => RunAsync(() => _admin.DeleteTopicsAsync(
        [name], new DeleteTopicsOptions { RequestTimeout = Timeout, OperationTimeout = Timeout }));

    private async Task<Dictionary<int, long>> ListOffsetsAsync(string topic, List<int> partitions, OffsetSpec spec)
    {
        var offsets = new Dictionary<int, long>();
        if (partitions.Count == 0)
            return offsets;

        List<ListOffsetsResultInfo> results;
        try
        {
            results = (await _admin.ListOffsetsAsync(
                partitions.Select(p => new TopicPartitionOffsetSpec { TopicPartition = new TopicPartition(topic, p), OffsetSpec = spec }),
                new ListOffsetsOptions { RequestTimeout = Timeout }).ConfigureAwait(false)).ResultInfos;
        }
        catch (ListOffsetsException e)
        {
            results = e.Result.ResultInfos;
        }
        catch (KafkaException e)
        {
            throw Judge(e.Error);
        }

        foreach (var result in results.Select(r => r.TopicPartitionOffsetError).Where(r => !r.Error.IsError && r.Offset >= 0))
            offsets[result.Partition] = result.Offset;

        return offsets;
    }

    private static KafkaTopic? Read(TopicDescription description)
    {
        if (description.Error.Code == ErrorCode.UnknownTopicOrPart)
            return null;

        if (description.Error.IsError)
            throw Judge(description.Error);

        return new KafkaTopic(
            description.Name,
            [
                .. description.Partitions.OrderBy(p => p.Partition).Select(p => new KafkaPartition(
                    p.Partition, p.Leader is { Id: >= 0 } leader ? leader.Id : null, [.. p.Replicas.Select(n => n.Id)], [.. p.ISR.Select(n => n.Id)])),
            ]);
    }

    private static async Task RunAsync(Func<Task> request)
    {
        try
        {
            await request().ConfigureAwait(false);
        }
        catch (DeleteTopicsException e) when (e.Results.All(r => r.Error.Code == ErrorCode.UnknownTopicOrPart))
        {
            // Gone already, which is what was wanted.
        }
        catch (DeleteTopicsException e)
        {
            throw Judge(e.Results[0].Error);
        }
        catch (CreatePartitionsException e)
        {
            throw Judge(e.Results[0].Error);
        }
        catch (IncrementalAlterConfigsException e)
        {
            throw Judge(e.Results[0].Error);
        }
        catch (KafkaException e)
        {
            throw Judge(e.Error);
        }
    }

    private static Exception Judge(Error error) =>
        TopicCreator.IsRefusal(error) ? new TopicRefusedException(error.Reason) : new KafkaUnavailableException(error.Reason);
}
