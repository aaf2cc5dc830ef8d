using System.Globalization;
using EventBus.Core.Storing;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventBus.Postgres.Maintenance;

/// <summary>
/// Keeps a partition of <c>events</c> for each UTC day, from the retention's beginning to a few days ahead, and drops what is older, with its
/// keys. Any number of processes may do it at once, and again at any time.
/// </summary>
/// <remarks>
/// Nothing here holds up the sink: locks that it needs too are waited for briefly or not had, and the next minute is another try. Rows whose
/// day has no partition are in <c>events_default</c> meanwhile, and move when it is made.
/// </remarks>
public sealed class EventPartitions(Database database, TimeProvider time, ILogger<EventPartitions> logger)
{
    /// <summary>Any number that nobody else locks.</summary>
    private const long LockKey = 0x4576_656E_7450_6172;

    private const int DaysAhead = 3;
    private const int RowsAtOnce = 10_000;
    private const int BlocksAtOnce = 1_000;
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    /// <summary>Maintains every minute, from now on; failures are logged and met by the next try.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await MaintainAsync(cancellation);
            }
            catch (StoreUnavailableException e)
            {
                logger.MaintenanceFailed(e.Message);
            }

            await Task.Delay(Pause, time, cancellation);
        }
    }

    /// <summary>Makes what is missing and drops what is too old.</summary>
    /// <exception cref="StoreUnavailableException">The database is away, or a lock was not had in time. What was done stays done.</exception>
    public async Task MaintainAsync(CancellationToken cancellation)
    {
        try
        {
            var today = Day(time.GetUtcNow());
            var oldest = Day(time.GetUtcNow() - database.Settings.StoreRetention);
            var existing = await ExistingAsync(cancellation);
            // Today and what is ahead first: that is where rows come in.
            for (var day = today; day <= today.AddDays(DaysAhead); day = day.AddDays(1))
                await MakeAsync(day, existing, cancellation);
            for (var day = today.AddDays(-1); day >= oldest; day = day.AddDays(-1))
                await MakeAsync(day, existing, cancellation);
            var dropped = 0;
            foreach (var day in existing.Where(d => d < oldest).Order())
                dropped += await DropAsync(day, cancellation) ? 1 : 0;
            // By when it was stored: a record's own time may be anything here, and an event must not go with the minute in which it came.
            await PruneAsync("events_default", "coalesce(processed_at, created_at)", oldest, cancellation);
            await PruneAsync("heartbeats", "at", today.AddDays(-1), cancellation);
            if (dropped > 0)
                await PruneKeysAsync(oldest, cancellation);
        }
        catch (Exception e) when (DatabaseErrors.IsOfDatabase(e))
        {
            throw DatabaseErrors.Unavailable(e);
        }
    }

    private static DateOnly Day(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);

    private static string Name(DateOnly day) => $"events_{day:yyyyMMdd}";

    private static string Start(DateOnly day) => $"'{day:yyyy-MM-dd} 00:00:00+00'";

    private async Task<HashSet<DateOnly>> ExistingAsync(CancellationToken cancellation)
    {
        await using var command = database.Source.CreateCommand(
            "SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'events'::regclass");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var days = new HashSet<DateOnly>();
        while (await reader.ReadAsync(cancellation))
        {
            if (DateOnly.TryParseExact(reader.GetString(0), "'events_'yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
                days.Add(day);
        }

        return days;
    }

    /// <summary>
    /// Attaching takes no lock on <c>events</c> that the sink would wait for, only one on the default partition, which hardly any row goes to.
    /// </summary>
    private async Task MakeAsync(DateOnly day, HashSet<DateOnly> existing, CancellationToken cancellation)
    {
        if (existing.Contains(day))
            return;
        var (name, from, to) = (Name(day), Start(day), Start(day.AddDays(1)));
        await using var step = await Step.BeginAsync(database, cancellation);
        if (await step.ExistsAsync(name, cancellation))
            return;
        await step.RunAsync($"CREATE TABLE {name} (LIKE events INCLUDING ALL)", cancellation);
        await step.RunAsync("LOCK TABLE events_default IN SHARE ROW EXCLUSIVE MODE", cancellation);
        var moved = await step.RunAsync(
            $"""
            WITH moved AS (DELETE FROM events_default WHERE created_at >= {from} AND created_at < {to} RETURNING *)
            INSERT INTO {name} SELECT * FROM moved
            """,
            cancellation);
        await step.RunAsync($"ALTER TABLE events ATTACH PARTITION {name} FOR VALUES FROM ({from}) TO ({to})", cancellation);
        await step.CommitAsync(cancellation);
        logger.PartitionMade(name, moved);
    }

    /// <summary>A table with a default partition lets none go without a lock on it all: it is had within moments, or not at all.</summary>
    private async Task<bool> DropAsync(DateOnly day, CancellationToken cancellation)
    {
        var name = Name(day);
        await using var step = await Step.BeginAsync(database, cancellation);
        if (!await step.ExistsAsync(name, cancellation))
            return false;
        await step.RunAsync($"DROP TABLE {name}", cancellation);
        await step.CommitAsync(cancellation);
        logger.PartitionDropped(name);
        return true;
    }

    private async Task PruneAsync(string table, string column, DateOnly oldest, CancellationToken cancellation)
    {
        var sql = $"DELETE FROM {table} WHERE ctid = ANY (ARRAY (SELECT ctid FROM {table} WHERE {column} < {Start(oldest)} LIMIT {RowsAtOnce}))";
        await using var command = database.Source.CreateCommand(sql);
        while (await command.ExecuteNonQueryAsync(cancellation) == RowsAtOnce)
        {
            // Batch by batch, each a transaction of its own.
        }
    }

    /// <summary>
    /// Once a day, from the table's first block to its last: one pass, however many keys go. Keys that the sink is at are left to it, so that
    /// neither waits for the other.
    /// </summary>
    private async Task PruneKeysAsync(DateOnly oldest, CancellationToken cancellation)
    {
        await using var size = database.Source.CreateCommand(
            "SELECT pg_relation_size('event_keys') / current_setting('block_size')::bigint");
        var blocks = (long)(await size.ExecuteScalarAsync(cancellation))!;
        for (long block = 0; block < blocks; block += BlocksAtOnce)
        {
            await using var command = database.Source.CreateCommand(
                $"""
                DELETE FROM event_keys WHERE ctid = ANY (ARRAY (SELECT ctid FROM event_keys
                    WHERE ctid >= '({block},0)' AND ctid < '({block + BlocksAtOnce},0)' AND created_at < {Start(oldest)} FOR UPDATE SKIP LOCKED))
                """);
            await command.ExecuteNonQueryAsync(cancellation);
        }
    }

    /// <summary>One change of the partitions: a transaction that nobody else makes another in, and that waits for no lock longer than the sink may.</summary>
    private sealed class Step : IAsyncDisposable
    {
        private readonly NpgsqlConnection _connection;
        private readonly NpgsqlTransaction _transaction;

        private Step(NpgsqlConnection connection, NpgsqlTransaction transaction) => (_connection, _transaction) = (connection, transaction);

        public static async Task<Step> BeginAsync(Database database, CancellationToken cancellation)
        {
            var connection = await database.Source.OpenConnectionAsync(cancellation);
            var step = new Step(connection, await connection.BeginTransactionAsync(cancellation));
            await step.RunAsync($"SELECT pg_advisory_xact_lock({LockKey})", cancellation);
            await step.RunAsync("SET LOCAL lock_timeout = '2s'", cancellation);
            return step;
        }

        public async Task<bool> ExistsAsync(string table, CancellationToken cancellation)
        {
            await using var command = new NpgsqlCommand($"SELECT to_regclass('{table}') IS NOT NULL", _connection);
            return (bool)(await command.ExecuteScalarAsync(cancellation))!;
        }

        public async Task<long> RunAsync(string sql, CancellationToken cancellation)
        {
            // Moving a day's rows, or waiting for another process that does, takes as long as there are rows.
            await using var command = new NpgsqlCommand(sql, _connection) { CommandTimeout = 0 };
            return await command.ExecuteNonQueryAsync(cancellation);
        }

        public Task CommitAsync(CancellationToken cancellation) => _transaction.CommitAsync(cancellation);

        public async ValueTask DisposeAsync()
        {
            await _transaction.DisposeAsync();
            await _connection.DisposeAsync();
        }
    }
}
