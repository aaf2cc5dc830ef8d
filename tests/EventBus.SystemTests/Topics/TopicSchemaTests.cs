using System.Text;
using EventBus.SystemTests.Fixtures;
using Xunit.Abstractions;

namespace EventBus.SystemTests.Topics;

/// <summary>A topic's schema, over every way of publishing.</summary>
public sealed class TopicSchemaTests(TopicFixture fixture, ITestOutputHelper output) : TopicTest(fixture, output)
{
    private const string Schema =
        """{"type":"object","required":["score"],"properties":{"score":{"type":"integer","minimum":0},"who":{"type":"object","properties":{"name":{"type":"string"}}}}}""";

    [SkippableFact]
    public async Task Publish_Singles_AreHeldToTheSchema()
    {
        var topic = await CreateAsync($",\"schema\":{Schema}");

        (await First.PostAsync(Api.Publish, Event(topic, """{"score":1}"""))).AssertPublished(topic);
        (await First.PostAsync(Api.Publish, Event(topic, Api.Quote("""{"score":1}""")))).AssertPublished(topic);
        (await First.PostAsync(Api.Publish, Event(topic, """{"score":-1}"""))).AssertProblem(422, "schema_mismatch", "/payload/score");
        (await First.PostAsync(Api.Publish, Event(topic, """{"score":1,"who":{"name":5}}"""))).AssertProblem(422, "schema_mismatch", "/payload/who/name");
        (await First.PostAsync(Api.Publish, Event(topic, "{}"))).AssertProblem(422, "schema_mismatch", "/payload");
        (await First.PostAsync(Api.Publish, Event(topic, "\"not json\""))).AssertProblem(422, "schema_mismatch", "/payload");
        (await First.PostAsync(Api.PublishGame, Api.GameEvent(topic, ",\"score\":1"))).AssertPublished(topic);
        (await First.PostAsync(Api.PublishGame, Api.GameEvent(topic, ",\"score\":\"x\""))).AssertProblem(422, "schema_mismatch", "/score");
        (await First.PostAsync(Api.PublishGame, Api.GameEvent(topic))).AssertProblem(422, "schema_mismatch");
    }

    [SkippableFact]
    public async Task Publish_Batches_RefuseTheItemsThatDoNotFit()
    {
        var topic = await CreateAsync($",\"schema\":{Schema}");
        string[] events = [Event(topic, """{"score":1}"""), Event(topic, """{"score":"x"}"""), Event(topic, """{"score":2}""")];

        var array = await First.PostAsync(Api.PublishBatch, $"[{string.Join(',', events)}]");
        var lines = await First.PostAsync(Api.PublishBatch, Api.Ndjson, Encoding.UTF8.GetBytes(string.Join('\n', events)));

        Assert.Equal((207, 200), (array.Status, lines.Status));
        AssertSecondRefused(topic, [.. array.Json.EnumerateArray()], "/payload/score");
        AssertSecondRefused(topic, [.. Api.Lines(lines.Text).Select(l => System.Text.Json.JsonElement.Parse(l))], "/payload/score");
    }

    [SkippableFact]
    public async Task Publish_CloudEvents_AreHeldToTheSchema()
    {
        var topic = await CreateAsync($",\"schema\":{Schema}");
        string Structured(string id, string data) =>
            $$"""{"specversion":"1.0","id":"{{id}}","source":"{{topic}}","type":"game.score","topic":"{{topic}}","data":{{data}}}""";

        (await First.PostAsync(Api.CloudEvents, Api.CloudEvent, Encoding.UTF8.GetBytes(Structured("1", """{"score":1}""")))).AssertPublished(topic);
        (await First.PostAsync(Api.CloudEvents, Api.CloudEvent, Encoding.UTF8.GetBytes(Structured("2", """{"score":"x"}"""))))
            .AssertProblem(422, "schema_mismatch", "/data/score");
        (await First.PostAsync(
            Api.CloudEvents, Api.Json, """{"score":"x"}"""u8.ToArray(), ("ce-specversion", "1.0"), ("ce-id", "3"), ("ce-source", topic),
            ("ce-type", "game.score"), ("ce-topic", topic))).AssertProblem(422, "schema_mismatch", "/data/score");
        var batch = await First.PostAsync(
            Api.CloudEvents, Api.CloudEventBatch,
            Encoding.UTF8.GetBytes($"[{Structured("4", """{"score":1}""")},{Structured("5", "{}")},{Structured("6", """{"score":1}""")}]"));
        AssertSecondRefused(topic, [.. batch.Json.EnumerateArray()], "/data");
    }

    [SkippableFact]
    public async Task Change_OfASchema_TakesWhatStaysValidAndRefusesTheRest()
    {
        var topic = await CreateAsync($",\"schema\":{Api.Quote(Schema)}");

        var problem = (await PatchAsync(First, topic, """{"schema":{"type":"object","required":["score","who"]}}""")).AssertProblem(422, "schema_incompatible", "/schema");
        Assert.Contains("#/required", problem.GetProperty("detail").GetString());
        (await First.PostAsync(Api.Publish, Event(topic, """{"score":1}"""))).AssertPublished(topic);

        var wider = await PatchAsync(First, topic, """{"schema":{"type":"object","required":["score"]}}""");
        Assert.True(wider.Status == 200, wider.ToString());
        (await First.PostAsync(Api.Publish, Event(topic, """{"score":"free"}"""))).AssertPublished(topic);
        await UntilAsync(() => Second.PostAsync(Api.Publish, Event(topic, """{"score":"free"}""")), a => a.Status == 200, TimeSpan.FromSeconds(2));

        Assert.Equal(200, (await PatchAsync(First, topic, """{"schema":null}""")).Status);
        (await First.PostAsync(Api.Publish, Event(topic, "\"free\""))).AssertPublished(topic);
    }

    private static string Event(string topic, string payload) =>
        $$"""{"event_type":"game.score","topic":"{{topic}}","source":"{{topic}}","payload":{{payload}}}""";

    private static void AssertSecondRefused(string topic, System.Text.Json.JsonElement[] items, string field)
    {
        Assert.Equal(3, items.Length);
        Published.Of(items[0], topic);
        Published.Of(items[2], topic);
        Answer.AssertProblem(items[1].GetProperty("error"), 422, "schema_mismatch", field);
    }
}
