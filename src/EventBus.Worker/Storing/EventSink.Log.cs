namespace EventBus.Worker.Storing;

/// <content>What the sink logs: event ids 5100 to 5149.</content>
internal sealed partial class EventSink
{
    [LoggerMessage(5100, LogLevel.Information, "{Count} partitions are this worker's to store, {Total} in all")]
    private partial void LogAssigned(int count, int total);

    [LoggerMessage(5101, LogLevel.Information, "{Count} partitions go to another worker, {Total} remain")]
    private partial void LogRevoked(int count, int total);

    [LoggerMessage(5102, LogLevel.Error, "The event store takes nothing: {Reason}. Reading pauses and is tried again; nothing is lost")]
    private partial void LogStoreAway(string reason);

    [LoggerMessage(5103, LogLevel.Information, "The event store takes events again")]
    private partial void LogStoreBack();

    [LoggerMessage(5104, LogLevel.Warning, "Another worker moved a position, so this one reads its partitions' positions anew: {Reason}")]
    private partial void LogConflict(string reason);

    [LoggerMessage(5105, LogLevel.Error, "A batch failed in an unexpected way; it is read and tried again")]
    private partial void LogUnexpected(Exception exception);

    [LoggerMessage(5106, LogLevel.Warning, "The store is slow: {Count} partitions pause until it has taken a batch")]
    private partial void LogHeld(int count);

    [LoggerMessage(5107, LogLevel.Warning, "Partitions cannot be looked up yet: {Reason}")]
    private partial void LogPlacementFailed(string reason);

    [LoggerMessage(5108, LogLevel.Warning, "Topic {Topic} was deleted and made again; partition {Partition} starts anew")]
    private partial void LogRecreated(string topic, int partition);

    [LoggerMessage(5109, LogLevel.Error,
        "{Topic}/{Partition}: the log no longer has offsets {From} to {To}: up to {Lost} events were never stored. Raise the topic's retention")]
    private partial void LogGap(string topic, int partition, long from, long to, long lost);

    [LoggerMessage(5110, LogLevel.Error,
        "{Topic}/{Partition}: the log ends at {End}, before the position {Position}: it lost records that are stored. Reading goes on at its end")]
    private partial void LogCut(string topic, int partition, long position, long end);
}
