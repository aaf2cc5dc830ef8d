namespace EventBus.Gateway.Topics;

/// <content>What the reconciler logs.</content>
internal sealed partial class TopicReconciler
{
    [LoggerMessage(4220, LogLevel.Warning, "A half-made topic cannot be taken to its end now: {Reason}")]
    private partial void LogNotNow(string reason);

    [LoggerMessage(4221, LogLevel.Error, "The reconciler met an unexpected error and goes on")]
    private partial void LogUnexpected(Exception exception);
}
