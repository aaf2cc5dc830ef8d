namespace EventBus.Gateway.Publishing;

internal sealed partial class EventSubmitter
{
    [LoggerMessage(4010, LogLevel.Error, "An event failed in a way that was not foreseen")]
    private partial void LogUnforeseen(Exception exception);
}
