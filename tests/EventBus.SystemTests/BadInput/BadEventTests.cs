using System.Text;
using EventBus.SystemTests.Fixtures;
using Xunit.Abstractions;

namespace EventBus.SystemTests.BadInput;

/// <summary>Each row of what an event must not say: the status, the code and the field, and nothing stored.</summary>
public sealed class BadEventTests(SharedFixture fixture, ITestOutputHelper output) : GatewayTest(fixture, output)
{
    private static string? _topic;

    private string Topic => _topic ??= FreshTopic();

    public static TheoryData<string> Names => BadEvents.AllNames;

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public async Task Publish_ABadEvent_IsRefusedAndNotStored(string name)
    {
        var row = BadEvents.Named(name);

        var answer = await Api.PostAsync(row.Path, Api.Json, BadEvents.Bytes(row, Topic));

        Say($"{row.Body[..Math.Min(row.Body.Length, 500)]}\n{answer}");
        answer.AssertProblem(row.Status, row.Code, row.Field);
        Assert.Equal(0, Reader.EndOffset(Topic));
    }

    [SkippableFact]
    public async Task Batch_AllBadEventsAndOneGood_EachGetsItsOwnAndTheGoodIsStored()
    {
        var topic = FreshTopic();
        // What breaks the array itself, and a line's own bytes, is not an item's fault.
        var rows = BadEvents.All.Where(r => r.Code != "invalid_json" && IsUtf8(r)).ToList();
        byte[] body =
        [
            .. "["u8, .. rows.SelectMany(r => (byte[])[.. BadEvents.Bytes(r, topic), (byte)',']),
            .. Encoding.UTF8.GetBytes(Api.Event(topic)), .. "]"u8,
        ];

        var answer = await Api.PostAsync(Api.PublishBatch, Api.Json, body);

        Assert.True(answer.Status == 207, answer.ToString());
        var items = answer.Json.EnumerateArray().ToList();
        Assert.Equal(rows.Count + 1, items.Count);
        foreach (var (row, item) in rows.Zip(items))
        {
            Say(row.Name);
            // Without event_type and action_type an item is a generic event; so the code may differ where just that is missing.
            if (row.Field is not "/action_type")
                Answer.AssertProblem(item.GetProperty("error"), row.Status, row.Code);
        }

        Published.Of(items[^1], topic);
        Assert.Equal(1, Reader.EndOffset(topic));
    }

    [SkippableFact]
    public async Task Publish_JustWithinEveryLimit_IsTaken()
    {
        var topic = FreshTopic();
        string Long(int length) => new('a', length);
        var headers = string.Join(',', Enumerable.Range(0, 32).Select(i => $"\"h{i}\":\"{Long(100)}\""));
        var more = $",\"event_id\":\"{Long(100)}\",\"key\":\"{Long(1024)}\",\"session_id\":\"{Long(100)}\",\"headers\":{{{headers}}}";
        var dayAhead = TimeProvider.System.GetUtcNow().AddHours(23).ToString("yyyy-MM-ddTHH:mm:ssZ");

        (await Api.PostAsync(Api.Publish, Api.Event(topic, more))).AssertPublished(topic);
        (await Api.PostAsync(Api.Publish, Api.Event(topic, $",\"timestamp\":\"{dayAhead}\""))).AssertPublished(topic);
        (await Api.PostAsync(Api.Publish, Api.Event(topic).Replace("game.score", $"game.{Long(95)}", StringComparison.Ordinal)))
            .AssertPublished(topic);
        var deep = new string('[', 63) + new string(']', 63);
        (await Api.PostAsync(Api.Publish, Api.Event(topic).Replace("\"{}\"", deep, StringComparison.Ordinal)))
            .AssertPublished(topic);
        (await Api.PostAsync(Api.Publish, Api.Event(topic, ",\"from_the_future\":{\"a\":[1]}"))).AssertPublished(topic);
        (await Api.PostAsync(Api.PublishGame, Api.GameEvent(topic, ",\"position\":{\"x\":-1e308,\"y\":0,\"z\":0}"))).AssertPublished(topic);
        Assert.Equal(6, Reader.EndOffset(topic));
    }

    private static bool IsUtf8(BadEvent row)
    {
        try
        {
            new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(BadEvents.Bytes(row, "game.t"));
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
