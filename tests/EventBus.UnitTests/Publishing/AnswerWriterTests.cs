using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EventBus.Contracts;
using EventBus.Core.Publishing;
using EventBus.Core.Topics;
using EventBus.Gateway.Publishing;
using Microsoft.AspNetCore.Http;

namespace EventBus.UnitTests.Publishing;

/// <summary>What is written by hand is held against the source-generated contract.</summary>
public sealed class AnswerWriterTests
{
    private readonly Topic _topic = new(0, "analytics.player_stats");
    private readonly EventSeries _series = new("analytics.player_stats", "game.kill");
    private readonly PublishLedger _ledger = new(new Admission(100, 1000), TimeProvider.System);

    public static TheoryData<string> Ids =>
    [
        "0195661c-3a21-7bd4-8e0b-5d0ef0a1b2c3", "quote\" back\\ slash/", "\u0001\b\f\n\r\t\u001f\u007f", "é 世 😀 \u2028", "<script>&'+",
        new string('"', 400), new string('\u0001', 400),
    ];

    [Theory]
    [MemberData(nameof(Ids))]
    public void Write_Published_IsContract(string id)
    {
        foreach (var (partition, offset) in new[] { (0, 0L), (int.MaxValue, long.MaxValue), (3, -1L) })
        {
            var expected = new PublishResponse(id, _topic.Name, partition, offset < 0 ? null : offset, Published: true);
            var batch = Published(id, partition, offset);

            Assert.Equal(expected, Read(Written(w => AnswerWriter.Write(w, batch, batch.Items[0]))));
            var line = Written(w => AnswerWriter.Write(w, batch, batch.Items[0], int.MaxValue));
            Assert.Equal(expected, Read(line));
            Assert.Equal(int.MaxValue, (int)JsonNode.Parse(line)!["index"]!);
            Assert.Equal(["index", "event_id", "topic", "partition", "offset", "published"], JsonNode.Parse(line)!.AsObject().Select(p => p.Key));
        }
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task WriteSingle_Published_IsContractWithItsLength(string id)
    {
        var context = new DefaultHttpContext();
        using var body = new MemoryStream();
        context.Response.Body = body;
        var batch = Published(id, 1, 2);

        AnswerWriter.WriteSingle(context.Response, batch, batch.Items[0]);
        await context.Response.BodyWriter.FlushAsync();

        Assert.Equal(new PublishResponse(id, _topic.Name, 1, 2, Published: true), Read(body.ToArray()));
        Assert.Equal(body.Length, context.Response.ContentLength);
        Assert.Equal("application/json", context.Response.ContentType);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(7)]
    public void Write_Refused_IsProblemInsideResult(int index)
    {
        var refusal = new Refusal(ErrorCode.InvalidType, "It \"must\" be é.", "/payload");
        var batch = _ledger.TryRent(1)!;
        batch.AddRefused(refusal, "id\n"u8);

        var result = JsonNode.Parse(Written(w => AnswerWriter.Write(w, batch, batch.Items[0], index)))!.AsObject();

        Assert.Equal(index >= 0 ? ["index", "published", "event_id", "error"] : ["published", "event_id", "error"], result.Select(p => p.Key));
        Assert.False((bool)result["published"]!);
        Assert.Equal("id\n", (string)result["event_id"]!);
        Assert.Equal(
            Problem.Of(ErrorCode.InvalidType, refusal.Detail, refusal.Field), result["error"].Deserialize(PublishJsonContext.Default.Problem));
    }

    [Fact]
    public void Write_RefusedWithoutId_HasNone()
    {
        var batch = _ledger.TryRent(1)!;
        batch.AddRefused(new Refusal(ErrorCode.InvalidJson, "no"));

        Assert.Equal(["published", "error"], JsonNode.Parse(Written(w => AnswerWriter.Write(w, batch, batch.Items[0])))!.AsObject().Select(p => p.Key));
    }

    [Fact]
    public void Write_StillPending_IsUnknown()
    {
        var batch = _ledger.TryRent(1)!;
        batch.AddPending("id"u8, _topic, _series, 1);

        var result = JsonNode.Parse(Written(w => AnswerWriter.Write(w, batch, batch.Items[0])))!;

        Assert.Equal("publish_outcome_unknown", (string)result["error"]!["code"]!);
        Assert.Equal(503, (int)result["error"]!["status"]!);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void WriteQueued_Pending_IsContract(string id)
    {
        var batch = _ledger.TryRent(1)!;
        batch.AddPending(Encoding.UTF8.GetBytes(id), _topic, _series, 1);

        Assert.Equal(
            new PublishResponse(id, _topic.Name, null, null, Published: false, "pending"),
            Read(Written(w => AnswerWriter.WriteQueued(w, batch, batch.Items[0]))));
    }

    [Fact]
    public void Write_LoneSurrogateInField_IsStillJson()
    {
        var batch = _ledger.TryRent(1)!;
        batch.AddRefused(new Refusal(ErrorCode.DuplicateField, "twice", "/\ud83d"));

        Assert.NotNull(JsonNode.Parse(Written(w => AnswerWriter.Write(w, batch, batch.Items[0]))));
    }

    private static PublishResponse? Read(byte[] json) => JsonSerializer.Deserialize(json, PublishJsonContext.Default.PublishResponse);

    private static byte[] Written(Action<PipeWriter> write)
    {
        using var stream = new MemoryStream();
        var writer = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
        write(writer);
        writer.Complete();
        return stream.ToArray();
    }

    private PublishBatch Published(string id, int partition, long offset)
    {
        var batch = _ledger.TryRent(1)!;
        batch.AddPublished(Encoding.UTF8.GetBytes(id), _topic, _series, partition, offset);
        return batch;
    }
}
