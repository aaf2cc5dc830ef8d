using System.Text;
using System.Text.Json;
using EventBus.SystemTests.Fixtures;
using Xunit.Abstractions;

namespace EventBus.SystemTests.Publishing;

/// <summary><c>POST /events/publish/batch</c> with a JSON array.</summary>
public sealed class BatchArrayTests(SharedFixture fixture, ITestOutputHelper output) : GatewayTest(fixture, output)
{
    [SkippableFact]
    public async Task Batch_Empty_AnswersAnEmptyArray()
    {
        var answer = await Api.PostAsync(Api.PublishBatch, " [ ] ");

        Assert.Equal((200, "application/json", "[]"), (answer.Status, answer.MediaType, answer.Text));
    }

    [SkippableFact]
    public async Task Batch_AllGood_AnswersInOrderAndKeepsTheOrderOfAKey()
    {
        var topic = FreshTopicOfThree();
        var events = Enumerable.Range(0, 500).Select(i =>
            Api.Event(topic, $",\"event_id\":\"e{i}\",\"key\":\"k{i % 5}\"").Replace("\"{}\"", $$"""{"i":{{i}}}""", StringComparison.Ordinal));

        var answer = await Api.PostAsync(Api.PublishBatch, $"[{string.Join(',', events)}]");

        Assert.True(answer.Status == 200, answer.ToString());
        var items = answer.Json.EnumerateArray().Select(i => Published.Of(i, topic)).ToList();
        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"e{i}"), items.Select(i => i.EventId));
        var records = Reader.ReadAll(topic);
        Assert.Equal(500, records.Count);
        Assert.All(items, i => Assert.Contains(
            records, r => r.Partition == i.Partition && r.Offset == i.Offset && r.Header("ce_id") == i.EventId));
        foreach (var ofKey in records.GroupBy(r => r.KeyText))
        {
            var numbers = ofKey.Select(r => JsonElement.Parse(r.Value).GetProperty("i").GetInt32()).ToList();
            Assert.Equal(numbers.Order(), numbers);
        }
    }

    [SkippableFact]
    public async Task Batch_GoodBadGameAndUnknown_Answers207WithEachItsOwn()
    {
        var topic = FreshTopic();
        string[] events =
        [
            Api.Event(topic, ",\"event_id\":\"good\""),
            Api.Event(topic, ",\"event_id\":\"bad\",\"priority\":\"urgent\""),
            Api.GameEvent(topic, ",\"event_id\":\"game\""),
            Api.Event("game.no.such.topic"),
            "17",
            Api.GameEvent(topic, ",\"position\":{\"x\":1,\"y\":1e999,\"z\":0}"),
            Api.Event(topic, ",\"event_id\":\"last\""),
        ];

        var answer = await Api.PostAsync(Api.PublishBatch, $"[{string.Join(",\n", events)}]");

        Assert.True(answer.Status == 207, answer.ToString());
        var items = answer.Json.EnumerateArray().ToList();
        Assert.Equal(events.Length, items.Count);
        Assert.Equal("good", Published.Of(items[0], topic).EventId);
        AssertItem(items[1], 400, "invalid_priority", "/1/priority", "/priority");
        Assert.Equal("bad", items[1].GetProperty("event_id").GetString());
        Assert.Equal("game", Published.Of(items[2], topic).EventId);
        AssertItem(items[3], 404, "unknown_topic", "/3/topic", "/topic");
        AssertItem(items[4], 400, "invalid_type");
        AssertItem(items[5], 400, "not_finite", "/5/position/y", "/position/y");
        Assert.Equal("last", Published.Of(items[6], topic).EventId);
        var records = Reader.ReadAll(topic);
        Assert.Equal(["good", "game", "last"], records.Select(r => r.Header("ce_id")));
        Assert.Equal(events[2], records[1].ValueText);
        Assert.Equal("game.kill", records[1].Header("ce_type"));
    }

    [SkippableFact]
    public async Task Batch_OneItemOverAMebibyte_IsThatItemsError()
    {
        var topic = FreshTopic();
        var large = Api.Event(topic).Replace("\"{}\"", $"\"{new string('x', 1 << 20)}\"", StringComparison.Ordinal);

        var answer = await Api.PostAsync(Api.PublishBatch, $"[{Api.Event(topic)},{large},{Api.Event(topic)}]");

        Assert.True(answer.Status == 207, answer.ToString());
        AssertItem(answer.Json[1], 413, "event_too_large");
        Assert.Equal(2, Reader.EndOffset(topic));
    }

    [SkippableFact]
    public async Task Batch_TenThousandAndOne_IsRefusedBeforeAnyIsPublished()
    {
        var topic = FreshTopic();

        var answer = await Api.PostAsync(Api.PublishBatch, $"[{string.Join(',', Enumerable.Repeat(Api.Event(topic), 10_001))}]");

        answer.AssertProblem(413, "batch_too_large");
        Assert.Equal(0, Reader.EndOffset(topic));
    }

    [SkippableFact]
    public async Task Batch_TenThousand_AreAllStored()
    {
        var topic = FreshTopicOfThree();

        var answer = await Api.PostAsync(Api.PublishBatch, $"[{string.Join(',', Enumerable.Repeat(Api.Event(topic), 10_000))}]");

        Assert.True(answer.Status == 200, answer.ToString());
        Assert.Equal(10_000, answer.Json.GetArrayLength());
        Assert.Equal(10_000, Reader.EndOffset(topic));
    }

    [SkippableTheory]
    [InlineData("{EVENT}", 400, "invalid_type")]
    [InlineData("[{EVENT},", 400, "invalid_json")]
    [InlineData("[{EVENT},]", 400, "invalid_json")]
    [InlineData("[{EVENT}] x", 400, "invalid_json")]
    [InlineData("[{EVENT}][]", 400, "invalid_json")]
    [InlineData("[{EVENT} {EVENT}]", 400, "invalid_json")]
    [InlineData("", 400, "invalid_json")]
    [InlineData("null", 400, "invalid_type")]
    public async Task Batch_BrokenAsAWhole_IsRefusedAsAWhole(string template, int status, string code)
    {
        var topic = FreshTopic();

        var answer = await Api.PostAsync(Api.PublishBatch, template.Replace("{EVENT}", Api.Event(topic), StringComparison.Ordinal));

        answer.AssertProblem(status, code);
        Assert.Equal(0, Reader.EndOffset(topic));
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Batch_OverSixteenMebibytes_IsRefused(bool declared)
    {
        var topic = FreshTopic();
        var filler = Api.Event(topic).Replace("\"{}\"", $"\"{new string('x', 1_000_000)}\"", StringComparison.Ordinal);
        var body = Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Repeat(filler, 17))}]");

        using var http = new HttpClient { BaseAddress = Gateway.Address };
        // 100-continue: the refusal comes before the body is sent, so the answer is not lost in a cut connection.
        http.DefaultRequestHeaders.ExpectContinue = true;
        http.DefaultRequestHeaders.TransferEncodingChunked = !declared;
        var answer = await new Api(http).PostAsync(Api.PublishBatch, Api.Json, body);

        answer.AssertProblem(413, "event_too_large");
        Assert.Equal(0, Reader.EndOffset(topic));
    }

    private static void AssertItem(JsonElement item, int status, string code, params string[] fields)
    {
        Assert.False(item.GetProperty("published").GetBoolean());
        var problem = item.GetProperty("error");
        Answer.AssertProblem(problem, status, code);
        if (fields.Length > 0)
            Assert.Contains(problem.GetProperty("field").GetString(), fields);
    }
}
