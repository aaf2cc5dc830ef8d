using EventBus.Core.Settings;
using EventBus.Core.Storing;
using EventBus.Hosting.Health;
using EventBus.Hosting.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EventBus.Hosting.Database;

/// <summary>What both binaries do about the database's schema: refuse one that is not theirs, watch it, migrate it.</summary>
public static class DatabaseHosting
{
    /// <summary>Opens the database.</summary>
    /// <exception cref="SettingsException">The engine's library cannot read the connection string.</exception>
    public static T Open<T>(DatabaseSettings settings, Func<DatabaseSettings, T> open)
    {
        try
        {
            return open(settings);
        }
        catch (FormatException e)
        {
            throw EnvironmentReader.Error(SettingsTable.DatabaseUrl, e.Message);
        }
    }

    /// <summary>Keeps the schema's report up to date while the host runs, and puts it into the health answers.</summary>
    public static void AddSchemaWatch(this IServiceCollection services) => services.AddHostedService<SchemaWatch>();

    /// <summary>
    /// Refuses to start on a schema that is not this binary's. A database that is away is no reason: it is looked at again until it is back.
    /// </summary>
    /// <exception cref="SettingsException">It is behind, or ahead.</exception>
    public static async Task CheckSchemaAsync(this WebApplication app)
    {
        if (app.Services.GetService<IStoreSchema>() is { } schema)
            ThrowUnlessUsable(await schema.CheckAsync(default));
    }

    /// <summary>The work of <c>--migrate</c>.</summary>
    /// <returns>The line that says how the schema stands now.</returns>
    /// <exception cref="SettingsException">The migration is refused, or the schema is newer than the binary.</exception>
    /// <exception cref="StoreUnavailableException">The database is away.</exception>
    public static async Task<string> MigrateAsync(IStoreSchema schema)
    {
        var report = await schema.MigrateAsync(default);
        ThrowUnlessUsable(report);
        return report.State == SchemaState.Unreachable ? throw new StoreUnavailableException(report.Detail) : report.Detail;
    }

    private static void ThrowUnlessUsable(SchemaReport report)
    {
        if (report.State == SchemaState.Behind)
        {
            throw EnvironmentReader.Error(
                SettingsTable.DatabaseUrl, $"{report.Detail}; run --migrate once, or set {SettingsTable.AutoMigrate}=true");
        }

        if (report.State == SchemaState.Newer)
            throw EnvironmentReader.Error(SettingsTable.DatabaseUrl, $"{report.Detail}; run the newer binary");
    }

    private sealed class SchemaWatch : BackgroundService
    {
        private readonly IStoreSchema _schema;

        public SchemaWatch(IStoreSchema schema, HealthState health)
        {
            _schema = schema;
            health.AddCheck("database", () => schema.Report is { State: not SchemaState.UpToDate } report
                ? new HealthResult(HealthStatus.Degraded, report.Detail)
                : HealthResult.Healthy);
        }

        protected override Task ExecuteAsync(CancellationToken stoppingToken) => _schema.RunAsync(stoppingToken);
    }
}
