using Microsoft.Extensions.Logging;

namespace EventBus.Kafka.Consuming;

/// <content>What the reader logs.</content>
public sealed partial class KafkaLogReader
{
    [LoggerMessage(3200, LogLevel.Warning, "The consumer met an error and goes on: {Reason}")]
    private partial void LogError(string reason);

    [LoggerMessage(3201, LogLevel.Error, "The consumer was not polled for so long that the group gave its partitions away: {Reason}")]
    private partial void LogTooSlow(string reason);

    [LoggerMessage(3202, LogLevel.Debug, "Cannot {Operation} {Count} partitions yet: {Reason}")]
    private partial void LogNotMoved(string operation, int count, string reason);

    [LoggerMessage(3203, LogLevel.Debug, "librdkafka: {Facility}: {Text}")]
    private partial void LogLibrary(string facility, string text);
}
