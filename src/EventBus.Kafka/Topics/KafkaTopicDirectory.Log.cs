using Microsoft.Extensions.Logging;

namespace EventBus.Kafka.Topics;

/// <content>What the directory logs: changes only, so that an outage of hours is two lines.</content>
public sealed partial class KafkaTopicDirectory
{
    [LoggerMessage(3100, LogLevel.Information, "Kafka answers: {Brokers} brokers, {Topics} topics")]
    private partial void LogConnected(int brokers, int topics);

    [LoggerMessage(3101, LogLevel.Error, "Kafka does not answer: {Reason}")]
    private partial void LogLost(string reason);

    [LoggerMessage(3102, LogLevel.Information, "Topics changed: {Added} new, {Removed} gone, {Topics} in all")]
    private partial void LogTopicsChanged(int added, int removed, int topics);

    [LoggerMessage(3103, LogLevel.Error, "There are more than {MaxTopics} topics: those beyond are left out, events for them are refused")]
    private partial void LogTooManyTopics(int maxTopics);

    [LoggerMessage(3104, LogLevel.Warning, "{Partitions} partitions have no leader or fewer replicas in sync than their topic's min.insync.replicas: their events are refused")]
    private partial void LogUnderMinimum(int partitions);

    [LoggerMessage(3105, LogLevel.Information, "All partitions have enough replicas in sync again")]
    private partial void LogEnoughInSync();

    [LoggerMessage(3106, LogLevel.Warning, "The settings of topics cannot be read ({Reason}): too few replicas in sync will be noticed by the broker's refusal only")]
    private partial void LogMinimumUnknown(string reason);

    [LoggerMessage(3107, LogLevel.Error, "The topic directory met an unexpected error and goes on")]
    private partial void LogUnexpected(Exception exception);

    [LoggerMessage(3108, LogLevel.Debug, "librdkafka: {Facility}: {Text}")]
    private partial void LogLibrary(string facility, string text);

    [LoggerMessage(3109, LogLevel.Information, "Topic {Topic} was made")]
    private partial void LogCreated(string topic);
}
