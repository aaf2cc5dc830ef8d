namespace EventBus.Gateway.Topics;

/// <content>What the registry logs: changes only, so that an outage of hours is two lines.</content>
internal sealed partial class TopicRegistry
{
    [LoggerMessage(4200, LogLevel.Information, "The topic registry was read: version {Version}, {Topics} active topics")]
    private partial void LogRead(long version, int topics);

    [LoggerMessage(4201, LogLevel.Warning, "The topic registry cannot be read: {Reason}. What was last known of it stands; where it was never read, Kafka's metadata alone says which topics there are")]
    private partial void LogAway(string reason);

    [LoggerMessage(4202, LogLevel.Error, "The schema of topic {Topic} cannot be used ({Reason}): its events are not checked")]
    private partial void LogUnusableSchema(string topic, string reason);

    [LoggerMessage(4203, LogLevel.Error, "The topic registry met an unexpected error and goes on")]
    private partial void LogUnexpected(Exception exception);
}
