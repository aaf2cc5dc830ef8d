namespace EventBus.Gateway.Topics;

/// <content>What the administration logs: every change, since it is for all instances.</content>
internal sealed partial class TopicAdministration
{
    [LoggerMessage(4210, LogLevel.Information, "Topic {Topic} was registered, with {Partitions} partitions of {Replicas} replicas")]
    private partial void LogCreated(string topic, int partitions, int replicas);

    [LoggerMessage(4211, LogLevel.Information, "Topic {Topic} was changed")]
    private partial void LogChanged(string topic);

    [LoggerMessage(4212, LogLevel.Information, "Topic {Topic} was removed, with its dead letters")]
    private partial void LogRemoved(string topic);

    [LoggerMessage(4213, LogLevel.Warning, "Topic {Topic} had been left half-made by a process that is gone; it is now {Outcome}")]
    private partial void LogFinished(string topic, string outcome);

    [LoggerMessage(4214, LogLevel.Warning, "Topic {Topic} is left {Status} for now: {Reason}")]
    private partial void LogLeft(string topic, string status, string reason);
}
