using EventBus.Core.Settings;
using EventBus.Postgres;
using EventBus.TestKit.Postgres;

namespace EventBus.IntegrationTests.Queries;

/// <summary>A database of the schema with partitions for the days around <see cref="Day"/>, and rows as SQL makes them.</summary>
public sealed class StoreFixture : IAsyncDisposable
{
    /// <summary>The day that rows are put on unless a test says otherwise.</summary>
    public static readonly DateTime Day = new(2026, 3, 10, 0, 0, 0, DateTimeKind.Utc);

    private StoreFixture(PostgresDatabase sql)
    {
        Sql = sql;
        Database = new Database(new DatabaseSettings { Url = sql.Url }, "tests");
    }

    public PostgresDatabase Sql { get; }

    public Database Database { get; }

    public static async Task<StoreFixture> CreateAsync()
    {
        Skip.If(PostgresServer.UnavailableReason is not null, PostgresServer.UnavailableReason);
        var server = await PostgresServer.SharedAsync();
        var fixture = new StoreFixture(await server.CreateDatabaseAsync());
        using var schema = new StreamReader(typeof(Database).Assembly.GetManifestResourceStream("0001_initial.sql")!);
        await fixture.Sql.ExecuteAsync(await schema.ReadToEndAsync());
        for (var day = Day.AddDays(-3); day <= Day.AddDays(3); day = day.AddDays(1))
        {
            await fixture.Sql.ExecuteAsync(
                $"CREATE TABLE events_{day:yyyyMMdd} PARTITION OF events FOR VALUES FROM ('{day:yyyy-MM-dd} 00:00Z') TO ('{day.AddDays(1):yyyy-MM-dd} 00:00Z')");
        }

        return fixture;
    }

    /// <summary>Stores events number <paramref name="first"/> and following, a second apart from the day's start, with their keys.</summary>
    /// <param name="first">The first number.</param>
    /// <param name="count">How many.</param>
    /// <param name="more">SQL for columns over the number <c>n</c>: <c>("session_id", "'s' || n % 10")</c>.</param>
    public Task InsertAsync(int first, int count, params (string Column, string Value)[] more)
    {
        var columns = new Dictionary<string, string>
        {
            ["event_id"] = "'e' || n",
            ["event_type"] = "'game.type' || n % 5",
            ["topic"] = "'game.topic' || n % 10",
            ["source"] = "'source' || n % 20",
            ["payload"] = "'payload ' || n",
            ["partition"] = "0",
            ["\"offset\""] = "n",
            ["session_id"] = "'session' || n % 100",
            ["created_at"] = $"timestamptz '{Day:yyyy-MM-dd} 00:00Z' + n * interval '1 second'",
        };
        foreach (var (column, value) in more)
            columns[column] = value;
        return Sql.ExecuteAsync(
            $"""
            WITH rows AS (
                INSERT INTO events ({string.Join(", ", columns.Keys)})
                SELECT {string.Join(", ", columns.Values)} FROM generate_series({first}, {first + count - 1}) n
                RETURNING event_id, source, id, created_at)
            INSERT INTO event_keys SELECT event_id, source, id, created_at FROM rows
            ON CONFLICT (event_id, source) DO UPDATE SET id = excluded.id, created_at = excluded.created_at
            """);
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await Sql.DisposeAsync();
    }
}
