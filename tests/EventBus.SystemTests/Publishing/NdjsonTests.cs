using System.Text;
using System.Text.Json;
using EventBus.SystemTests.Fixtures;
using EventBus.TestKit.Http;
using Xunit.Abstractions;

namespace EventBus.SystemTests.Publishing;

/// <summary><c>POST /events/publish/batch</c> as a stream of lines.</summary>
public sealed class NdjsonTests(SharedFixture fixture, ITestOutputHelper output) : GatewayTest(fixture, output)
{
    private const string Head = "POST /events/publish/batch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
        + "Transfer-Encoding: chunked\r\n\r\n";

    [SkippableFact]
    public async Task Ndjson_BlankLinesCarriageReturnsAndNoFinalNewline_EachEventCounts()
    {
        var topic = FreshTopic();

        var answer = await PostAsync($"\n{Event(topic, 0)}\r\n\r\n  \n{Event(topic, 1)}\n\n{Event(topic, 2)}");

        var lines = AssertLines(answer, 3);
        Assert.Equal(["e0", "e1", "e2"], lines.Select(l => Published.Of(l, topic).EventId));
        Assert.Equal(["e0", "e1", "e2"], Reader.ReadAll(topic).Select(r => r.Header("ce_id")));
    }

    [SkippableFact]
    public async Task Ndjson_BadLinesInBetween_AreTheirOwnErrorsAndTheOthersGoOn()
    {
        var topic = FreshTopic();
        string[] lines =
        [
            Event(topic, 0), "{\"broken", "[]", Event("game.no.such.topic", 1),
            Api.GameEvent(topic, ",\"event_id\":\"game\""), "\u0001", Event(topic, 2),
        ];

        var answer = await PostAsync(string.Join('\n', lines));

        var results = AssertLines(answer, lines.Length);
        Published.Of(results[0], topic);
        AssertError(results[1], 400, "invalid_json");
        AssertError(results[2], 400, "invalid_type");
        AssertError(results[3], 404, "unknown_topic");
        Published.Of(results[4], topic);
        AssertError(results[5], 400, "invalid_json");
        Published.Of(results[6], topic);
        Assert.Equal(["e0", "game", "e2"], Reader.ReadAll(topic).Select(r => r.Header("ce_id")));
    }

    [SkippableTheory]
    [InlineData((1 << 20) + 1)]
    [InlineData(8 << 20)]
    public async Task Ndjson_ALineOverAMebibyte_IsItsErrorAndTheNextGoesOn(int length)
    {
        var topic = FreshTopic();
        var large = Event(topic, 1).Replace("\"{}\"", $"\"{new string('x', length)}\"", StringComparison.Ordinal);

        var answer = await PostAsync($"{Event(topic, 0)}\n{large}\n{Event(topic, 2)}\n");

        var results = AssertLines(answer, 3);
        AssertError(results[1], 413, "event_too_large");
        Assert.Equal(["e0", "e2"], Reader.ReadAll(topic).Select(r => r.Header("ce_id")));
    }

    [SkippableFact]
    public async Task Ndjson_Empty_AnswersNothing()
    {
        var answer = await PostAsync("");

        Assert.Equal((200, ""), (answer.Status, answer.Text));
    }

    [SkippableFact]
    public async Task Ndjson_StillBeingSent_ResultsComeBackAlready()
    {
        var topic = FreshTopic();
        using var http = Connect();
        await http.SendAsync(Head);
        await http.SendAsync(RawHttp.Chunk(Encoding.UTF8.GetBytes(Event(topic, 0) + "\n")));

        // The answer's head and the first result arrive while the request has no end yet.
        var head = await http.ReadHeadAsync();
        Assert.Equal(200, head.Status);
        Assert.StartsWith(Api.Ndjson, head.Headers["content-type"], StringComparison.Ordinal);
        Assert.Equal("e0", Published.Of(JsonElement.Parse(await http.ReadChunkAsync()), topic).EventId);

        await http.SendAsync(RawHttp.Chunk(Encoding.UTF8.GetBytes(Event(topic, 1) + "\n")));
        Assert.Equal("e1", Published.Of(JsonElement.Parse(await http.ReadChunkAsync()), topic).EventId);
        await http.SendAsync(RawHttp.Chunk([]));
        Assert.Empty(await http.ReadChunkAsync());
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ndjson_CutInMidLine_WhatWasWholeIsStoredAndNothingElse(bool abruptly)
    {
        var topic = FreshTopic();
        using (var http = Connect())
        {
            await http.SendAsync(Head);
            await http.SendAsync(RawHttp.Chunk(Encoding.UTF8.GetBytes($"{Event(topic, 0)}\n{Event(topic, 1)}\n{Event(topic, 2)[..40]}")));
            await http.ReadHeadAsync();
            Assert.NotEmpty(await http.ReadChunkAsync());
            if (abruptly)
                http.Reset();
            else
                http.FinishSending();
        }

        // The connection is gone; the gateway is not, and has not made an event of the half line.
        (await Api.PostAsync(Api.Publish, Event(topic, 9))).AssertPublished(topic);
        Assert.Equal(["e0", "e1", "e9"], Reader.ReadAll(topic).Select(r => r.Header("ce_id")));
    }

    [SkippableFact]
    public async Task Ndjson_FinishedInMidLine_IsAnErrorOfThatLineAlone()
    {
        var topic = FreshTopic();

        var answer = await PostAsync($"{Event(topic, 0)}\n{Event(topic, 1)[..40]}");

        var results = AssertLines(answer, 2);
        Published.Of(results[0], topic);
        AssertError(results[1], 400, "invalid_json");
        Assert.Equal(1, Reader.EndOffset(topic));
    }

    [SkippableFact]
    public async Task Ndjson_WithIdempotencyKey_IsRefused()
    {
        var topic = FreshTopic();

        var answer = await Api.PostAsync(
            Api.PublishBatch, Api.Ndjson, Encoding.UTF8.GetBytes(Event(topic, 0)), ("Idempotency-Key", "\"n\""));

        answer.AssertProblem(400, "invalid_idempotency_key");
        Assert.Equal(0, Reader.EndOffset(topic));
    }

    [SkippableFact]
    [Trait("Cost", "slow")]
    public async Task Ndjson_TwoHundredThousandEvents_AreStoredInBoundedMemory()
    {
        const int Count = 200_000;
        var topic = FreshTopicOfThree();
        var before = Gateway.Process.ResidentBytes;
        using var http = Connect();
        await http.SendAsync(Head);

        // Results are read while events are sent: a client that only sends would be cut off once nobody takes what it does not read.
        var sending = SendAsync(http, topic, Count);
        await http.ReadHeadAsync();
        var index = 0;
        var highest = before;
        var rest = "";
        for (var chunk = await http.ReadChunkAsync(); chunk.Length > 0; chunk = await http.ReadChunkAsync())
        {
            var lines = (rest + Encoding.UTF8.GetString(chunk)).Split('\n');
            rest = lines[^1];
            foreach (var line in lines[..^1])
            {
                using var result = JsonDocument.Parse(line);
                Assert.True(result.RootElement.GetProperty("published").GetBoolean(), line);
                Assert.Equal(index++, result.RootElement.GetProperty("index").GetInt32());
                if (index % 5_000 == 0)
                    highest = Math.Max(highest, Gateway.Process.ResidentBytes);
            }
        }

        await sending;
        Say($"resident: {before >> 20} MiB before, {highest >> 20} MiB at most");
        Assert.Equal(Count, index);
        Assert.Equal(Count, Reader.EndOffset(topic));
        Assert.InRange(highest, 0, 256L << 20);
    }

    private static string Event(string topic, int number) => Api.Event(topic, $",\"event_id\":\"e{number}\"");

    private Task<Answer> PostAsync(string lines) => Api.PostAsync(Api.PublishBatch, Api.Ndjson, Encoding.UTF8.GetBytes(lines));

    private static List<JsonElement> AssertLines(Answer answer, int count)
    {
        Assert.True(answer.Status == 200, answer.ToString());
        Assert.Equal(Api.Ndjson, answer.MediaType);
        var lines = Api.Lines(answer.Text).Select(l => JsonElement.Parse(l)).ToList();
        Assert.Equal(count, lines.Count);
        Assert.Equal(Enumerable.Range(0, count), lines.Select(l => l.GetProperty("index").GetInt32()));
        return lines;
    }

    private static void AssertError(JsonElement line, int status, string code)
    {
        Assert.False(line.GetProperty("published").GetBoolean());
        Answer.AssertProblem(line.GetProperty("error"), status, code);
    }

    private static async Task SendAsync(RawHttp http, string topic, int count)
    {
        var lines = new StringBuilder();
        for (var i = 0; i < count; i++)
        {
            var (key, payload) = ($"k{i % 100}", $$"""{"i":{{i}}}""");
            lines.Append($$"""{"event_type":"game.score","topic":"{{topic}}","source":"tests","key":"{{key}}","payload":{{payload}}}""").Append('\n');
            if (lines.Length < 32 * 1024 && i < count - 1)
                continue;
            await http.SendAsync(RawHttp.Chunk(Encoding.UTF8.GetBytes(lines.ToString())));
            lines.Clear();
        }

        await http.SendAsync(RawHttp.Chunk([]));
    }
}
