using EventBus.Core.Settings;
using EventBus.Core.Storing;
using EventBus.Postgres;
using EventBus.Postgres.Maintenance;
using EventBus.Postgres.Migrations;
using EventBus.TestKit.Network;
using EventBus.TestKit.Postgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventBus.IntegrationTests.Storing;

public sealed class DatabaseSchemaTests
{
    [SkippableFact]
    public async Task MigrateAsync_TenAtOnce_EachVersionIsAppliedOnce()
    {
        Skip.If(PostgresServer.UnavailableReason is not null, PostgresServer.UnavailableReason);
        await using var sql = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        var databases = Enumerable.Range(0, 10).Select(_ => Open(sql.Url)).ToList();

        var reports = await Task.WhenAll(databases.Select(d => Schema(d).MigrateAsync(default)));

        Assert.All(reports, r => Assert.Equal(SchemaState.UpToDate, r.State));
        Assert.Equal(1L, await sql.ScalarAsync<long>("SELECT count(*) FROM schema_versions"));
        // Yesterday to three days ahead, and the default.
        Assert.Equal(6L, await sql.ScalarAsync<long>("SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass"));
        foreach (var database in databases)
            await database.DisposeAsync();
    }

    [SkippableFact]
    public async Task CheckAsync_SchemaOfEveryState_SaysWhich()
    {
        Skip.If(PostgresServer.UnavailableReason is not null, PostgresServer.UnavailableReason);
        await using var sql = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await using var database = Open(sql.Url);
        await using var migrating = Open(sql.Url, autoMigrate: true);
        await using var away = Open($"postgresql://postgres@127.0.0.1:{FreePorts.Next()}/events");

        Assert.Equal(SchemaState.Behind, (await Schema(database).CheckAsync(default)).State);
        Assert.Equal(0L, await sql.ScalarAsync<long>("SELECT count(*) FROM pg_class WHERE relname = 'events'"));
        Assert.Equal(SchemaState.UpToDate, (await Schema(migrating).CheckAsync(default)).State);
        Assert.Equal(SchemaState.UpToDate, (await Schema(database).CheckAsync(default)).State);
        await sql.ExecuteAsync("INSERT INTO schema_versions (version, name) VALUES (9999, 'of the future')");
        Assert.Equal(SchemaState.Newer, (await Schema(database).CheckAsync(default)).State);
        Assert.Equal(SchemaState.Newer, (await Schema(database).MigrateAsync(default)).State);
        var report = await Schema(away).CheckAsync(default);
        Assert.Equal(SchemaState.Unreachable, report.State);
        Assert.DoesNotContain('\n', report.Detail);
    }

    [SkippableFact]
    public async Task MigrateAsync_RefusedHalfway_LeavesNothingAndSaysWhy()
    {
        Skip.If(PostgresServer.UnavailableReason is not null, PostgresServer.UnavailableReason);
        await using var sql = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await sql.ExecuteAsync("CREATE TABLE heartbeats (somebody TEXT)");
        await using var database = Open(sql.Url);

        var report = await Schema(database).MigrateAsync(default);

        Assert.Equal(SchemaState.Behind, report.State);
        Assert.Contains("heartbeats", report.Detail, StringComparison.Ordinal);
        Assert.Equal(0L, await sql.ScalarAsync<long>("SELECT count(*) FROM pg_class WHERE relname IN ('events', 'schema_versions')"));
        await sql.ExecuteAsync("DROP TABLE heartbeats");
        Assert.Equal(SchemaState.UpToDate, (await Schema(database).MigrateAsync(default)).State);
    }

    private static Database Open(string url, bool autoMigrate = false) =>
        new(new DatabaseSettings { Url = url, AutoMigrate = autoMigrate, StoreRetention = TimeSpan.FromDays(1) }, "test");

    private static DatabaseSchema Schema(Database database) => new(
        database, new EventPartitions(database, TimeProvider.System, NullLogger<EventPartitions>.Instance), TimeProvider.System,
        NullLogger<DatabaseSchema>.Instance);
}
