using System.Text.Json;
using System.Text.RegularExpressions;
using EventBus.Postgres.Queries;
using EventBus.TestKit.Postgres;
using Npgsql;

namespace EventBus.IntegrationTests.Queries;

/// <summary>What PostgreSQL makes of the queries: the index that belongs to a filter, in the days that the time names, without a sort.</summary>
public sealed class QueryPlanTests : IAsyncLifetime
{
    private StoreFixture _store = null!;

    public async Task InitializeAsync()
    {
        if (PostgresServer.UnavailableReason is not null)
            return;
        _store = await StoreFixture.CreateAsync();
        for (var day = -3; day <= 3; day++)
        {
            await _store.InsertAsync(
                day * 100_000, 8_000, ("event_id", "'e' || n"), ("topic", "'game.topic' || (n + 400000) % 200"), ("event_type", "'game.type' || (n + 400000) % 50"),
                ("source", "'source' || (n + 400000) % 100"), ("session_id", "'session' || (n + 400000) % 100"),
                ("created_at", $"timestamptz '{StoreFixture.Day.AddDays(day):yyyy-MM-dd} 00:00Z' + (n - {day * 100_000}) * interval '10 second'"));
        }

        await _store.Sql.ExecuteAsync("ANALYZE");
    }

    public async Task DisposeAsync()
    {
        if (_store is not null)
            await _store.DisposeAsync();
    }

    [SkippableTheory]
    [InlineData("topic", "game.topic7", "topic_created_at_id")]
    [InlineData("type", "game.type7", "event_type_created_at_id")]
    [InlineData("source", "source7", "source_created_at_id")]
    [InlineData("session", "session7", "session_id_created_at_id")]
    [InlineData("none", "", "created_at_id")]
    public async Task Search_EachFilter_UsesItsIndexWithoutSort(string filter, string value, string index)
    {
        Skip.If(_store is null, PostgresServer.UnavailableReason);
        foreach (var ascending in new[] { false, true })
        {
            var plan = await ExplainAsync(Query(filter, value) with { IsAscending = ascending });

            Assert.DoesNotMatch("Seq Scan|Bitmap|\"Sort\"", plan);
            var used = Regex.Matches(plan, "\"Index Name\": \"(events_\\w+)\"").Select(m => m.Groups[1].Value).Distinct().ToList();
            Assert.NotEmpty(used);
            Assert.All(used, name => Assert.Matches($"^events_(\\d{{8}}|default)_{index}", name));
        }
    }

    [SkippableTheory]
    [InlineData("topic", "game.topic7")]
    [InlineData("session", "session7")]
    [InlineData("none", "")]
    public async Task Search_TimeAndCursor_LookIntoTheirDaysOnly(string filter, string value)
    {
        Skip.If(_store is null, PostgresServer.UnavailableReason);
        var bounded = await ExplainAsync(Query(filter, value) with { Since = StoreFixture.Day.AddHours(1), Until = StoreFixture.Day.AddHours(9) });
        var older = await ExplainAsync(Query(filter, value) with { After = new EventPosition(StoreFixture.Day.AddDays(-2).AddHours(4), Guid.Empty) });

        Assert.Equal(["events_20260310"], DaysOf(bounded));
        Assert.Equal(["events_20260307", "events_20260308"], DaysOf(older));
    }

    [SkippableFact]
    public async Task Find_ById_OnePartitionByItsKey()
    {
        Skip.If(_store is null, PostgresServer.UnavailableReason);
        var statements = new[] { EventReader.FindSql(withSource: false), EventReader.FindSql(withSource: true) };
        foreach (var sql in statements)
        {
            await using var connection = await _store!.Sql.ConnectAsync();
            await using var command = new NpgsqlCommand("EXPLAIN (ANALYZE, FORMAT JSON) " + sql, connection);
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = "e100100" });
            if (sql.Contains("$2", StringComparison.Ordinal))
                command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = "source0" });
            var plan = JsonDocument.Parse((string)(await command.ExecuteScalarAsync())!);

            var executed = Nodes(plan.RootElement[0].GetProperty("Plan"))
                .Where(n => n.TryGetProperty("Relation Name", out var name) && name.GetString()!.StartsWith("events_", StringComparison.Ordinal))
                .Where(n => n.GetProperty("Actual Loops").GetInt32() > 0)
                .ToList();
            Assert.Equal("events_20260311", Assert.Single(executed).GetProperty("Relation Name").GetString());
            Assert.Equal("Index Scan", executed[0].GetProperty("Node Type").GetString());
            // An empty partition is planned with a scan, and then never looked at.
            Assert.DoesNotContain(
                Nodes(plan.RootElement[0].GetProperty("Plan")),
                n => n.GetProperty("Node Type").GetString() == "Seq Scan" && n.GetProperty("Actual Loops").GetInt32() > 0);
        }
    }

    private static EventQuery Query(string filter, string value) => filter switch
    {
        "topic" => new() { Limit = 100, Topic = value },
        "type" => new() { Limit = 100, Type = value },
        "source" => new() { Limit = 100, Source = value },
        "session" => new() { Limit = 100, SessionId = value },
        _ => new() { Limit = 100 },
    };

    private static IEnumerable<string> DaysOf(string plan) =>
        Regex.Matches(plan, "\"Relation Name\": \"(events_\\d+)\"").Select(m => m.Groups[1].Value).Distinct().Order(StringComparer.Ordinal);

    private static IEnumerable<JsonElement> Nodes(JsonElement node) =>
        node.TryGetProperty("Plans", out var children) ? children.EnumerateArray().SelectMany(Nodes).Prepend(node) : [node];

    private async Task<string> ExplainAsync(EventQuery query)
    {
        await using var connection = await _store.Sql.ConnectAsync();
        await using var command = EventReader.Command(connection, EventColumns.List, query, query.Limit);
        command.CommandText = "EXPLAIN (FORMAT JSON) " + command.CommandText;
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
