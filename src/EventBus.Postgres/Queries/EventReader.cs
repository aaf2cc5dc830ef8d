using System.Data;
using System.Text;
using EventBus.Core.Storing;
using Npgsql;
using NpgsqlTypes;

namespace EventBus.Postgres.Queries;

/// <summary>Reads events from the store: one by its id, or pages of those that filters let through.</summary>
public sealed class EventReader(Database database) : IDisposable
{
    /// <summary>Bytes of payload after which a page ends, whatever its limit: a page is written as it is read, but it takes a connection meanwhile.</summary>
    public const int MaxPageBytes = 16 * 1024 * 1024;

    private static readonly TimeSpan WaitForPage = TimeSpan.FromSeconds(2);

    // Only so many pages at once: status, statistics and the registry need connections too.
    private readonly SemaphoreSlim _pages = new(Math.Max(1, database.Settings.PoolSize / 2));

    /// <summary>Finds an event by its id.</summary>
    /// <param name="eventId">The id.</param>
    /// <param name="source">The source; null takes the newest event of this id, whoever's it is.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The database did not answer.</exception>
    public Task<StoredEvent?> FindAsync(string eventId, string? source, CancellationToken cancellation) => Attempt.RunAsync(async () =>
    {
        await using var command = database.Source.CreateCommand(FindSql(source is not null));
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = eventId, NpgsqlDbType = NpgsqlDbType.Varchar });
        if (source is not null)
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = source, NpgsqlDbType = NpgsqlDbType.Varchar });
        await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancellation).ConfigureAwait(false);
        if (!await reader.ReadAsync(cancellation).ConfigureAwait(false))
            return null;
        using var buffer = new PayloadBuffer();
        var found = await EventColumns.ReadAsync(reader, buffer, cancellation).ConfigureAwait(false);
        // Its own copy: the buffer goes back.
        return found.Payload is { } payload ? found with { Payload = payload.ToArray() } : found;
    });

    /// <summary>
    /// Opens a page. Its extent is known before its first event is read, since the link to the next one goes in front of it; both come from
    /// one snapshot of the database.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The database did not answer, or too many pages are being read.</exception>
    public async Task<EventPage> SearchAsync(EventQuery query, CancellationToken cancellation)
    {
        if (!await _pages.WaitAsync(WaitForPage, cancellation).ConfigureAwait(false))
            throw new StoreUnavailableException("too many pages are being read at once");
        NpgsqlConnection? connection = null;
        try
        {
            connection = await database.Source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
            var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation).ConfigureAwait(false);
            var (count, next) = await MeasureAsync(connection, query, cancellation).ConfigureAwait(false);
            if (count == 0)
                return new EventPage(connection, transaction, null, null, _pages);
            await using var command = Command(connection, EventColumns.List, query, count);
            var reader = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancellation).ConfigureAwait(false);
            return new EventPage(connection, transaction, reader, next, _pages);
        }
        catch (Exception e)
        {
            if (connection is not null)
                await connection.DisposeAsync().ConfigureAwait(false);
            _pages.Release();
            if (DatabaseErrors.IsOfDatabase(e))
                throw DatabaseErrors.Unavailable(e);
            throw;
        }
    }

    /// <inheritdoc />
    public void Dispose() => _pages.Dispose();

    /// <summary>The statement of one event. Shown to the tests of its plan.</summary>
    /// <remarks>The key is found first and by itself, so that one partition is looked into, whatever the planner knows of the tables.</remarks>
    internal static string FindSql(bool withSource) =>
        $"""
        WITH found AS MATERIALIZED (
            SELECT id, created_at FROM event_keys WHERE event_id = $1{(withSource ? " AND source = $2" : "")}
            ORDER BY created_at DESC LIMIT 1)
        SELECT {EventColumns.List} FROM events e
        WHERE e.id = (SELECT id FROM found) AND e.created_at = (SELECT created_at FROM found)
        """;

    /// <summary>The statement of a page, for this select list over <c>events e</c>. Shown to the tests of its plan.</summary>
    internal static NpgsqlCommand Command(NpgsqlConnection connection, string select, EventQuery query, int limit)
    {
        var command = connection.CreateCommand();
        var where = new StringBuilder();
        Add("e.topic =", query.Topic);
        Add("e.event_type =", query.Type);
        Add("e.source =", query.Source);
        Add("e.session_id =", query.SessionId);
        AddTime("e.created_at >=", query.Since);
        AddTime("e.created_at <", query.Until);
        if (query.After is { } after)
        {
            // The pair decides; the time by itself lets the planner leave out partitions, which it cannot by a pair.
            AddTime(query.IsAscending ? "e.created_at >=" : "e.created_at <=", after.CreatedAt);
            var time = command.Parameters.Count;
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = after.Id, NpgsqlDbType = NpgsqlDbType.Uuid });
            where.Append($" AND (e.created_at, e.id) {(query.IsAscending ? '>' : '<')} (${time}, ${time + 1})");
        }

        var order = query.IsAscending ? "ASC" : "DESC";
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit, NpgsqlDbType = NpgsqlDbType.Integer });
        command.CommandText = $"SELECT {select} FROM events e WHERE true{where} "
            + $"ORDER BY e.created_at {order}, e.id {order} LIMIT ${command.Parameters.Count}";
        return command;

        void Add(string condition, string? value)
        {
            if (value is null)
                return;
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Varchar });
            where.Append($" AND {condition} ${command.Parameters.Count}");
        }

        void AddTime(string condition, DateTime? value)
        {
            if (value is not { } time)
                return;
            command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = time, NpgsqlDbType = NpgsqlDbType.TimestampTz });
            where.Append($" AND {condition} ${command.Parameters.Count}");
        }
    }

    /// <summary>How many events the page has, and where the next one begins; null where there is none.</summary>
    private static async Task<(int Count, EventPosition? Next)> MeasureAsync(
        NpgsqlConnection connection, EventQuery query, CancellationToken cancellation)
    {
        // Neither length takes the payload from where PostgreSQL keeps it.
        const string Select = "e.created_at, e.id, COALESCE(octet_length(e.payload), octet_length(e.payload_bytes), 0)";
        await using var command = Command(connection, Select, query, query.Limit + 1);
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        var (count, bytes) = (0, 0L);
        EventPosition? last = null;
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
        {
            bytes += reader.GetInt32(2);
            if (count == query.Limit || (count > 0 && bytes > MaxPageBytes))
                return (count, last);
            count++;
            last = new EventPosition(reader.GetDateTime(0), reader.GetGuid(1));
        }

        return (count, null);
    }
}
