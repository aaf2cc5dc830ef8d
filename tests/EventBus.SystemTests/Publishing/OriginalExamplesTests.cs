using System.Text;
using EventBus.SystemTests.Fixtures;
using EventBus.TestKit.Records;
using Xunit.Abstractions;

namespace EventBus.SystemTests.Publishing;

/// <summary>The requests that the clients of the former service send, byte for byte from files.</summary>
public sealed class OriginalExamplesTests(SharedFixture fixture, ITestOutputHelper output) : GatewayTest(fixture, output)
{
    [SkippableFact]
    public async Task Publish_TheGenericExample_IsTheRecordThatTheContractSays()
    {
        var before = TimeProvider.System.GetUtcNow();
        var answer = await Api.PostAsync(Api.Publish, Api.Json, Example("publish-event.json"));

        var published = answer.AssertPublished("game.events");
        Assert.Equal(["event_id", "topic", "partition", "offset", "published"], answer.Json.EnumerateObject().Select(p => p.Name));
        Assert.True(published.HasUuidOfVersion(7), published.EventId);
        var record = Reader.ReadAt("game.events", published.Partition, published.Offset);
        Assert.Equal("""{"match_id":"123","winner":"player456","duration":1800}""", record.ValueText);
        Assert.Equal(published.EventId, record.KeyText);
        AssertHeaders(
            record,
            ("ce_specversion", "1.0"),
            ("ce_id", published.EventId),
            ("ce_source", "match-service"),
            ("ce_type", "game.match.end"),
            ("ce_time", null),
            ("content-type", "application/json"),
            ("ce_priority", "high"));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$", record.Header("ce_time"));
        Assert.InRange(
            DateTimeOffset.Parse(record.Header("ce_time")!), before.AddSeconds(-1), TimeProvider.System.GetUtcNow().AddSeconds(1));
        Assert.InRange(record.Timestamp, before.AddSeconds(-1), TimeProvider.System.GetUtcNow().AddSeconds(1));
    }

    [SkippableFact]
    public async Task PublishGame_TheGameExample_IsTheRecordThatTheContractSays()
    {
        var request = Example("publish-game-event.json");
        var answer = await Api.PostAsync(Api.PublishGame, Api.Json, request);

        var published = answer.AssertPublished("game.events");
        Assert.True(published.HasUuidOfVersion(7), published.EventId);
        var record = Reader.ReadAt("game.events", published.Partition, published.Offset);
        Assert.Equal(request, record.Value);
        Assert.Equal("session456", record.KeyText);
        AssertHeaders(
            record,
            ("ce_specversion", "1.0"),
            ("ce_id", published.EventId),
            ("ce_source", "server-01"),
            ("ce_type", "game.kill"),
            ("ce_time", null),
            ("content-type", "application/json"),
            ("ce_playerid", "player123"),
            ("ce_sessionid", "session456"),
            ("ce_gamemode", "battle_royale"),
            ("ce_mapname", "Neon_City"),
            ("ce_serverid", "server-01"),
            ("ce_region", "us-east-1"),
            ("ce_gameversion", "1.2.3"));
    }

    [SkippableFact]
    public async Task PublishGame_TheValuesOfTheGoExample_AreTheRecord()
    {
        const string Request = """{"player_id":"player123","session_id":"match456","action_type":"match_start","topic":"game.match.events","""
            + "\"game_mode\":\"battle_royale\",\"map_name\":\"Neon_City\",\"server_id\":\"server-01\",\"region\":\"us-east-1\"}";

        var published = (await Api.PostAsync(Api.PublishGame, Request)).AssertPublished("game.match.events");

        var record = Reader.ReadAt("game.match.events", published.Partition, published.Offset);
        Assert.Equal((Request, "match456", "game.match_start"), (record.ValueText, record.KeyText, record.Header("ce_type")));
        Assert.Null(record.Header("ce_gameversion"));
    }

    [SkippableFact]
    public async Task Publish_TheGenericExample_DecodesWithTheCloudEventsSdk()
    {
        var published = (await Api.PostAsync(Api.Publish, Api.Json, Example("publish-event.json"))).AssertPublished("game.events");

        var decoded = CloudEventRecords.Decode(Reader.ReadAt("game.events", published.Partition, published.Offset));

        Assert.True(decoded.IsValid);
        Assert.Equal(published.EventId, decoded.Id);
        Assert.Equal("game.match.end", decoded.Type);
        Assert.Equal("match-service", decoded.Source!.ToString());
        Assert.Equal("application/json", decoded.DataContentType);
        Assert.Equal("high", decoded["priority"]);
        Assert.Equal(TimeSpan.Zero, decoded.Time!.Value.Offset);
    }

    [SkippableFact]
    public async Task PublishGame_TheGameExample_ReadsTheSameWithKcat()
    {
        Skip.If(Kcat.UnavailableReason is not null, Kcat.UnavailableReason);
        var topic = FreshTopic();
        var request = Encoding.UTF8.GetString(Example("publish-game-event.json")).Replace("game.events", topic, StringComparison.Ordinal);
        var published = (await Api.PostAsync(Api.PublishGame, request)).AssertPublished(topic);

        var seen = Assert.Single(await Kcat.ReadAllAsync(Cluster.BootstrapServers, topic));

        Assert.Equal(request, seen.GetProperty("payload").GetString());
        Assert.Equal("session456", seen.GetProperty("key").GetString());
        Assert.Equal(published.Offset, seen.GetProperty("offset").GetInt64());
        var headers = seen.GetProperty("headers").EnumerateArray().Select(h => h.GetString()).Chunk(2).ToDictionary(p => p[0]!, p => p[1]);
        Assert.Equal(published.EventId, headers["ce_id"]);
        Assert.Equal("battle_royale", headers["ce_gamemode"]);
    }

    private static byte[] Example(string file) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Data", file));

    private static void AssertHeaders(KafkaRecord record, params (string Name, string? Value)[] expected)
    {
        // The first six in their order; the order among the extensions is not promised.
        Assert.Equal(expected.Take(6).Select(e => e.Name), record.HeaderNames.Take(6));
        Assert.Equal(expected.Select(e => e.Name).Order(), record.HeaderNames.Order());
        Assert.All(expected.Where(e => e.Value is not null), e => Assert.Equal(e.Value, record.Header(e.Name)));
    }
}
