namespace EventBus.Gateway.Publishing;

internal sealed partial class PublishEngine
{
    [LoggerMessage(4001, LogLevel.Warning,
        "Kafka is EMBEDDED in this process at {Brokers}: it keeps a short tail of the records and loses all of them at exit")]
    private partial void LogEmbedded(string brokers);

    [LoggerMessage(4002, LogLevel.Information, "Everything that can grow is bounded: {Megabytes} MB in all ({Parts})")]
    private partial void LogBudget(long megabytes, string parts);
}
