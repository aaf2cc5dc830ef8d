using System.Diagnostics;
using EventBus.SystemTests.Fixtures;
using Xunit.Abstractions;

namespace EventBus.SystemTests.Publishing;

/// <summary><c>Prefer: respond-async</c>: 202 as soon as the event is queued.</summary>
public sealed class AsynchronousTests(SharedFixture fixture, ITestOutputHelper output) : GatewayTest(fixture, output)
{
    [SkippableFact]
    public async Task Publish_PreferRespondAsync_Answers202AndTheRecordFollows()
    {
        var topic = FreshTopic();

        var answer = await Api.PostAsync(Api.Publish, Api.Event(topic), ("Prefer", "respond-async"));

        Assert.True(answer.Status == 202, answer.ToString());
        var id = answer.Json.GetProperty("event_id").GetString();
        Assert.Equal(topic, answer.Json.GetProperty("topic").GetString());
        Assert.False(answer.Json.GetProperty("published").GetBoolean());
        Assert.Equal("pending", answer.Json.GetProperty("status").GetString());
        Assert.Equal($"/events/{id}/status", answer.Headers.Location?.OriginalString);
        await UntilStoredAsync(topic, 1);
        Assert.Equal(id, Reader.ReadAll(topic).Single().Header("ce_id"));
    }

    [SkippableFact]
    public async Task PublishGame_PreferRespondAsyncAmongOthers_Answers202()
    {
        var topic = FreshTopic();

        var answer = await Api.PostAsync(Api.PublishGame, Api.GameEvent(topic), ("Prefer", "wait=5, respond-async"));

        Assert.True(answer.Status == 202, answer.ToString());
        await UntilStoredAsync(topic, 1);
    }

    [SkippableFact]
    public async Task Publish_PreferRespondAsyncOfABadEvent_IsRefusedAtOnce()
    {
        var topic = FreshTopic();

        var answer = await Api.PostAsync(Api.Publish, Api.Event(topic, ",\"priority\":\"x\""), ("Prefer", "respond-async"));

        answer.AssertProblem(400, "invalid_priority", "/priority");
    }

    private async Task UntilStoredAsync(string topic, long count)
    {
        var watch = Stopwatch.StartNew();
        while (Reader.EndOffset(topic) < count && watch.Elapsed < TimeSpan.FromSeconds(10))
            await Task.Delay(20);
        Assert.Equal(count, Reader.EndOffset(topic));
    }
}
