using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using EventBus.Core.Settings;
using EventBus.Kafka.Client;
using EventBus.Kafka.Embedded;

namespace EventBus.Kafka.Topics;

/// <summary>Makes topics, with the settings that EventBus's promises rest on.</summary>
internal sealed class TopicCreator(KafkaSettings settings, IAdminClient admin, EmbeddedCluster? embedded)
{
    // Above what a busy controller takes, below the HTTP deadline.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>Makes a topic.</summary>
    /// <param name="request">What it is to be like.</param>
    /// <param name="brokers">How many brokers the cluster has; 0 while unknown.</param>
    public async Task<TopicCreation> CreateAsync(TopicRequest request, int brokers)
    {
        if (embedded is not null)
            return new TopicCreation(embedded.CreateTopic(request.Name, request.Partitions) ? TopicCreationOutcome.Created : TopicCreationOutcome.AlreadyExists);

        if (brokers == 0)
            return new TopicCreation(TopicCreationOutcome.Unavailable, "Kafka does not answer");

        try
        {
            await admin.CreateTopicsAsync([Specify(request, brokers)], new CreateTopicsOptions { RequestTimeout = Timeout, OperationTimeout = Timeout }).ConfigureAwait(false);
            return new TopicCreation(TopicCreationOutcome.Created);
        }
        catch (CreateTopicsException e)
        {
            return Judge(e.Results[0].Error);
        }
        catch (KafkaException e)
        {
            return Judge(e.Error);
        }
    }

    private TopicSpecification Specify(TopicRequest request, int brokers)
    {
        int replicas = request.Replicas ?? Math.Min(settings.DefaultReplicas, brokers);
        return new TopicSpecification
        {
            Name = request.Name,
            NumPartitions = request.Partitions ?? settings.DefaultPartitions,
            ReplicationFactor = (short)replicas,
            Configs = new Dictionary<string, string>
            {
                // Never a single copy acknowledged where there could be two.
                ["min.insync.replicas"] = replicas >= 2 ? "2" : "1",
                ["retention.ms"] = Text((long)(request.Retention ?? settings.RetentionPeriod).TotalMilliseconds),
                ["max.message.bytes"] = Text(KafkaClientProperties.MaxRecordBytes),
            },
        };
    }

    /// <summary>Whether an error says something against what was asked for, and not only that nobody answered in time.</summary>
    internal static bool IsRefusal(Error error) => error.Code switch
    {
        // Both come from the broker, but say nothing against the topic.
        ErrorCode.RequestTimedOut or ErrorCode.NotController => false,

        // librdkafka's own check of a number's range, before anything is sent.
        ErrorCode.Local_InvalidArg => true,
        _ => !error.IsLocalError,
    };

    private static TopicCreation Judge(Error error) => error.Code == ErrorCode.TopicAlreadyExists
        ? new(TopicCreationOutcome.AlreadyExists, error.Reason)
        : new(IsRefusal(error) ? TopicCreationOutcome.Refused : TopicCreationOutcome.Unavailable, error.Reason);

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
