using EventBus.Core.Settings;
using EventBus.Core.Storing;
using EventBus.Hosting;
using EventBus.Hosting.Database;
using EventBus.Hosting.Settings;
using EventBus.Postgres;
using EventBus.Postgres.Maintenance;
using EventBus.Postgres.Migrations;
using EventBus.Postgres.Statistics;
using EventBus.Postgres.Storing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventBus.Worker;

/// <summary>The database as a service, and its migration.</summary>
internal static class DatabaseSetup
{
    /// <summary>Adds the database and what keeps its schema.</summary>
    /// <exception cref="SettingsException">The connection string cannot be read.</exception>
    public static void AddDatabase(this IServiceCollection services, DatabaseSettings settings)
    {
        var database = Open(settings);
        // By a factory, so that the container closes it.
        services.AddSingleton(_ => database);
        services.AddSingleton<EventPartitions>();
        services.AddSingleton<Heartbeats>();
        services.AddSingleton<IEventStore, PostgresEventStore>();
        services.AddSingleton<IRegisteredTopics, RegisteredTopics>();
        services.AddSingleton<IStoreSchema, DatabaseSchema>();
        services.AddSchemaWatch();
    }

    /// <summary>The work of <c>--migrate</c>, without a host.</summary>
    public static async Task<string> MigrateAsync(EnvironmentReader environment)
    {
        await using var database = Open(DatabaseSettingsReader.Read(environment));
        var partitions = new EventPartitions(database, TimeProvider.System, NullLogger<EventPartitions>.Instance);
        return await DatabaseHosting.MigrateAsync(new DatabaseSchema(database, partitions, TimeProvider.System, NullLogger<DatabaseSchema>.Instance));
    }

    private static Database Open(DatabaseSettings settings) =>
        DatabaseHosting.Open(settings, s => new Database(s, BinaryIdentity.Worker.Name));
}
