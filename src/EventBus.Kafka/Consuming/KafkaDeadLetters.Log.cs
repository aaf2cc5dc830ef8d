using Microsoft.Extensions.Logging;

namespace EventBus.Kafka.Consuming;

/// <content>What the dead letters' writer logs.</content>
public sealed partial class KafkaDeadLetters
{
    [LoggerMessage(3220, LogLevel.Warning, "{Count} records of {Topic} are dead letters: {Reason}. The first, at partition {Partition} and offset {Offset}: {Detail}")]
    private partial void LogSent(int count, string topic, string reason, int partition, long offset, string detail);

    [LoggerMessage(3221, LogLevel.Warning, "The dead letters' producer met an error and goes on: {Reason}")]
    private partial void LogError(string reason);
}
