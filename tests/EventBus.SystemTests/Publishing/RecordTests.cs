using System.Text;
using EventBus.SystemTests.Fixtures;
using EventBus.TestKit.Records;
using Xunit.Abstractions;

namespace EventBus.SystemTests.Publishing;

/// <summary>What a request becomes on Kafka: key, value and headers.</summary>
public sealed class RecordTests(SharedFixture fixture, ITestOutputHelper output) : GatewayTest(fixture, output)
{
    [SkippableTheory]
    [InlineData(""","key":"k","session_id":"s","player_id":"p","event_id":"i1" """, "k")]
    [InlineData(""","session_id":"s","player_id":"p","event_id":"i2" """, "s")]
    [InlineData(""","player_id":"p","event_id":"i3" """, "p")]
    [InlineData(""","event_id":"i4" """, "i4")]
    [InlineData(""","payload":"{\"session_id\":\"inner\"}","event_id":"i5" """, "i5", true)]
    public async Task Publish_OrderingKey_IsTheFirstThatIsGiven(string more, string key, bool ownPayload = false)
    {
        var topic = FreshTopic();
        var body = Api.Event(topic, more);
        if (ownPayload)
            body = body.Replace("\"payload\":\"{}\",", "", StringComparison.Ordinal);

        var record = await PublishAsync(Api.Publish, topic, body);

        Assert.Equal(key, record.KeyText);
    }

    [SkippableFact]
    public async Task Publish_NoKeyAtAll_IsKeyedByTheIdThatIsMade()
    {
        var topic = FreshTopic();

        var record = await PublishAsync(Api.Publish, topic, Api.Event(topic));

        Assert.Equal(record.Header("ce_id"), record.KeyText);
        Assert.Null(record.Header("ce_partitionkey"));
    }

    [SkippableFact]
    public async Task Publish_EveryExtension_IsAHeader()
    {
        var topic = FreshTopic();
        var record = await PublishAsync(
            Api.Publish,
            topic,
            Api.Event(topic, ""","key":"the key","priority":"critical","is_replayable":false"""
                + ""","session_id":"s","player_id":"p","headers":{"tenant":"ünï","b":""}"""),
            ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            ("tracestate", "vendor=1"));

        Assert.Equal(["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "content-type"], record.HeaderNames.Take(6));
        Assert.Equal(["tracestate", "tenant", "b"], record.HeaderNames.TakeLast(3));
        Assert.Equal("traceparent", record.HeaderNames.ElementAt(record.Headers.Count - 4));
        Assert.Equal("the key", record.Header("ce_partitionkey"));
        Assert.Equal("critical", record.Header("ce_priority"));
        Assert.Equal("false", record.Header("ce_replayable"));
        Assert.Equal("s", record.Header("ce_sessionid"));
        Assert.Equal("p", record.Header("ce_playerid"));
        Assert.Equal("ünï", record.Header("tenant"));
        Assert.Equal("", record.Header("b"));
        // The trace goes on: the same trace, sampled as it was; the span may be the gateway's own.
        Assert.Matches("^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$", record.Header("traceparent"));
        Assert.Equal("vendor=1", record.Header("tracestate"));
    }

    [SkippableTheory]
    [InlineData("normal", "true")]
    [InlineData(null, null)]
    public async Task Publish_ExtensionsAtTheirDefaults_AreNotWritten(string? priority, string? replayable)
    {
        var topic = FreshTopic();
        var more = (priority is null ? "" : $",\"priority\":\"{priority}\"")
            + (replayable is null ? "" : $",\"is_replayable\":{replayable}");

        var record = await PublishAsync(Api.Publish, topic, Api.Event(topic, more));

        Assert.Equal(["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "content-type"], record.HeaderNames);
    }

    [SkippableTheory]
    [InlineData("\"{\\\"a\\\":\\\"\\u00e9\\\\n\\\"}\"", "{\"a\":\"é\\n\"}", "application/json")]
    [InlineData("\"[1, 2]\"", "[1, 2]", "application/json")]
    [InlineData("{ \"a\" : [1,\n 2.50] }", "{ \"a\" : [1,\n 2.50] }", "application/json")]
    [InlineData("[ ]", "[ ]", "application/json")]
    [InlineData("{\"a\":\"\\u0000\\u00e9\"}", "{\"a\":\"\\u0000\\u00e9\"}", "application/json")]
    [InlineData("{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":2}", "application/json")]
    [InlineData("\"\"", "", "text/plain; charset=utf-8")]
    [InlineData("\"hello \\ud83d\\ude00\"", "hello 😀", "text/plain; charset=utf-8")]
    [InlineData("\"12\"", "12", "text/plain; charset=utf-8")]
    [InlineData("\"{broken\"", "{broken", "text/plain; charset=utf-8")]
    public async Task Publish_Payload_IsTheValueAsTheContractSays(string payload, string value, string contentType)
    {
        var topic = FreshTopic();
        var body = $$"""{"event_type":"game.score","topic":"{{topic}}","source":"tests","payload":{{payload}}}""";

        var record = await PublishAsync(Api.Publish, topic, body);

        Assert.Equal(value, record.ValueText);
        Assert.Equal(contentType, record.Header("content-type"));
    }

    [SkippableFact]
    public async Task PublishGame_OddButValidBytes_AreTheValueAsTheyCame()
    {
        var topic = FreshTopic();
        var body = $$"""
             {"session_id" : "s\u0031",  "player_id":"p", "action_type":"kill",
               "topic":"{{topic}}", "unknown_field":{"deep":[1,2,{"x":null}]}, "position":{"x":-1.5e3,"y":0,"z":2} }
            """;

        var record = await PublishAsync(Api.PublishGame, topic, body);

        Assert.Equal(body.Trim(), record.ValueText);
        Assert.Equal("s1", record.KeyText);
        Assert.Equal("s1", record.Header("ce_sessionid"));
        Assert.Equal("game-server", record.Header("ce_source"));
        Assert.Null(record.Header("ce_serverid"));
    }

    [SkippableTheory]
    [InlineData("2026-05-06T07:08:09.1234567+02:00", "2026-05-06T05:08:09.123456Z")]
    [InlineData("2000-01-01T00:00:00Z", "2000-01-01T00:00:00.000000Z")]
    [InlineData("2026-05-06T07:08:09.5Z", "2026-05-06T07:08:09.500000Z")]
    public async Task Publish_Timestamp_IsCeTimeInUtcAndMicroseconds(string timestamp, string expected)
    {
        var topic = FreshTopic();
        var before = TimeProvider.System.GetUtcNow();

        var record = await PublishAsync(Api.Publish, topic, Api.Event(topic, $",\"timestamp\":\"{timestamp}\""));

        Assert.Equal(expected, record.Header("ce_time"));
        Assert.True(record.Timestamp > before.AddSeconds(-1), "The record's own time is when it came in.");
    }

    [SkippableFact]
    public async Task Publish_LargestThatIsAllowed_IsStored()
    {
        var topic = FreshTopicOfThree();
        var envelope = Api.Event(topic).Length - 2;
        var body = Api.Event(topic).Replace("\"{}\"", $"\"{new string('x', (1 << 20) - envelope)}\"", StringComparison.Ordinal);
        Assert.Equal(1 << 20, Encoding.UTF8.GetByteCount(body));
        // The broker's own default limit lies just above 1 MiB with the record's overhead; the topic's is raised so that only ours counts.
        await Cluster.SetTopicConfigAsync(topic, "max.message.bytes", "2097152");

        var record = await PublishAsync(Api.Publish, topic, body);

        Assert.Equal((1 << 20) - envelope, record.Value.Length);
    }

    [SkippableTheory]
    [InlineData("application/json")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("Application/JSON;charset=\"UTF-8\"")]
    public async Task Publish_ContentTypesOfJson_AreTaken(string contentType)
    {
        var topic = FreshTopic();

        (await Api.PostAsync(Api.Publish, contentType, Encoding.UTF8.GetBytes(Api.Event(topic)))).AssertPublished(topic);
    }

    [SkippableFact]
    public async Task Publish_SameKey_GoesToThePartitionThatJavaWouldChoose()
    {
        var topic = FreshTopicOfThree();

        // murmur2 of these keys modulo three, from Kafka's own test vectors: "21" -973932308, "foobar" -790332482, "abc" 479470107.
        foreach (var (key, hash) in new[] { ("21", -973932308), ("foobar", -790332482), ("abc", 479470107) })
        {
            var record = await PublishAsync(Api.Publish, topic, Api.Event(topic, $",\"key\":\"{key}\""));
            Assert.Equal((hash & 0x7fffffff) % 3, record.Partition);
        }
    }

    private async Task<KafkaRecord> PublishAsync(string path, string topic, string body, params (string Name, string Value)[] headers)
    {
        var published = (await Api.PostAsync(path, body, headers)).AssertPublished(topic);
        return Reader.ReadAt(topic, published.Partition, published.Offset);
    }
}
