using System.Text;
using EventBus.SystemTests.Fixtures;
using Xunit.Abstractions;

namespace EventBus.SystemTests.Publishing;

/// <summary><c>Idempotency-Key</c> and the client's own <c>event_id</c>: the same again answers the same, and is stored once.</summary>
public sealed class IdempotencyTests(SharedFixture fixture, ITestOutputHelper output) : GatewayTest(fixture, output)
{
    private const string Header = "Idempotency-Key";
    private static int _numbers;
    private readonly string _key = $"key-{Interlocked.Increment(ref _numbers)}";

    [SkippableFact]
    public async Task Publish_TheSameKeyAgain_AnswersTheSameAndStoresOnce()
    {
        var topic = FreshTopic();

        var first = await Api.PostAsync(Api.Publish, Api.Event(topic), (Header, $"\"{_key}\""));
        var second = await Api.PostAsync(Api.Publish, Api.Event(topic), (Header, $"\"{_key}\""));

        Assert.True(first.AssertPublished(topic).HasUuidOfVersion(8), first.Text);
        Assert.Equal((first.Status, first.Text), (second.Status, second.Text));
        Assert.Equal(1, Reader.EndOffset(topic));
    }

    [SkippableFact]
    public async Task Publish_TheKeyQuotedAndBare_IsTheSameKey()
    {
        var topic = FreshTopic();

        var first = await Api.PostAsync(Api.Publish, Api.Event(topic), (Header, $"\"{_key}\""));
        var second = await Api.PostAsync(Api.Publish, Api.Event(topic), (Header, _key));

        Assert.Equal(first.AssertPublished(topic), second.AssertPublished(topic));
        Assert.Equal(1, Reader.EndOffset(topic));
    }

    [SkippableFact]
    public async Task Publish_TheSameKeyWithAnotherBody_IsAMismatch()
    {
        var topic = FreshTopic();
        (await Api.PostAsync(Api.Publish, Api.Event(topic), (Header, _key))).AssertPublished(topic);

        var second = await Api.PostAsync(Api.Publish, Api.Event(topic, ",\"priority\":\"high\""), (Header, _key));

        second.AssertProblem(422, "idempotency_mismatch");
        Assert.Equal(1, Reader.EndOffset(topic));
    }

    [SkippableFact]
    public async Task Publish_ARefusedRequest_UsesUpNoKey()
    {
        var topic = FreshTopic();
        (await Api.PostAsync(Api.Publish, Api.Event(topic, ",\"priority\":\"urgent\""), (Header, _key)))
            .AssertProblem(400, "invalid_priority");

        (await Api.PostAsync(Api.Publish, Api.Event(topic), (Header, _key))).AssertPublished(topic);
    }

    [SkippableFact]
    public async Task Publish_TheSameKeySideBySide_StoresOnce()
    {
        var topic = FreshTopic();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Api.PostAsync(Api.Publish, Api.Event(topic), (Header, _key))));

        var published = answers.Where(a => a.Status == 200).Select(a => a.AssertPublished(topic)).ToList();
        Assert.NotEmpty(published);
        Assert.Single(published.Distinct());
        Assert.All(answers.Where(a => a.Status != 200), a => a.AssertProblem(409, "idempotency_in_flight"));
        Assert.Equal(1, Reader.EndOffset(topic));
    }

    [SkippableFact]
    public async Task Publish_TheSameEventIdOfASource_AnswersTheSameAndStoresOnce()
    {
        var topic = FreshTopic();
        var body = Api.Event(topic, $",\"event_id\":\"{_key}\"");

        var first = await Api.PostAsync(Api.Publish, body);
        var second = await Api.PostAsync(Api.Publish, body);

        Assert.Equal(first.AssertPublished(topic), second.AssertPublished(topic));
        Assert.Equal(1, Reader.EndOffset(topic));
    }

    [SkippableFact]
    public async Task Publish_TheSameEventIdOfAnotherSource_IsAnotherEvent()
    {
        var topic = FreshTopic();
        var body = Api.Event(topic, $",\"event_id\":\"{_key}\"");

        (await Api.PostAsync(Api.Publish, body)).AssertPublished(topic);
        (await Api.PostAsync(Api.Publish, body.Replace($"\"source\":\"{topic}\"", "\"source\":\"others\"", StringComparison.Ordinal)))
            .AssertPublished(topic);

        Assert.Equal(2, Reader.EndOffset(topic));
    }

    [SkippableFact]
    public async Task Publish_TheSameEventIdWithAnotherContent_IsAMismatch()
    {
        var topic = FreshTopic();
        (await Api.PostAsync(Api.Publish, Api.Event(topic, $",\"event_id\":\"{_key}\""))).AssertPublished(topic);

        var second = await Api.PostAsync(Api.Publish, Api.Event(topic, $",\"event_id\":\"{_key}\",\"key\":\"other\""));

        second.AssertProblem(422, "idempotency_mismatch");
        Assert.Equal(1, Reader.EndOffset(topic));
    }

    [SkippableFact]
    public async Task Batch_TheSameKeyAgain_AnswersTheSameAndStoresOnce()
    {
        var topic = FreshTopic();
        var body = $"[{Api.Event(topic)},{Api.Event(topic)},{Api.Event("game.no.such.topic")}]";

        var first = await Api.PostAsync(Api.PublishBatch, body, (Header, _key));
        var second = await Api.PostAsync(Api.PublishBatch, body, (Header, _key));

        Assert.Equal((207, 207), (first.Status, second.Status));
        var before = first.Json.EnumerateArray().Take(2).Select(i => Published.Of(i, topic)).ToList();
        Assert.Equal(before, second.Json.EnumerateArray().Take(2).Select(i => Published.Of(i, topic)));
        Assert.NotEqual(before[0].EventId, before[1].EventId);
        Assert.All(before, p => Assert.True(p.HasUuidOfVersion(8), p.EventId));
        Assert.Equal(2, Reader.EndOffset(topic));
    }

    [SkippableFact]
    public async Task Batch_OneEventIdTwice_IsStoredOnce()
    {
        var topic = FreshTopic();
        var one = Api.Event(topic, $",\"event_id\":\"{_key}\"");

        var answer = await Api.PostAsync(Api.PublishBatch, $"[{one},{one}]");
        var again = await Api.PostAsync(Api.PublishBatch, $"[{one}]");

        Published.Of(answer.Json[0], topic);
        // The second meets the first either stored or on its way.
        if (answer.Status == 207)
            Answer.AssertProblem(answer.Json[1].GetProperty("error"), 409, "idempotency_in_flight");
        else
            Assert.Equal(Published.Of(answer.Json[0], topic), Published.Of(answer.Json[1], topic));
        Assert.Equal(Published.Of(answer.Json[0], topic), Published.Of(again.Json[0], topic));
        Assert.Equal(1, Reader.EndOffset(topic));
    }

    [SkippableTheory]
    [InlineData("\"unterminated")]
    [InlineData("\"\"")]
    [InlineData("a b")]
    [InlineData("{x}")]
    [InlineData(null)]
    public async Task Publish_AKeyThatIsNone_IsRefused(string? key)
    {
        var topic = FreshTopic();

        var answer = await Api.PostAsync(Api.Publish, Api.Event(topic), (Header, key ?? $"\"{new string('k', 256)}\""));

        answer.AssertProblem(400, "invalid_idempotency_key");
        Assert.Equal(0, Reader.EndOffset(topic));
    }

    [SkippableFact]
    public async Task Publish_AKeyOfTheGreatestLength_IsTaken()
    {
        var topic = FreshTopic();
        var key = _key.PadRight(255, 'k');

        (await Api.PostAsync(Api.Publish, Api.Event(topic), (Header, $"\"{key}\""))).AssertPublished(topic);
    }

    [SkippableFact]
    public async Task CloudEvents_TheSameIdAgain_IsStoredOnce()
    {
        var topic = FreshTopic();
        var body = Encoding.UTF8.GetBytes(
            $$$"""{"specversion":"1.0","id":"{{{_key}}}","source":"/idempotency","type":"game.score","topic":"{{{topic}}}","data":{}}""");

        var first = await Api.PostAsync(Api.CloudEvents, Api.CloudEvent, body);
        var second = await Api.PostAsync(Api.CloudEvents, Api.CloudEvent, body);

        Assert.Equal(first.AssertPublished(topic), second.AssertPublished(topic));
        Assert.Equal(1, Reader.EndOffset(topic));
    }
}
