using System.Text;
using EventBus.SystemTests.Fixtures;
using EventBus.TestKit.Http;
using Xunit.Abstractions;

namespace EventBus.SystemTests.BadInput;

/// <summary>Bodies that are refused for their type, their coding or their size.</summary>
public sealed class BadBodyTests(SharedFixture fixture, ITestOutputHelper output) : GatewayTest(fixture, output)
{
    [SkippableTheory]
    [InlineData(Api.Publish, null)]
    [InlineData(Api.Publish, "text/plain")]
    [InlineData(Api.Publish, "application/xml")]
    [InlineData(Api.Publish, "application/x-www-form-urlencoded")]
    [InlineData(Api.Publish, "application/jsonp")]
    [InlineData(Api.Publish, "application/json; charset=utf-16")]
    [InlineData(Api.Publish, "application/json; charset=iso-8859-1")]
    [InlineData(Api.Publish, Api.Ndjson)]
    [InlineData(Api.Publish, "nonsense")]
    [InlineData(Api.PublishGame, null)]
    [InlineData(Api.PublishGame, "text/json5")]
    [InlineData(Api.PublishBatch, null)]
    [InlineData(Api.PublishBatch, "text/csv")]
    [InlineData(Api.CloudEvents, "application/cloudevents+xml")]
    [InlineData(Api.CloudEvents, "application/cloudevents+json; charset=utf-16")]
    public async Task Publish_WrongOrMissingContentType_IsRefused(string path, string? contentType)
    {
        var topic = FreshTopicOnce();

        var answer = await Api.PostAsync(path, contentType, Encoding.UTF8.GetBytes(Api.Event(topic)));

        answer.AssertProblem(415, "unsupported_media_type");
        Assert.Equal(0, Reader.EndOffset(topic));
    }

    [SkippableTheory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("compress")]
    [InlineData("zstd")]
    [InlineData("identity, x-none")]
    public async Task Publish_CodingThatIsNotSupported_IsRefused(string coding)
    {
        var topic = FreshTopicOnce();

        var answer = await Api.PostAsync(Api.Publish, Api.Json, Encoding.UTF8.GetBytes(Api.Event(topic)), ("Content-Encoding", coding));

        answer.AssertProblem(415, "unsupported_media_type");
        Assert.Equal(0, Reader.EndOffset(topic));
    }

    [SkippableTheory]
    [InlineData(Api.Publish)]
    [InlineData(Api.PublishGame)]
    public async Task Publish_DeclaredOverAMebibyte_IsRefusedBeforeTheBodyIsSent(string path)
    {
        using var http = Connect();

        await http.SendAsync(
            $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1048577\r\n\r\n");
        var response = await http.ReadAsync();

        Assert.Equal((413, "application/problem+json"), (response.Status, response.MediaType));
        Answer.AssertProblem(response.Json, 413, "event_too_large");
    }

    [SkippableFact]
    public async Task Batch_DeclaredOverSixteenMebibytes_IsRefusedBeforeTheBodyIsSent()
    {
        using var http = Connect();

        await http.SendAsync(
            $"POST {Api.PublishBatch} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 16777217\r\n\r\n");

        Answer.AssertProblem((await http.ReadAsync()).Json, 413, "event_too_large");
    }

    [SkippableFact]
    public async Task Publish_ChunkedOverAMebibyte_IsRefused()
    {
        var topic = FreshTopicOnce();
        var body = Encoding.UTF8.GetBytes(Api.Event(topic).Replace("\"{}\"", $"\"{new string('x', 1 << 20)}\"", StringComparison.Ordinal));
        using var http = Connect();

        await http.SendAsync(
            "POST /events/publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
        try
        {
            foreach (var piece in body.Chunk(64 * 1024))
                await http.SendAsync(RawHttp.Chunk(piece));
            await http.SendAsync(RawHttp.Chunk([]));
        }
        catch (IOException)
        {
            // Refused before all was sent: what counts is the answer and what is stored.
        }

        Answer.AssertProblem((await http.ReadAsync()).Json, 413, "event_too_large");
        Assert.Equal(0, Reader.EndOffset(topic));
    }

    [SkippableFact]
    public async Task Publish_AboveTheTopicsOwnLimit_IsRefused()
    {
        var topic = FreshTopic();
        await Cluster.SetTopicConfigAsync(topic, "max.message.bytes", "2000");
        // The broker's limit is on what is left after compression: this does not compress.
        var noise = new byte[5_000];
        new Random(20260).NextBytes(noise);
        var body = Api.Event(topic).Replace("\"{}\"", $"\"{Convert.ToBase64String(noise)}\"", StringComparison.Ordinal);

        var answer = await Api.PostAsync(Api.Publish, body);

        answer.AssertProblem(413, "event_too_large");
        Assert.Equal(0, Reader.EndOffset(topic));
        (await Api.PostAsync(Api.Publish, Api.Event(topic))).AssertPublished(topic);
    }

    private static string? _topic;

    // Nothing of what these tests send is ever stored: one topic serves them all.
    private string FreshTopicOnce() => _topic ??= FreshTopic();
}
