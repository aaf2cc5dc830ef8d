namespace EventBus.Worker.Storing;

/// <content>What the role logs: event ids 5150 to 5199.</content>
internal sealed partial class StoringRole
{
    [LoggerMessage(5150, LogLevel.Information, "Everything of the storing role that can grow is bounded: {Megabytes} MB in all ({Parts})")]
    private partial void LogBudget(long megabytes, string parts);

    [LoggerMessage(5151, LogLevel.Information, "{Topics} topics are stored")]
    private partial void LogSubscribed(int topics);

    [LoggerMessage(5152, LogLevel.Critical, "The sink's thread met an error that it cannot go on from")]
    private partial void LogThreadDied(Exception exception);

    [LoggerMessage(5153, LogLevel.Error, "The dead-letter topic {Topic} cannot be made ({Reason}): until it is there, the first record that needs it holds up its worker")]
    private partial void LogNoDeadLetterTopic(string topic, string? reason);
}
