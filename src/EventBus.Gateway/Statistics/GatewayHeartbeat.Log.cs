namespace EventBus.Gateway.Statistics;

/// <content>What the heartbeat logs: changes only.</content>
internal sealed partial class GatewayHeartbeat
{
    [LoggerMessage(4300, LogLevel.Error, "The database does not answer: {Reason}. Publishing goes on; what is read from the event store is not")]
    private partial void LogAway(string reason);

    [LoggerMessage(4301, LogLevel.Information, "The database answers")]
    private partial void LogAnswers();
}
