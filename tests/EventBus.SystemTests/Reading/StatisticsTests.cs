using System.Diagnostics;
using System.Text.Json;
using EventBus.SystemTests.Fixtures;

namespace EventBus.SystemTests.Reading;

/// <summary><c>GET /stats</c>, the numbers of <c>GET /health</c>, and the description of the API.</summary>
public sealed class StatisticsTests : IClassFixture<StoreFixture>
{
    private readonly StoreFixture _store;
    private readonly Api _api;

    public StatisticsTests(StoreFixture store)
    {
        Skip.If(StoreFixture.UnavailableReason is not null, StoreFixture.UnavailableReason);
        _store = store;
        _api = new Api(store.First.Http);
    }

    [SkippableFact]
    public async Task Statistics_CountsOfTheSinkAndOfTheLog_AreSummed()
    {
        await _store.Sql.ExecuteAsync(
            """
            INSERT INTO sink_offsets (topic_id, partition, topic, next, stored, duplicates, dead_lettered, lost)
            VALUES (gen_random_uuid(), 0, 'game.gone', 115, 100, 7, 3, 5)
            """);
        // An answer may be a second old.
        var before = await UntilAsync("/stats", s => Number(s, "total_events_consumed") == 110);
        for (var i = 0; i < 5; i++)
            (await _api.PostAsync(Api.Publish, Api.Event(StoreFixture.Topic))).AssertPublished(StoreFixture.Topic);

        var after = await UntilAsync("/stats", s => Number(s, "total_events_published") == Number(before, "total_events_published") + 5);

        // Nobody stores here: what is published has yet to be read.
        Assert.Equal(110, Number(after, "total_events_consumed"));
        Assert.Equal(1, Number(after, "active_topics"));
        Assert.Equal(
            ["total_events_published", "total_events_consumed", "active_topics", "active_subscriptions", "average_processing_time", "error_rate", "throughput_per_second"],
            after.EnumerateObject().Select(p => p.Name));
        Assert.InRange(after.GetProperty("error_rate").GetDouble(), 0, 1);
        // The gateway's beat follows within five seconds.
        await UntilAsync("/stats", s => s.GetProperty("throughput_per_second").GetDouble() > 0);
        Assert.Equal(2L, await _store.Sql.ScalarAsync<long>("SELECT count(DISTINCT instance) FROM heartbeats WHERE kind = 'gateway'"));
    }

    [SkippableFact]
    public async Task Health_WithDatabase_CountsTopicsAndActiveSubscriptions()
    {
        await _store.Sql.ExecuteAsync(
            """
            INSERT INTO event_subscriptions (subscription_id, service_name, status, is_active)
            VALUES ('s1', 'a', 'active', true), ('s2', 'a', 'active', true), ('s3', 'a', 'paused', false)
            """);

        var health = await UntilAsync("/health", h => Number(h, "subscribers_active") == 2);

        Assert.Equal(("healthy", 1L), (health.GetProperty("status").GetString(), Number(health, "topics_active")));
        Assert.Equal(2, Number((await _api.GetAsync("/stats")).Json, "active_subscriptions"));
    }

    [SkippableFact]
    public async Task OpenApi_IsServed()
    {
        var answer = await _api.GetAsync("/openapi/v1.json");

        Assert.Equal((200, "application/json"), (answer.Status, answer.MediaType));
        Assert.StartsWith("3.1", answer.Json.GetProperty("openapi").GetString());
    }

    [SkippableFact]
    public async Task Metrics_AfterQueries_HaveTheirDurations()
    {
        await _api.GetAsync("/events?limit=1");
        await _api.GetAsync("/stats");

        var metrics = await _store.First.Http.GetStringAsync(new Uri($"http://127.0.0.1:{_store.First.MetricsPort}/metrics"));

        foreach (var operation in new[] { "event_search", "statistics", "heartbeat" })
            Assert.Contains($"event_bus_database_query_duration_seconds{{operation=\"{operation}\",quantile=\"0.99\"}}", metrics, StringComparison.Ordinal);
    }

    private static long Number(JsonElement json, string name) => json.GetProperty(name).GetInt64();

    private async Task<JsonElement> UntilAsync(string path, Func<JsonElement, bool> isReached)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var answer = await _api.GetAsync(path);
            Assert.True(answer.Status == 200, answer.ToString());
            if (isReached(answer.Json) || watch.Elapsed > TimeSpan.FromSeconds(30))
            {
                Assert.True(isReached(answer.Json), answer.ToString());
                return answer.Json;
            }

            await Task.Delay(100);
        }
    }
}
