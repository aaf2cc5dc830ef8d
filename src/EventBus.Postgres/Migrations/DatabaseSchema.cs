using EventBus.Core.Storing;
using EventBus.Postgres.Maintenance;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventBus.Postgres.Migrations;

/// <summary>The schema of the database: versions applied in their order, a transaction for each.</summary>
/// <remarks>
/// A small runner of our own. DbUp 7 runs under Native AOT, but takes no lock, so that processes that start together race, and knows no schema
/// that is newer than the binary: both would stay ours, and it would save one loop. Evolve 3.2 runs too, but holds a lock of its session,
/// which PgBouncer in transaction mode breaks.
/// </remarks>
public sealed class DatabaseSchema(Database database, EventPartitions partitions, TimeProvider time, ILogger<DatabaseSchema> logger) : IStoreSchema
{
    /// <summary>Any number that nobody else locks.</summary>
    private const long LockKey = 0x4576_656E_7442_7573;

    private static readonly int Needed = Migration.All[^1].Version;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private volatile SchemaReport _report = new(SchemaState.Unreachable, "not asked yet");

    /// <inheritdoc />
    public SchemaReport Report => _report;

    /// <inheritdoc />
    public async Task<SchemaReport> CheckAsync(CancellationToken cancellation)
    {
        var report = await LookAsync(cancellation);
        if (report.State == SchemaState.Behind && database.Settings.AutoMigrate)
            report = await MigrateAsync(cancellation);
        return _report = report;
    }

    /// <inheritdoc />
    public async Task RunAsync(CancellationToken cancellation)
    {
        for (SchemaReport? last = null; ; last = Report)
        {
            var now = await CheckAsync(cancellation);
            if (now.State != SchemaState.UpToDate && now != last)
                logger.DatabaseNotUsable(now.Detail);
            else if (now.State == SchemaState.UpToDate && last?.State != SchemaState.UpToDate)
                logger.DatabaseUsable(now.Detail);
            await Task.Delay(Pause, time, cancellation);
        }
    }

    /// <inheritdoc />
    public async Task<SchemaReport> MigrateAsync(CancellationToken cancellation)
    {
        try
        {
            foreach (var migration in Migration.All)
            {
                if (await ApplyAsync(migration, cancellation))
                    logger.Migrated(migration.Name);
            }

            var report = await LookAsync(cancellation);
            if (report.State == SchemaState.UpToDate)
                await partitions.MaintainAsync(cancellation);
            return report;
        }
        catch (StoreUnavailableException e)
        {
            return new SchemaReport(SchemaState.Unreachable, e.Message);
        }
        catch (PostgresException e) when (!DatabaseErrors.IsPassing(e))
        {
            return new SchemaReport(SchemaState.Behind, $"the migration is refused: {e.MessageText} ({e.SqlState})");
        }
        catch (Exception e) when (DatabaseErrors.IsOfDatabase(e))
        {
            return Unreachable(e);
        }
    }

    private static SchemaReport Unreachable(Exception e) => new(SchemaState.Unreachable, DatabaseErrors.Unavailable(e).Message);

    private async Task<SchemaReport> LookAsync(CancellationToken cancellation)
    {
        try
        {
            await using var connection = await database.Source.OpenConnectionAsync(cancellation);
            var version = await VersionAsync(connection, cancellation);
            return version.CompareTo(Needed) switch
            {
                0 => new SchemaReport(SchemaState.UpToDate, $"the database's schema is at version {version}"),
                < 0 => new SchemaReport(SchemaState.Behind, $"the database's schema is at version {version}, and this binary needs {Needed}"),
                _ => new SchemaReport(SchemaState.Newer, $"the database's schema is at version {version}, newer than this binary's {Needed}"),
            };
        }
        catch (Exception e) when (DatabaseErrors.IsOfDatabase(e))
        {
            return Unreachable(e);
        }
    }

    private static async Task<int> VersionAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var exists = new NpgsqlCommand("SELECT to_regclass('schema_versions') IS NOT NULL", connection);
        if (!(bool)(await exists.ExecuteScalarAsync(cancellation))!)
            return 0;
        await using var newest = new NpgsqlCommand("SELECT coalesce(max(version), 0) FROM schema_versions", connection);
        return (int)(await newest.ExecuteScalarAsync(cancellation))!;
    }

    private async Task<bool> ApplyAsync(Migration migration, CancellationToken cancellation)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await RunAsync(connection, $"SELECT pg_advisory_xact_lock({LockKey})", cancellation);
        if (await VersionAsync(connection, cancellation) >= migration.Version)
            return false;
        await RunAsync(
            connection,
            """
            CREATE TABLE IF NOT EXISTS schema_versions (
                version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TIMESTAMPTZ NOT NULL DEFAULT now())
            """,
            cancellation);
        await RunAsync(connection, migration.Sql, cancellation);
        await RunAsync(connection, $"INSERT INTO schema_versions (version, name) VALUES ({migration.Version}, '{migration.Name}')", cancellation);
        await transaction.CommitAsync(cancellation);
        return true;
    }

    /// <summary>Without a time limit: others may be migrating, and a migration takes as long as its tables are large.</summary>
    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
