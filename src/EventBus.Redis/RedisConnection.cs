using System.Globalization;
using StackExchange.Redis;

namespace EventBus.Redis;

/// <summary>Reads <c>EVENT_BUS_REDIS_URL</c>.</summary>
internal static class RedisConnection
{
    private const int DefaultPort = 6379;

    /// <summary>The client's options for <c>redis://user:password@host:port/db</c>, or <c>rediss://</c> for TLS.</summary>
    public static ConfigurationOptions Read(Uri url, TimeSpan responseTimeout)
    {
        var user = url.UserInfo.Split(':', 2);
        var database = url.AbsolutePath.Trim('/');
        var isTls = url.Scheme == "rediss";
        return new ConfigurationOptions
        {
            EndPoints = { { url.IdnHost.Trim('[', ']'), url.Port > 0 ? url.Port : DefaultPort } },
            User = user[0].Length > 0 ? Uri.UnescapeDataString(user[0]) : null,
            Password = user.Length == 2 ? Uri.UnescapeDataString(user[1]) : null,
            DefaultDatabase = database.Length == 0 ? 0 : int.Parse(database, CultureInfo.InvariantCulture),
            Ssl = isTls,
            SslHost = isTls ? url.IdnHost : null,
            ClientName = "event-bus",
            // It is tried again for as long as it takes; meanwhile commands fail at once, since nothing here may wait for a connection.
            AbortOnConnectFail = false,
            BacklogPolicy = BacklogPolicy.FailFast,
            ReconnectRetryPolicy = new LinearRetry(500),
            ConnectTimeout = 1000,
            ConnectRetry = 1,
            AsyncTimeout = (int)responseTimeout.TotalMilliseconds,
            SyncTimeout = (int)responseTimeout.TotalMilliseconds,
            HeartbeatInterval = TimeSpan.FromMilliseconds(500),
            KeepAlive = 10,
            IncludeDetailInExceptions = false,
            IncludePerformanceCountersInExceptions = false,
            // Nothing is subscribed to: no second connection, no broadcasts, no tie to break.
            ConfigurationChannel = "",
            TieBreaker = "",
        };
    }
}
