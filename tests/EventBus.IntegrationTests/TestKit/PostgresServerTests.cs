using EventBus.TestKit.Postgres;
using Npgsql;

namespace EventBus.IntegrationTests.TestKit;

/// <summary>The private server: what other tests take for granted of it.</summary>
public sealed class PostgresServerTests
{
    [SkippableFact]
    public async Task CreateDatabaseAsync_Twice_DatabasesApart()
    {
        Skip.If(PostgresServer.UnavailableReason is not null, PostgresServer.UnavailableReason);
        var server = await PostgresServer.SharedAsync();
        await using var first = await server.CreateDatabaseAsync();
        await using var second = await server.CreateDatabaseAsync();

        await first.ExecuteAsync("CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1), (NULL)");

        Assert.Equal(2L, await first.ScalarAsync<long>("SELECT count(*) FROM t"));
        Assert.Null((await first.RowsAsync("SELECT n FROM t ORDER BY n NULLS FIRST"))[0][0]);
        await Assert.ThrowsAsync<PostgresException>(() => second.ExecuteAsync("SELECT * FROM t"));
    }

    [SkippableFact]
    public async Task RestartAsync_KilledAndStopped_CommittedRowsAreThere()
    {
        Skip.If(PostgresServer.UnavailableReason is not null, PostgresServer.UnavailableReason);
        await using var server = await PostgresServer.StartAsync();
        await using var database = await server.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE t (n INTEGER)");
        await using var open = await database.ConnectAsync();
        await database.ExecuteAsync("INSERT INTO t VALUES (1)");

        await server.KillAsync();
        Assert.False(server.IsRunning);
        await Assert.ThrowsAsync<NpgsqlException>(() => database.ExecuteAsync("INSERT INTO t VALUES (2)"));
        await server.RestartAsync();
        Assert.Equal(1L, await database.ScalarAsync<long>("SELECT count(*) FROM t"));

        await server.SetAsync("default_transaction_read_only", "on");
        Assert.Equal("25006", (await Assert.ThrowsAsync<PostgresException>(() => database.ExecuteAsync("INSERT INTO t VALUES (3)"))).SqlState);
        await server.SetAsync("default_transaction_read_only", "off");
        await server.StopAsync();
        await server.RestartAsync();
        await database.ExecuteAsync("INSERT INTO t VALUES (4)");
        Assert.Equal(2L, await database.ScalarAsync<long>("SELECT count(*) FROM t"));
    }
}
