using System.Text;
using EventBus.SystemTests.Fixtures;
using EventBus.TestKit.Records;
using Xunit.Abstractions;

namespace EventBus.SystemTests.Publishing;

/// <summary>CloudEvents over HTTP on <c>POST /events</c>: binary, structured and batched content mode.</summary>
public sealed class CloudEventsTests(SharedFixture fixture, ITestOutputHelper output) : GatewayTest(fixture, output)
{
    private static int _sources;

    // The same id of the same source is the same event: each test is a source of its own.
    private readonly string _source = $"/tests/cloud-events/{Interlocked.Increment(ref _sources)}";

    private (string Name, string Value)[] Binary =>
    [
        ("ce-specversion", "1.0"), ("ce-id", "id-1"), ("ce-source", _source), ("ce-type", "game.score"),
        ("ce-time", "2026-05-06T07:08:09.5Z"),
    ];

    [SkippableFact]
    public async Task Binary_WithExtensions_IsTheRecordInBinaryMode()
    {
        var topic = FreshTopic();
        byte[] data = [0x00, 0xff, 0x01, 0x80];

        var answer = await Api.PostAsync(
            $"{Api.CloudEvents}?topic={topic}", "application/octet-stream", data,
            [.. Binary, ("ce-partitionkey", "pk"), ("ce-region", "eu")]);

        var published = answer.AssertPublished(topic);
        Assert.Equal("id-1", published.EventId);
        var record = Reader.ReadAt(topic, published.Partition, published.Offset);
        Assert.Equal(data, record.Value);
        Assert.Equal("pk", record.KeyText);
        Assert.Equal("pk", record.Header("ce_partitionkey"));
        Assert.Equal("eu", record.Header("ce_region"));
        Assert.Equal("application/octet-stream", record.Header("content-type"));
        Assert.Equal("2026-05-06T07:08:09.500000Z", record.Header("ce_time"));
        var decoded = CloudEventRecords.Decode(record);
        Assert.Equal(("id-1", "game.score", _source), (decoded.Id, decoded.Type, decoded.Source!.OriginalString));
    }

    [SkippableFact]
    public async Task Binary_PercentEncodedHeader_IsDecodedAsTheHttpBindingSays()
    {
        var topic = FreshTopic();

        var published = (await Api.PostAsync(
            $"{Api.CloudEvents}?topic={topic}", Api.Json, "{}"u8.ToArray(), [.. Binary, ("ce-mapname", "Ne%C3%B6n%20City%25")]))
            .AssertPublished(topic);

        Assert.Equal("Neön City%", Reader.ReadAt(topic, published.Partition, published.Offset).Header("ce_mapname"));
    }

    [SkippableTheory]
    [InlineData("\"data\":{\"a\": [1]}", "{\"a\": [1]}", "application/json")]
    [InlineData("\"datacontenttype\":\"text/plain\",\"data\":\"hé\"", "hé", "text/plain")]
    [InlineData("\"datacontenttype\":\"application/xml\",\"data_base64\":\"PGE+PC9hPg==\"", "<a></a>", "application/xml")]
    public async Task Structured_Data_IsTheValue(string data, string value, string contentType)
    {
        var topic = FreshTopic();

        var published = (await PostStructuredAsync(Event($"\"topic\":\"{topic}\",{data}"))).AssertPublished(topic);

        var record = Reader.ReadAt(topic, published.Partition, published.Offset);
        Assert.Equal(value, record.ValueText);
        Assert.Equal(contentType, record.Header("content-type"));
        Assert.Equal(("s-1", _source, "game.score"), (record.Header("ce_id"), record.Header("ce_source"), record.Header("ce_type")));
        CloudEventRecords.Decode(record);
    }

    [SkippableFact]
    public async Task Structured_NoTopic_GoesToTheDomainsOwn()
    {
        var published = (await PostStructuredAsync(Event("\"data\":{}"))).AssertPublished(SharedFixture.GameEvents);

        Assert.Equal("s-1", Reader.ReadAt(SharedFixture.GameEvents, published.Partition, published.Offset).KeyText);
    }

    [SkippableFact]
    public async Task Structured_TopicInQueryAndExtension_TheQueryCounts()
    {
        var topic = FreshTopic();

        var answer = await Api.PostAsync(
            $"{Api.CloudEvents}?topic={topic}", Api.CloudEvent, Encoding.UTF8.GetBytes(Event("\"topic\":\"game.events\",\"data\":{}")));

        answer.AssertPublished(topic);
    }

    [SkippableFact]
    public async Task Structured_ExtensionsOfEveryType_AreHeaders()
    {
        var topic = FreshTopic();

        var published = (await PostStructuredAsync(
            Event($"\"topic\":\"{topic}\",\"sessionid\":\"s9\",\"flag\":true,\"number\":42,\"data\":{{}}"))).AssertPublished(topic);

        var record = Reader.ReadAt(topic, published.Partition, published.Offset);
        Assert.Equal(("true", "42", "s9"), (record.Header("ce_flag"), record.Header("ce_number"), record.Header("ce_sessionid")));
        Assert.Equal("s9", record.KeyText);
    }

    [SkippableFact]
    public async Task Batch_GoodAndBad_AnswersAsTheBatchPathDoes()
    {
        var topic = FreshTopic();
        var first = Event($"\"topic\":\"{topic}\",\"data\":1");
        var last = Event($"\"topic\":\"{topic}\",\"data\":2").Replace("s-1", "s-2", StringComparison.Ordinal);
        var body = $"[{first},{{\"specversion\":\"1.0\"}},{last}]";

        var answer = await Api.PostAsync(Api.CloudEvents, Api.CloudEventBatch, Encoding.UTF8.GetBytes(body));

        Assert.True(answer.Status == 207, answer.ToString());
        Assert.Equal("s-1", Published.Of(answer.Json[0], topic).EventId);
        Answer.AssertProblem(answer.Json[1].GetProperty("error"), 400, "invalid_cloudevent");
        Assert.Equal("s-2", Published.Of(answer.Json[2], topic).EventId);
        Assert.Equal(["1", "2"], Reader.ReadAll(topic).Select(r => r.ValueText));
    }

    [SkippableFact]
    public async Task Batch_Empty_AnswersAnEmptyArray()
    {
        var answer = await Api.PostAsync(Api.CloudEvents, Api.CloudEventBatch, "[]"u8.ToArray());

        Assert.Equal((200, "[]"), (answer.Status, answer.Text));
    }

    [SkippableTheory]
    [InlineData("no specversion", """{"id":"1","source":"s","type":"game.score"}""")]
    [InlineData("another version", """{"specversion":"0.3","id":"1","source":"s","type":"game.score"}""")]
    [InlineData("data twice", """{"specversion":"1.0","id":"1","source":"s","type":"game.score","data":{},"data_base64":"AA=="}""")]
    [InlineData("bad base64", """{"specversion":"1.0","id":"1","source":"s","type":"game.score","data_base64":"A*=="}""")]
    [InlineData("no id", """{"specversion":"1.0","source":"s","type":"game.score"}""")]
    [InlineData("empty id", """{"specversion":"1.0","id":"","source":"s","type":"game.score"}""")]
    [InlineData("no source", """{"specversion":"1.0","id":"1","type":"game.score"}""")]
    [InlineData("no type", """{"specversion":"1.0","id":"1","source":"s"}""")]
    [InlineData("upper-case attribute", """{"specversion":"1.0","id":"1","source":"s","type":"game.score","playerId":"p"}""")]
    [InlineData("attribute with underscore", """{"specversion":"1.0","id":"1","source":"s","type":"game.score","player_id":"p"}""")]
    [InlineData("attribute with hyphen", """{"specversion":"1.0","id":"1","source":"s","type":"game.score","player-id":"p"}""")]
    public async Task Structured_Broken_IsRefused(string what, string body)
    {
        var end = Reader.EndOffset(SharedFixture.GameEvents);

        var answer = await PostStructuredAsync(body);

        Say(what);
        answer.AssertProblem(400, "invalid_cloudevent");
        Assert.Equal(end, Reader.EndOffset(SharedFixture.GameEvents));
    }

    [SkippableTheory]
    [InlineData("ce-specversion")]
    [InlineData("ce-id")]
    [InlineData("ce-source")]
    [InlineData("ce-type")]
    public async Task Binary_WithoutARequiredAttribute_IsRefused(string missing)
    {
        var topic = FreshTopic();

        var answer = await Api.PostAsync(
            $"{Api.CloudEvents}?topic={topic}", Api.Json, "{}"u8.ToArray(), [.. Binary.Where(h => h.Name != missing)]);

        answer.AssertProblem(400, "invalid_cloudevent");
        Assert.Equal(0, Reader.EndOffset(topic));
    }

    [SkippableFact]
    public async Task Structured_WithBinaryHeadersBeside_IsRefused()
    {
        var topic = FreshTopic();

        var answer = await Api.PostAsync(
            Api.CloudEvents, Api.CloudEvent, Encoding.UTF8.GetBytes(Event($"\"topic\":\"{topic}\",\"data\":{{}}")), Binary);

        answer.AssertProblem(400, "invalid_cloudevent");
        Assert.Equal(0, Reader.EndOffset(topic));
    }

    private string Event(string more) => $$"""{"specversion":"1.0","id":"s-1","source":"{{_source}}","type":"game.score",{{more}}}""";

    private Task<Answer> PostStructuredAsync(string body) => Api.PostAsync(Api.CloudEvents, Api.CloudEvent, Encoding.UTF8.GetBytes(body));
}
