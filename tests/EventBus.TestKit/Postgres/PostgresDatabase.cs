using Npgsql;

namespace EventBus.TestKit.Postgres;

/// <summary>A fresh, empty database of a test's own, dropped with it.</summary>
public sealed class PostgresDatabase : IAsyncDisposable
{
    private readonly PostgresServer _server;
    private readonly NpgsqlDataSource _source;

    internal PostgresDatabase(PostgresServer server, string name)
    {
        _server = server;
        Name = name;
        // A test reads seldom; a connection that waits in a pool would hold the database when it is to be dropped.
        _source = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={server.Port};Username={PostgresServer.User};Database={name};Pooling=false");
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>What <c>EVENT_BUS_DATABASE_URL</c> takes.</summary>
    public string Url => UrlAt(_server.Port);

    /// <summary>The same through a proxy's port.</summary>
    public string UrlAt(int port) => $"postgresql://{PostgresServer.User}@127.0.0.1:{port}/{Name}";

    /// <summary>Runs statements.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var command = _source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The first column of the first row.</summary>
    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = _source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>All rows; SQL's null is null.</summary>
    public async Task<IReadOnlyList<object?[]>> RowsAsync(string sql)
    {
        var rows = new List<object?[]>();
        await using var command = _source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetValue(i))]);
        return rows;
    }

    /// <summary>A connection of the test's own: to hold locks with, say.</summary>
    public async Task<NpgsqlConnection> ConnectAsync() => await _source.OpenConnectionAsync();

    /// <summary>Ends every connection to this database but the caller's, as an administrator would.</summary>
    public Task DisconnectAllAsync() => ExecuteAsync(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _server.DropDatabaseAsync(Name);
    }
}
