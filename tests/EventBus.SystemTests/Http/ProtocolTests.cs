using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using EventBus.SystemTests.Fixtures;
using EventBus.TestKit.Http;
using EventBus.TestKit.Network;
using EventBus.TestKit.Processes;
using Xunit.Abstractions;

namespace EventBus.SystemTests.Http;

/// <summary>HTTP/1.1 with keep-alive and pipelining, HTTP/2 with and without TLS, unknown paths and wrong methods.</summary>
public sealed class ProtocolTests(SharedFixture fixture, ITestOutputHelper output) : GatewayTest(fixture, output)
{
    [SkippableFact]
    public async Task Publish_ManyOverOneConnection_AllAnswer()
    {
        var topic = FreshTopic();
        using var http = Connect();

        for (var i = 0; i < 50; i++)
        {
            await http.SendAsync(Request(topic, i));
            Assert.Equal($"p{i}", Published.Of((await http.ReadAsync()).Json, topic).EventId);
        }
    }

    [SkippableFact]
    public async Task Publish_Pipelined_AnswersInOrder()
    {
        var topic = FreshTopic();
        using var http = Connect();

        await http.SendAsync(Enumerable.Range(0, 50).SelectMany(i => Request(topic, i)).ToArray());

        for (var i = 0; i < 50; i++)
            Assert.Equal($"p{i}", Published.Of((await http.ReadAsync()).Json, topic).EventId);
        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"p{i}"), Reader.ReadAll(topic).Select(r => r.Header("ce_id")));
    }

    [SkippableFact]
    public async Task Publish_ARefusalBetween_KeepsTheConnection()
    {
        var topic = FreshTopic();
        using var http = Connect();

        await http.SendAsync(RawHttp.Request("POST", Api.Publish, Api.Json, "{"u8));
        await http.SendAsync(Request(topic, 1));

        Assert.Equal(400, (await http.ReadAsync()).Status);
        Assert.Equal(200, (await http.ReadAsync()).Status);
    }

    [SkippableFact]
    public async Task Publish_ConnectionClose_IsClosedAfterTheAnswer()
    {
        var topic = FreshTopic();
        using var http = Connect();

        await http.SendAsync(RawHttp.Request("POST", Api.Publish, Api.Json, Encoding.UTF8.GetBytes(Api.Event(topic)), "Connection: close"));

        Assert.Equal(200, (await http.ReadAsync()).Status);
        Assert.True(await http.IsClosedByServerAsync(TimeSpan.FromSeconds(5)));
    }

    [SkippableFact]
    public async Task Publish_ExpectContinue_IsAskedForTheBody()
    {
        var topic = FreshTopic();
        var body = Api.Event(topic);
        using var http = Connect();

        await http.SendAsync(
            $"POST {Api.Publish} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + $"Content-Length: {body.Length}\r\nExpect: 100-continue\r\n\r\n");
        Assert.Equal(100, (await http.ReadHeadAsync(orInterim: true)).Status);
        await http.SendAsync(body);

        Published.Of((await http.ReadAsync()).Json, topic);
    }

    [SkippableTheory]
    [InlineData("GET", "/")]
    [InlineData("POST", "/Unknown/Path")]
    [InlineData("GET", "/event/game")]
    [InlineData("GET", "/health/..%2f..%2fetc/passwd")]
    public async Task Any_UnknownPath_Is404(string method, string path)
    {
        using var http = Connect();

        await http.SendAsync(RawHttp.Request(method, path, method == "POST" ? Api.Json : null, method == "POST" ? "{}"u8 : []));
        var response = await http.ReadAsync();

        Assert.Equal((404, "application/problem+json"), (response.Status, response.MediaType));
        Answer.AssertProblem(response.Json, 404, "not_found");
    }

    [SkippableTheory]
    [InlineData("GET", Api.Publish, "POST")]
    [InlineData("PUT", Api.Publish, "POST")]
    [InlineData("DELETE", Api.PublishGame, "POST")]
    [InlineData("GET", Api.PublishBatch, "POST")]
    [InlineData("PATCH", Api.CloudEvents, "POST")]
    [InlineData("POST", "/health", "GET")]
    [InlineData("DELETE", "/health/live", "GET")]
    public async Task Any_KnownPathAndWrongMethod_Is405WithAllow(string method, string path, string allowed)
    {
        using var http = Connect();

        await http.SendAsync(RawHttp.Request(method, path, null, []));
        var response = await http.ReadAsync();

        Assert.Equal((405, "application/problem+json"), (response.Status, response.MediaType));
        Answer.AssertProblem(response.Json, 405, "method_not_allowed");
        Assert.Contains(allowed, response.Headers["allow"].Split(',').Select(m => m.Trim()));
    }

    [SkippableFact]
    public async Task Publish_Http2WithoutTls_WorksOnItsOwnPort()
    {
        var topic = FreshTopic();
        var port = FreePorts.Next();
        await using var gateway = await GatewayProcess.StartAsync(Cluster.BootstrapServers, ("EVENT_BUS_H2C_PORT", $"{port}"));
        using var http = Client(HttpVersion.Version20, null);

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => PostAsync(http, $"http://127.0.0.1:{port}", topic, i)));

        Assert.All(answers, a => Assert.Equal(HttpVersion.Version20, a.Version));
        Assert.Equal(100, Reader.EndOffset(topic));
    }

    [SkippableTheory]
    [InlineData("2.0")]
    [InlineData("1.1")]
    public async Task Publish_Tls_SpeaksBothVersionsByAlpn(string version)
    {
        var topic = FreshTopic();
        using var folder = new TemporaryFolder();
        var (certificate, key) = await MakeCertificateAsync(folder.Path);
        await using var gateway = GatewayProcess.Launch(
            Cluster.BootstrapServers, ("EVENT_BUS_TLS_CERTIFICATE_FILE", certificate), ("EVENT_BUS_TLS_KEY_FILE", key));
        using var http = Client(Version.Parse(version), certificate);
        await UntilAnswersAsync(http, $"https://localhost:{gateway.Port}/health/ready", gateway);

        var answer = await PostAsync(http, $"https://localhost:{gateway.Port}", topic, 0);

        Assert.Equal(Version.Parse(version), answer.Version);
        Assert.Equal(1, Reader.EndOffset(topic));
    }

    private static byte[] Request(string topic, int number) =>
        RawHttp.Request("POST", Api.Publish, Api.Json, Encoding.UTF8.GetBytes(Api.Event(topic, $",\"event_id\":\"p{number}\"")));

    private static HttpClient Client(Version version, string? trusted)
    {
        var handler = new SocketsHttpHandler();
        if (trusted is not null)
        {
            // The test's own certificate and no other is trusted.
            var expected = File.ReadAllText(trusted).ReplaceLineEndings("").Trim();
            handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                errors is SslPolicyErrors.RemoteCertificateChainErrors or SslPolicyErrors.None
                && expected == ((X509Certificate2)certificate!).ExportCertificatePem().ReplaceLineEndings("").Trim();
        }

        return new HttpClient(handler) { DefaultRequestVersion = version, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
    }

    private static async Task<HttpResponseMessage> PostAsync(HttpClient http, string address, string topic, int number)
    {
        using var content = new StringContent(Api.Event(topic, $",\"event_id\":\"v{number}\""), Encoding.UTF8, Api.Json);
        var response = await http.PostAsync(new Uri(address + Api.Publish), content);
        Published.Of(JsonElement.Parse(await response.Content.ReadAsStringAsync()), topic);
        return response;
    }

    private static async Task UntilAnswersAsync(HttpClient http, string address, GatewayProcess gateway)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var response = await http.GetAsync(new Uri(address));
                if (response.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException) when (gateway.Process.IsRunning && watch.Elapsed < TimeSpan.FromSeconds(20))
            {
                // Not listening yet.
            }

            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), gateway.Process.Output);
            await Task.Delay(50);
        }
    }

    private static async Task<(string Certificate, string Key)> MakeCertificateAsync(string folder)
    {
        var (certificate, key) = (Path.Combine(folder, "certificate.pem"), Path.Combine(folder, "key.pem"));
        string[] arguments =
        [
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost",
            "-keyout", key, "-out", certificate,
        ];
        var (exitCode, output) = await ChildProcess.RunAsync("openssl", arguments, TimeSpan.FromSeconds(60));
        Assert.True(exitCode == 0, output);
        return (certificate, key);
    }
}
