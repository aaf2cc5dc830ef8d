using EventBus.SystemTests.Fixtures;
using EventBus.TestKit.Kafka;
using EventBus.TestKit.Postgres;
using EventBus.TestKit.Processes;

namespace EventBus.SystemTests.Reading;

/// <summary>One broker, one database and two gateways on both: the tests store rows as the sink would, to have each moment for themselves.</summary>
public sealed class StoreFixture : IAsyncLifetime
{
    public const string Topic = "game.reads";

    public static string? UnavailableReason => SharedFixture.UnavailableReason ?? PostgresServer.UnavailableReason;

    public KafkaCluster Cluster { get; private set; } = null!;

    public PostgresDatabase Sql { get; private set; } = null!;

    public GatewayProcess First { get; private set; } = null!;

    public GatewayProcess Second { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (UnavailableReason is not null)
            return;
        Cluster = await KafkaCluster.StartAsync();
        await Cluster.CreateTopicsAsync([Topic]);
        Sql = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        var database = new Dictionary<string, string?> { ["EVENT_BUS_DATABASE_URL"] = Sql.Url };
        Assert.Equal(0, (await ChildProcess.RunAsync(GatewayProcess.Binary, ["--migrate"], TimeSpan.FromSeconds(60), database)).ExitCode);
        await Sql.ExecuteAsync($"INSERT INTO topics (name) VALUES ('{Topic}')");
        First = await GatewayProcess.StartAsync(Cluster.BootstrapServers, ("EVENT_BUS_DATABASE_URL", Sql.Url));
        Second = await GatewayProcess.StartAsync(Cluster.BootstrapServers, ("EVENT_BUS_DATABASE_URL", Sql.Url));
    }

    public async Task DisposeAsync()
    {
        foreach (var gateway in (GatewayProcess?[])[First, Second])
        {
            if (gateway is not null)
                await gateway.DisposeAsync();
        }

        if (Sql is not null)
            await Sql.DisposeAsync();
        if (Cluster is not null)
            await Cluster.DisposeAsync();
    }

    /// <summary>Stores events number <paramref name="first"/> and following, one a second from 2026-03-10 on, with columns over <c>n</c>.</summary>
    public Task InsertAsync(int first, int count, params (string Column, string Value)[] more)
    {
        var columns = new Dictionary<string, string>
        {
            ["event_id"] = "'e' || n",
            ["event_type"] = "'game.score'",
            ["topic"] = $"'{Topic}'",
            ["source"] = "'tests'",
            ["payload"] = "'{\"n\":' || n || '}'",
            ["content_type"] = "'application/json'",
            ["partition"] = "0",
            ["\"offset\""] = "n",
            ["\"timestamp\""] = "timestamptz '2026-03-10 00:00Z' + n * interval '1 second'",
            ["created_at"] = "timestamptz '2026-03-10 00:00Z' + n * interval '1 second'",
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
            """);
    }
}
