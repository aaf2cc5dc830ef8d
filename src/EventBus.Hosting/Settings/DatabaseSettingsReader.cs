using EventBus.Core.Settings;

namespace EventBus.Hosting.Settings;

/// <summary>Reads <see cref="DatabaseSettings"/> from the environment.</summary>
public static class DatabaseSettingsReader
{
    /// <summary>Reads them where a database is required.</summary>
    /// <exception cref="SettingsException">A value is not taken, or there is no <c>EVENT_BUS_DATABASE_URL</c>.</exception>
    public static DatabaseSettings Read(EnvironmentReader environment) => new()
    {
        Url = environment.Get(SettingsTable.DatabaseUrl),
        AutoMigrate = environment.Get(SettingsTable.AutoMigrate),
        StoreRetention = environment.Get(SettingsTable.StoreRetention),
        PoolSize = environment.Get(SettingsTable.DatabasePoolSize),
    };

    /// <summary>Reads them; null where no database is given.</summary>
    /// <exception cref="SettingsException">A value is not taken.</exception>
    public static DatabaseSettings? ReadOrNull(EnvironmentReader environment) =>
        environment.IsSet(SettingsTable.DatabaseUrl) ? Read(environment) : null;
}
