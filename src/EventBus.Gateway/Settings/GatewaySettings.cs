using EventBus.Core.Settings;
using EventBus.Hosting.Settings;

namespace EventBus.Gateway.Settings;

/// <summary>All that the gateway is told: read from the environment once, at start, and never changed.</summary>
/// <param name="Http">The HTTP API.</param>
/// <param name="Operations">Ports, log and end of the process.</param>
/// <param name="Kafka">How to reach Kafka.</param>
/// <param name="Publish">Limits of publishing.</param>
/// <param name="RedisUrl"><c>EVENT_BUS_REDIS_URL</c>; null where there is none. It may hold a password: never logged.</param>
/// <param name="Database">How to reach PostgreSQL; null where there is none.</param>
public sealed record GatewaySettings(
    HttpSettings Http, OperationsSettings Operations, KafkaSettings Kafka, PublishSettings Publish, Uri? RedisUrl, DatabaseSettings? Database)
{
    /// <summary>Reads them.</summary>
    /// <param name="environment">The variables.</param>
    /// <param name="isTerminal">Whether the log goes to a terminal.</param>
    /// <exception cref="SettingsException">A value is not taken.</exception>
    public static GatewaySettings Read(EnvironmentReader environment, bool isTerminal)
    {
        SettingsTable.Check(environment);
        var settings = new GatewaySettings(
            HttpSettings.Read(environment),
            OperationsSettings.Read(environment, isTerminal),
            KafkaSettingsReader.Read(environment),
            PublishSettings.Read(environment),
            environment.GetOrNull(SettingsTable.RedisUrl),
            DatabaseSettingsReader.ReadOrNull(environment));
        settings.Operations.CheckPortsApart(settings.Http);
        return settings;
    }
}
