using Microsoft.Extensions.Logging;

namespace EventBus.Kafka.Producing;

public sealed partial class KafkaProducer
{
    [LoggerMessage(2101, LogLevel.Information, "librdkafka {Facility}: {Text}")]
    private partial void LogLibraryInformation(string facility, string text);

    [LoggerMessage(2102, LogLevel.Warning, "librdkafka {Facility}: {Text}")]
    private partial void LogLibraryWarning(string facility, string text);

    [LoggerMessage(2103, LogLevel.Error, "The producer failed for good and is being rebuilt: {Reason}")]
    private partial void LogFatal(string reason);

    [LoggerMessage(2104, LogLevel.Warning, "The producer was rebuilt; {Purged} events that waited were answered as unknown or not stored")]
    private partial void LogRebuilt(int purged);

    [LoggerMessage(2105, LogLevel.Critical, "A producer thread ended: {Thread}")]
    private partial void LogThreadDied(string thread, Exception exception);

    [LoggerMessage(2106, LogLevel.Warning, "{Count} events were still waiting for Kafka when the time to stop was over")]
    private partial void LogAbandoned(int count);
}
