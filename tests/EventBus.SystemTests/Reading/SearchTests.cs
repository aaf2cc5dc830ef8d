using System.Text.Json;
using System.Text.RegularExpressions;
using EventBus.SystemTests.Fixtures;

namespace EventBus.SystemTests.Reading;

/// <summary><c>GET /events</c> and <c>GET /events/{eventId}</c> of a native gateway.</summary>
public sealed class SearchTests : IClassFixture<StoreFixture>
{
    private const string CloudEvent = "application/cloudevents+json";

    private readonly StoreFixture _store;
    private readonly Api _api;

    public SearchTests(StoreFixture store)
    {
        Skip.If(StoreFixture.UnavailableReason is not null, StoreFixture.UnavailableReason);
        _store = store;
        _api = new Api(store.First.Http);
    }

    [SkippableTheory]
    [InlineData("desc")]
    [InlineData("asc")]
    public async Task Search_FollowingLinksOnBothGateways_EachEventOnce(string order)
    {
        var source = $"paging-{order}";
        await _store.InsertAsync(order == "asc" ? 0 : 1000, 250, ("source", $"'{source}'"), ("event_id", $"'{order}' || n"));
        var second = new Api(_store.Second.Http);
        var path = $"/events?source={source}&limit=40&order={order}&since=2026-03-10T00:00:00Z&type=game.score";
        var numbers = new List<int>();
        for (var pages = 0; path is not null; pages++)
        {
            var answer = await (pages % 2 == 0 ? _api : second).GetAsync(path);
            Assert.True(answer.Status == 200, answer.ToString());
            numbers.AddRange(answer.Json.EnumerateArray().Select(e => int.Parse(e.GetProperty("event_id").GetString()![order.Length..])));
            path = LinkOf(answer);
        }

        Assert.Equal(250, numbers.Count);
        Assert.Equal(order == "asc" ? numbers.Order() : numbers.OrderDescending(), numbers);
        Assert.Equal(250, numbers.Distinct().Count());
    }

    [SkippableFact]
    public async Task Search_EachFilter_FindsItsEvents()
    {
        await _store.InsertAsync(
            5000, 40, ("source", "'filter-' || n % 2"), ("session_id", "'session-' || n % 5"), ("event_type", "'game.filter' || n % 4"),
            ("topic", "'game.filter.topic' || n % 3"), ("event_id", "'filter' || n"));

        Assert.Equal(20, await CountAsync("source=filter-0"));
        Assert.Equal(8, await CountAsync("session_id=session-3"));
        Assert.Equal(10, await CountAsync("type=game.filter2"));
        Assert.Equal(13, await CountAsync("topic=game.filter.topic0"));
        Assert.Equal(4, await CountAsync("session_id=session-3&source=filter-1"));
        Assert.Equal(5, await CountAsync("type=game.filter2&since=2026-03-10T02:23:40%2B01:00&until=2026-03-10T01:24:00Z"));
        Assert.Equal(0, await CountAsync("source=nobody"));
    }

    [SkippableFact]
    public async Task Get_StoredEvent_HasItsShape()
    {
        await _store.InsertAsync(
            6000, 1, ("event_id", "'shape'"), ("key", "'k\"1'"), ("session_id", "'s'"), ("headers", """'{"ce_region":"us-east-1","x":"y"}'"""), ("priority", "'high'"),
            ("is_replayable", "false"), ("\"timestamp\"", "timestamptz '2026-03-09 12:00:00.123456+01'"));

        var answer = await _api.GetAsync("/events/shape?source=tests");

        Assert.Equal((200, "application/json"), (answer.Status, answer.MediaType));
        Assert.Equal(
            """
            {"event_id":"shape","event_type":"game.score","topic":"game.reads","source":"tests","payload":"{\"n\":6000}","content_type":"application/json",
            "priority":"high","is_replayable":false,"timestamp":"2026-03-09T11:00:00.123456Z","created_at":"2026-03-10T01:40:00.000000Z","key":"k\"1",
            "session_id":"s","partition":0,"offset":6000,"headers":{"ce_region":"us-east-1","x":"y"}}
            """.ReplaceLineEndings(""),
            answer.Text);
    }

    [SkippableFact]
    public async Task Get_PayloadsOfEveryKind_AsJsonAndAsCloudEvents()
    {
        await _store.InsertAsync(7000, 1, ("event_id", "'text'"), ("payload", "'plain \"text\"'"), ("content_type", "'text/plain; charset=utf-8'"));
        await _store.InsertAsync(7001, 1, ("event_id", "'bytes'"), ("payload", "NULL"), ("payload_bytes", @"'\xff00fe'::bytea"), ("content_type", "NULL"));
        await _store.InsertAsync(7002, 1, ("event_id", "'none'"), ("payload", "NULL"));
        await _store.InsertAsync(7003, 1, ("event_id", "'broken'"), ("payload", "'{\"a\":'"));
        await _store.InsertAsync(
            7004, 1, ("event_id", "'json'"), ("key", "'k'"), ("player_id", "'p'"), ("headers", """'{"ce_region":"r","ce_partitionkey":"k","traceparent":"t","x":"y"}'"""));

        var bytes = (await _api.GetAsync("/events/bytes")).Json;
        Assert.Equal(("/wD+", "base64"), (bytes.GetProperty("payload").GetString(), bytes.GetProperty("payload_encoding").GetString()));
        Assert.Equal(JsonValueKind.Null, (await _api.GetAsync("/events/none")).Json.GetProperty("payload").ValueKind);
        Assert.Equal("{\"a\":", (await _api.GetAsync("/events/broken")).Json.GetProperty("payload").GetString());

        Assert.Equal("plain \"text\"", (await CloudAsync("text")).GetProperty("data").GetString());
        Assert.Equal("/wD+", (await CloudAsync("bytes")).GetProperty("data_base64").GetString());
        Assert.False((await CloudAsync("none")).TryGetProperty("data", out _));
        Assert.Equal("eyJhIjo=", (await CloudAsync("broken")).GetProperty("data_base64").GetString());
        var json = await CloudAsync("json");
        Assert.Equal(7004, json.GetProperty("data").GetProperty("n").GetInt32());
        Assert.Equal(
            ("1.0", "tests", "game.score", "k", "p", "r", "t", "game.reads"),
            (Text("specversion"), Text("source"), Text("type"), Text("partitionkey"), Text("playerid"), Text("region"), Text("traceparent"), Text("topic")));
        Assert.False(json.TryGetProperty("x", out _));

        var page = await SendAsync("/events?since=2026-03-10T01:56:40Z&until=2026-03-10T01:56:45Z", CloudEvent);
        Assert.Equal("application/cloudevents-batch+json", page.MediaType);
        Assert.Equal(["json", "broken", "none", "bytes", "text"], page.Json.EnumerateArray().Select(e => e.GetProperty("id").GetString()));

        string? Text(string name) => json.GetProperty(name).GetString();
    }

    [SkippableFact]
    public async Task Get_LargeEvents_AreWholeAndPagesBounded()
    {
        await _store.InsertAsync(8000, 20, ("source", "'large'"), ("event_id", "'large' || n"), ("payload", "repeat('\"ž\\' || n, 150000)"), ("content_type", "'text/plain'"));

        var first = await _api.GetAsync("/events?source=large&limit=1000");

        Assert.InRange(first.Json.GetArrayLength(), 10, 19);
        Assert.All(first.Json.EnumerateArray(), e => Assert.Equal(150_000 * 7, e.GetProperty("payload").GetString()!.Length));
        var rest = await _api.GetAsync(LinkOf(first)!);
        Assert.Equal(20, first.Json.GetArrayLength() + rest.Json.GetArrayLength());
        Assert.Null(LinkOf(rest));
    }

    [SkippableTheory]
    [InlineData("/events?topik=game.events", 400, "invalid_parameter", "/topik")]
    [InlineData("/events?limit=0", 400, "invalid_parameter", "/limit")]
    [InlineData("/events?limit=ten", 400, "invalid_parameter", "/limit")]
    [InlineData("/events?order=newest", 400, "invalid_parameter", "/order")]
    [InlineData("/events?since=2026-03-10", 400, "invalid_timestamp", "/since")]
    [InlineData("/events?since=2026-03-10T00:00:00Z&until=2026-03-10T00:00:00Z", 400, "invalid_parameter", "/until")]
    [InlineData("/events?cursor=abc", 400, "invalid_cursor", "/cursor")]
    [InlineData("/events?source=a%00b", 400, "invalid_parameter", "/source")]
    [InlineData("/events/x?sauce=y", 400, "invalid_parameter", "/sauce")]
    [InlineData("/events/x/status?sauce=y", 400, "invalid_parameter", "/sauce")]
    [InlineData("/stats?x=y", 400, "invalid_parameter", "/x")]
    [InlineData("/events/publish", 405, "method_not_allowed", null)]
    [InlineData("/events/publish/batch", 405, "method_not_allowed", null)]
    public async Task Read_BadInput_NamesTheFault(string path, int status, string code, string? field) =>
        (await _api.GetAsync(path)).AssertProblem(status, code, field);

    [SkippableFact]
    public async Task Search_CursorOfOtherFilters_IsRefused()
    {
        await _store.InsertAsync(9000, 3, ("source", "'cursor'"), ("event_id", "'cursor' || n"));
        var link = LinkOf(await _api.GetAsync("/events?source=cursor&limit=1"))!;

        Assert.Equal(200, (await _api.GetAsync(link.Replace("limit=1", "limit=2", StringComparison.Ordinal))).Status);
        (await _api.GetAsync(link.Replace("source=cursor", "source=other", StringComparison.Ordinal))).AssertProblem(400, "invalid_cursor", "/cursor");
        (await _api.GetAsync(link + "&order=asc")).AssertProblem(400, "invalid_cursor", "/cursor");
    }

    [SkippableFact]
    public async Task Get_IdsWithReservedCharacters_AreFound()
    {
        await _store.InsertAsync(9100, 1, ("event_id", "'a/b c%2Fd?é'"));

        var answer = await _api.GetAsync("/events/" + Uri.EscapeDataString("a/b c%2Fd?é"));

        Assert.True(answer.Status == 200, answer.ToString());
        Assert.Equal("a/b c%2Fd?é", answer.Json.GetProperty("event_id").GetString());
    }

    private static string? LinkOf(Answer answer)
    {
        if (!answer.Headers.TryGetValues("Link", out var values))
            return null;
        var match = Regex.Match(values.Single(), "^<([^>]+)>; rel=\"next\"$");
        Assert.True(match.Success, values.Single());
        return match.Groups[1].Value;
    }

    private async Task<int> CountAsync(string query)
    {
        var answer = await _api.GetAsync("/events?" + query);
        Assert.True(answer.Status == 200, answer.ToString());
        return answer.Json.GetArrayLength();
    }

    private Task<Answer> SendAsync(string path, string accept) => _api.SendAsync(HttpMethod.Get, path, null, ("Accept", accept));

    private async Task<JsonElement> CloudAsync(string id)
    {
        var answer = await SendAsync("/events/" + id, CloudEvent);
        Assert.Equal((200, CloudEvent), (answer.Status, answer.MediaType));
        return answer.Json;
    }
}
