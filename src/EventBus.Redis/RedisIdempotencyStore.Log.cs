using Microsoft.Extensions.Logging;

namespace EventBus.Redis;

public sealed partial class RedisIdempotencyStore
{
    [LoggerMessage(7000, LogLevel.Warning, "Redis is away ({Reason}): this instance alone decides which requests are repetitions, until it is back")]
    private partial void LogAway(string reason);

    [LoggerMessage(7001, LogLevel.Information, "Redis is back: the instances share their idempotency window again")]
    private partial void LogBack();
}
