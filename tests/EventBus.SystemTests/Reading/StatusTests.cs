using System.Buffers.Binary;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using EventBus.SystemTests.Fixtures;
using EventBus.TestKit.Network;
using EventBus.TestKit.Processes;

namespace EventBus.SystemTests.Reading;

/// <summary>
/// <c>GET /events/{eventId}/status</c> at every moment of an event's way, on the gateway that published it and on another one. The sink is
/// the test itself, so that each moment lasts.
/// </summary>
public sealed class StatusTests : IClassFixture<StoreFixture>
{
    private readonly StoreFixture _store;
    private readonly Api _first;
    private readonly Api _second;

    public StatusTests(StoreFixture store)
    {
        Skip.If(StoreFixture.UnavailableReason is not null, StoreFixture.UnavailableReason);
        _store = store;
        _first = new Api(store.First.Http);
        _second = new Api(store.Second.Http);
    }

    [SkippableFact]
    public async Task Status_OfOurId_PublishedThenCompletedAndNotReadyElsewhere()
    {
        var published = await PublishAsync();

        var here = await StatusAsync(_first, published.EventId);
        Assert.Equal(("published", StoreFixture.Topic, published.Partition, published.Offset), Place(here));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, here.Json.GetProperty("processed_at").ValueKind);
        (await _second.GetAsync(PathOf(published.EventId))).AssertProblem(503, "status_not_ready");
        (await _first.GetAsync("/events/" + published.EventId)).AssertProblem(503, "status_not_ready");

        await StoreAsync(published);
        foreach (var api in new[] { _first, _second })
        {
            var status = await StatusAsync(api, published.EventId);
            Assert.Equal(("completed", StoreFixture.Topic, published.Partition, published.Offset), Place(status));
            Assert.Equal(0, status.Json.GetProperty("retry_count").GetInt32());
            Assert.Empty(status.Json.GetProperty("deliveries").EnumerateArray());
            Assert.EndsWith("Z", status.Json.GetProperty("processed_at").GetString());
        }

        Assert.Equal(200, (await _second.GetAsync("/events/" + published.EventId)).Status);
    }

    [SkippableFact]
    public async Task Status_OfClientsIdElsewhere_NotReadyUntilTheSinkPasses()
    {
        var published = await PublishAsync(",\"event_id\":\"order-1\"");

        (await _second.GetAsync(PathOf("order-1"))).AssertProblem(503, "status_not_ready");
        var asked = _second.GetAsync(PathOf("order-1"));
        await Task.Delay(300);
        await StoreAsync(published);

        var answer = await asked;
        Assert.True(answer.Status == 200, answer.ToString());
        Assert.Equal("completed", Place(answer).Status);
        Assert.Equal("completed", Place(await StatusAsync(_second, "order-1", "?source=" + StoreFixture.Topic)).Status);
    }

    [SkippableFact]
    public async Task Status_SinkPassedWithoutStoring_DeadLetteredHereAndUnknownElsewhere()
    {
        var published = await PublishAsync(",\"event_id\":\"poison-1\"");
        await PassAsync();

        Assert.Equal("dead_lettered", Place(await StatusAsync(_first, published.EventId)).Status);
        (await _second.GetAsync(PathOf("poison-1"))).AssertProblem(404, "unknown_event");
        (await _first.GetAsync("/events/poison-1")).AssertProblem(404, "unknown_event");
    }

    [SkippableFact]
    public async Task Status_OfUnknownIds_NotFoundOnceTheSinkIsThere()
    {
        await PublishAsync();
        await PassAsync();

        (await _first.GetAsync(PathOf("never-was"))).AssertProblem(404, "unknown_event");
        (await _first.GetAsync(PathOf("0197b0b0-1111-7222-8333-444455556666"))).AssertProblem(404, "unknown_event");
        (await _first.GetAsync(PathOf("550e8400-e29b-41d4-a716-446655440000"))).AssertProblem(404, "unknown_event");
        (await _first.GetAsync("/events/never-was")).AssertProblem(404, "unknown_event");
        (await _first.GetAsync(PathOf(new string('x', 101)))).AssertProblem(400, "too_long", "/event_id");

        await PublishAsync();
        (await _first.GetAsync(PathOf("never-was"))).AssertProblem(503, "status_not_ready");
    }

    [SkippableFact]
    public async Task Status_OfBatchAndStream_PublishedOnTheirGateway()
    {
        var body = Api.Event(StoreFixture.Topic);
        var array = await _first.PostAsync(Api.PublishBatch, $"[{body},{body}]");
        var stream = await _first.PostAsync(Api.PublishBatch, Api.Ndjson, System.Text.Encoding.UTF8.GetBytes(body + "\n" + body + "\n"));
        var ids = array.Json.EnumerateArray().Concat(Api.Lines(stream.Text).Select(l => System.Text.Json.JsonElement.Parse(l)))
            .Select(e => e.GetProperty("event_id").GetString()!).ToList();

        Assert.Equal(4, ids.Distinct().Count());
        foreach (var id in ids)
            Assert.Equal("published", Place(await StatusAsync(_first, id)).Status);
    }

    [SkippableFact]
    public async Task Status_Asynchronous_PendingWhileTheBrokerHangsThenPublished()
    {
        await PublishAsync();
        _store.Cluster.Brokers[0].Freeze();
        string id;
        try
        {
            var queued = await _first.PostAsync(Api.Publish, Api.Event(StoreFixture.Topic), ("Prefer", "respond-async"));
            Assert.True(queued.Status == 202, queued.ToString());
            id = queued.Json.GetProperty("event_id").GetString()!;
            Assert.Equal("pending", Place(await StatusAsync(_first, id)).Status);
            (await _second.GetAsync(PathOf(id))).AssertProblem(503, "status_not_ready");
        }
        finally
        {
            _store.Cluster.Brokers[0].Thaw();
        }

        string status;
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while ((status = Place(await StatusAsync(_first, id)).Status) == "pending" && watch.Elapsed < TimeSpan.FromSeconds(20))
            await Task.Delay(50);
        Assert.Equal("published", status);
        await _store.First.WaitReadyAsync();
        await _store.Second.WaitReadyAsync();
    }

    [SkippableFact]
    public async Task Status_WithDeliveries_SaysHowTheyStand()
    {
        var published = await PublishAsync();
        await StoreAsync(published);
        async Task<string> AfterAsync(string values)
        {
            await _store.Sql.ExecuteAsync(
                "INSERT INTO event_deliveries (event_id, subscription_id, attempt_number, status, is_last_attempt, method, delivered_at) "
                + $"VALUES ('{published.EventId}', {values}, 'webhook', now())");
            return Place(await StatusAsync(_first, published.EventId)).Status;
        }

        Assert.Equal("processing", await AfterAsync("'s1', 1, 'failed', false"));
        Assert.Equal("completed", await AfterAsync("'s1', 2, 'delivered', true"));
        Assert.Equal("dead_lettered", await AfterAsync("'s2', 4, 'failed', true"));
        var answer = await StatusAsync(_first, published.EventId);
        Assert.Equal(3, answer.Json.GetProperty("deliveries").GetArrayLength());
        Assert.Equal(3, answer.Json.GetProperty("retry_count").GetInt32());
    }

    [SkippableFact]
    public async Task Read_DatabaseAway_KnownFromMemoryAndTheRestUnavailable()
    {
        await using var proxy = new TcpProxy(FreePorts.Next(), new Uri(_store.Sql.Url).Port);
        await using var gateway = await GatewayProcess.StartAsync(
            _store.Cluster.BootstrapServers, ("EVENT_BUS_DATABASE_URL", _store.Sql.UrlAt(proxy.Port)));
        var api = new Api(gateway.Http);
        var published = await PublishAsync(api: api);
        Assert.Equal(200, (await api.GetAsync("/events?limit=1")).Status);

        proxy.Refusing = true;
        proxy.Reset();

        Assert.Equal("published", Place(await StatusAsync(api, published.EventId)).Status);
        (await api.GetAsync(PathOf("x"))).AssertProblem(503, "database_unavailable");
        (await api.GetAsync("/events")).AssertProblem(503, "database_unavailable");
        (await api.GetAsync("/events/x")).AssertProblem(503, "database_unavailable");
        await PublishAsync(api: api);
        proxy.Refusing = false;
        Assert.Equal(200, (await api.GetAsync("/events?limit=1")).Status);
    }

    [SkippableFact]
    public async Task Read_NoDatabase_SaysSo()
    {
        await using var gateway = await GatewayProcess.StartAsync(_store.Cluster.BootstrapServers);
        foreach (var path in new[] { "/events", "/events/x", "/events/x/status", "/stats" })
        {
            var answer = await new Api(gateway.Http).GetAsync(path);
            Assert.Equal((503, "database_not_configured"), (answer.Status, answer.Json.GetProperty("code").GetString()));
        }
    }

    private static string PathOf(string id) => $"/events/{id}/status";

    private static async Task<Answer> StatusAsync(Api api, string id, string query = "")
    {
        var answer = await api.GetAsync(PathOf(id) + query);
        Assert.True(answer.Status == 200, answer.ToString());
        Assert.Equal(id, answer.Json.GetProperty("event_id").GetString());
        return answer;
    }

    private static (string Status, string? Topic, int? Partition, long? Offset) Place(Answer answer)
    {
        var json = answer.Json;
        return (
            json.GetProperty("status").GetString()!, json.TryGetProperty("topic", out var topic) ? topic.GetString() : null,
            json.GetProperty("partition") is { ValueKind: System.Text.Json.JsonValueKind.Number } p ? p.GetInt32() : null,
            json.GetProperty("offset") is { ValueKind: System.Text.Json.JsonValueKind.Number } o ? o.GetInt64() : null);
    }

    private async Task<Published> PublishAsync(string more = "", Api? api = null) =>
        (await (api ?? _first).PostAsync(Api.Publish, Api.Event(StoreFixture.Topic, more))).AssertPublished(StoreFixture.Topic);

    /// <summary>Stores an event and passes the log's end.</summary>
    private async Task StoreAsync(Published published)
    {
        await _store.InsertAsync(
            1, 1, ("event_id", $"'{published.EventId}'"), ("source", $"'{StoreFixture.Topic}'"), ("partition", $"{published.Partition}"),
            ("\"offset\"", $"{published.Offset}"), ("created_at", "now()"));
        await PassAsync();
    }

    /// <summary>Moves the sink to the log's end.</summary>
    private async Task PassAsync()
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = _store.Cluster.BootstrapServers }).Build();
        var topic = (await admin.DescribeTopicsAsync(TopicCollection.OfTopicNames([StoreFixture.Topic]))).TopicDescriptions[0];
        var end = (await admin.ListOffsetsAsync(
            [new TopicPartitionOffsetSpec { TopicPartition = new TopicPartition(StoreFixture.Topic, 0), OffsetSpec = OffsetSpec.Latest() }]))
            .ResultInfos[0].TopicPartitionOffsetError.Offset.Value;
        var bytes = new byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes, topic.TopicId.MostSignificantBits);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(8), topic.TopicId.LeastSignificantBits);
        await _store.Sql.ExecuteAsync(
            $"""
            INSERT INTO sink_offsets (topic_id, partition, topic, next) VALUES ('{new Guid(bytes, bigEndian: true)}', 0, '{StoreFixture.Topic}', {end})
            ON CONFLICT (topic_id, partition) DO UPDATE SET next = excluded.next
            """);
    }
}
