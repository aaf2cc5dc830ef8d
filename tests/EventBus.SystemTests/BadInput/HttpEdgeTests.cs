using System.Text;
using EventBus.SystemTests.Fixtures;
using EventBus.TestKit.Http;
using EventBus.TestKit.Processes;
using Xunit.Abstractions;

namespace EventBus.SystemTests.BadInput;

/// <summary>Requests that are malformed as HTTP, sent as bytes.</summary>
public sealed class HttpEdgeTests(SharedFixture fixture, ITestOutputHelper output) : GatewayTest(fixture, output)
{
    private const string Post = "POST /events/publish HTTP/1.1\r\n";
    private const string Usual = "Host: localhost\r\nContent-Type: application/json\r\n";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    [SkippableTheory]
    [InlineData("length with chunked", Usual + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")]
    [InlineData("chunked with length", Usual + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")]
    [InlineData("two lengths", Usual + "Content-Length: 5\r\nContent-Length: 6\r\n", "{}    ")]
    [InlineData("two lengths in one", Usual + "Content-Length: 5, 6\r\n", "{}    ")]
    [InlineData("negative length", Usual + "Content-Length: -5\r\n", "")]
    [InlineData("length in hexadecimal", Usual + "Content-Length: 0x5\r\n", "{}   ")]
    [InlineData("chunked is not last", Usual + "Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n")]
    [InlineData("folded header", Usual + "X-Folded: a\r\n b\r\nContent-Length: 2\r\n", "{}")]
    [InlineData("space before the colon", Usual + "X-Spaced : a\r\nContent-Length: 2\r\n", "{}")]
    [InlineData("no host", "Content-Type: application/json\r\nContent-Length: 2\r\n", "{}")]
    [InlineData("two hosts", Usual + "Host: other\r\nContent-Length: 2\r\n", "{}")]
    [InlineData("header without a colon", Usual + "nonsense\r\nContent-Length: 2\r\n", "{}")]
    [InlineData("zero byte in a header", Usual + "X-Zero: a\0b\r\nContent-Length: 2\r\n", "{}")]
    [InlineData("chunk extension with a bare line feed", Usual + "Transfer-Encoding: chunked\r\n", "2;a\n{}\r\n0\r\n\r\n")]
    [InlineData("chunk size that is none", Usual + "Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n")]
    [InlineData("chunk longer than its size", Usual + "Transfer-Encoding: chunked\r\n", "2\r\n{}x\r\n0\r\n\r\n")]
    public async Task Publish_MalformedFraming_Is400AndTheConnectionIsClosed(string what, string headers, string body)
    {
        Say(what);
        using var http = Connect();

        await http.SendAsync($"{Post}{headers}\r\n{body}");
        var response = await http.ReadAsync();

        Assert.True(response.Status == 400, $"{response.Status} {response.Text}");
        Assert.True(await http.IsClosedByServerAsync(Soon), "The connection is still open.");
    }

    [SkippableFact]
    public async Task Publish_LengthWithChunkedAndASmuggledRequest_AnswersOnlyOnce()
    {
        var topic = FreshTopic();
        var smuggled = Encoding.Latin1.GetString(RawHttp.Request("POST", Api.Publish, Api.Json, Encoding.UTF8.GetBytes(Api.Event(topic))));
        using var http = Connect();

        await http.SendAsync(
            $"{Post}{Usual}Content-Length: {smuggled.Length + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}");

        Assert.Equal(400, (await http.ReadAsync()).Status);
        Assert.True(await http.IsClosedByServerAsync(Soon), "The connection is still open.");
        Assert.Equal(0, Reader.EndOffset(topic));
    }

    [SkippableFact]
    public async Task Publish_HeadersOver32KiB_Is431()
    {
        var headers = string.Concat(Enumerable.Range(0, 40).Select(i => $"X-Filler-{i}: {new string('x', 1000)}\r\n"));

        Assert.Equal(431, await StatusOfAsync($"{Post}{Usual}{headers}Content-Length: 2\r\n\r\n{{}}"));
    }

    [SkippableFact]
    public async Task Publish_OneHeaderOver32KiB_Is431() =>
        Assert.Equal(431, await StatusOfAsync($"{Post}{Usual}X-Large: {new string('x', 33_000)}\r\nContent-Length: 2\r\n\r\n{{}}"));

    [SkippableFact]
    public async Task Publish_MoreThanAHundredHeaders_Is431()
    {
        var headers = string.Concat(Enumerable.Range(0, 100).Select(i => $"X-{i}: x\r\n"));

        Assert.Equal(431, await StatusOfAsync($"{Post}{Usual}{headers}Content-Length: 2\r\n\r\n{{}}"));
    }

    [SkippableFact]
    public async Task Get_UriOver8KiB_Is414() =>
        Assert.Equal(414, await StatusOfAsync($"GET /health?{new string('x', 8300)} HTTP/1.1\r\nHost: localhost\r\n\r\n"));

    [SkippableTheory]
    [InlineData("GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", 505)]
    [InlineData("\u0016\u0003\u0001 a TLS hello\r\n\r\n", 400)]
    [InlineData("G\0T / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400)]
    public async Task Connect_NotHttp11_IsRefusedAndTheGatewayLives(string bytes, int status)
    {
        Assert.Equal(status, await StatusOfAsync(bytes));
        Assert.Equal(200, (await Api.GetAsync("/health/live")).Status);
    }

    [SkippableFact]
    [Trait("Cost", "slow")]
    public async Task Publish_SlowHead_Is408()
    {
        await using var gateway = await GatewayProcess.StartAsync(Cluster.BootstrapServers, ("EVENT_BUS_READ_TIMEOUT", "2s"));
        using var http = RawHttp.Connect(gateway.Port);

        await http.SendAsync($"{Post}Host: loc");

        Assert.Equal(408, (await http.ReadAsync()).Status);
        Assert.True(await http.IsClosedByServerAsync(Soon), "The connection is still open.");
    }

    [SkippableFact]
    [Trait("Cost", "slow")]
    public async Task Publish_BodyThatTrickles_Is408AndNotStored()
    {
        var topic = FreshTopic();
        var body = Api.Event(topic);
        using var http = Connect();
        await http.SendAsync($"{Post}{Usual}Content-Length: {body.Length}\r\n\r\n");

        // A byte each half second is far below 240 B/s; the whole would take half a minute and more.
        var answer = http.ReadAsync();
        foreach (var character in body)
        {
            if (await Task.WhenAny(answer, Task.Delay(500)) == answer)
                break;
            await http.SendAsync($"{character}");
        }

        Assert.Equal(408, (await answer).Status);
        Assert.Equal(0, Reader.EndOffset(topic));
    }

    [SkippableFact]
    [Trait("Cost", "slow")]
    public async Task Ndjson_SlowLines_AreTakenUntilSilence()
    {
        var topic = FreshTopic();
        await using var gateway = await GatewayProcess.StartAsync(Cluster.BootstrapServers, ("EVENT_BUS_READ_TIMEOUT", "3s"));
        using var http = RawHttp.Connect(gateway.Port);
        await http.SendAsync(
            $"POST {Api.PublishBatch} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {Api.Ndjson}\r\nTransfer-Encoding: chunked\r\n\r\n");

        // Slower than 240 B/s for seven seconds, never silent for three.
        foreach (var piece in Encoding.UTF8.GetBytes(Api.Event(topic) + "\n").Chunk(12))
        {
            await http.SendAsync(RawHttp.Chunk(piece));
            await Task.Delay(800);
        }

        Assert.Equal(200, (await http.ReadHeadAsync()).Status);
        Assert.Contains("\"published\":true", Encoding.UTF8.GetString(await http.ReadChunkAsync()), StringComparison.Ordinal);
        Assert.Equal(1, Reader.EndOffset(topic));
        Assert.True(await EndsAsync(http), "Silence did not end the stream.");
    }

    private static async Task<bool> EndsAsync(RawHttp http)
    {
        try
        {
            // Either the stream's own end, perhaps with an error line before it, or the connection's.
            while ((await http.ReadChunkAsync()).Length > 0)
                continue;
            return true;
        }
        catch (Exception e) when (e is IOException or EndOfStreamException)
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<int> StatusOfAsync(string bytes)
    {
        using var http = Connect();
        try
        {
            await http.SendAsync(bytes);
        }
        catch (IOException)
        {
            // Refused before all was sent.
        }

        return (await http.ReadAsync()).Status;
    }
}
