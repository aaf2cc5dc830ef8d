using System.Net;
using EventBus.SystemTests.Fixtures;
using EventBus.TestKit.Postgres;
using EventBus.TestKit.Processes;
using EventBus.TestKit.Records;
using Xunit.Abstractions;

namespace EventBus.SystemTests.Storing;

/// <summary>The storing role against real engines: what comes into the log is in the store, once, and what cannot be is a dead letter.</summary>
[Collection(SharedEngines.Name)]
public sealed class StoringTests : IAsyncLifetime
{
    private readonly SharedFixture _fixture;
    private readonly ITestOutputHelper _output;
    private StoreRun _run = null!;

    public StoringTests(SharedFixture fixture, ITestOutputHelper output)
    {
        Skip.If(StoreRun.UnavailableReason is not null, StoreRun.UnavailableReason);
        (_fixture, _output) = (fixture, output);
    }

    public async Task InitializeAsync() => _run = await StoreRun.StartAsync(_fixture.Cluster, await PostgresServer.SharedAsync(), _output);

    public async Task DisposeAsync() => await _run.DisposeAsync();

    [SkippableFact]
    public async Task Publish_ThroughTheGatewayAndByAnother_IsStoredAsTheLogHasIt()
    {
        await using var gateway = await GatewayProcess.StartAsync(_fixture.Cluster.BootstrapServers);
        var api = new Api(gateway.Http);
        for (var i = 0; i < 20; i++)
            Assert.Equal(200, (await api.PostAsync(Api.Publish, Api.Event(_run.Topic, $$""","session_id":"s{{i}}","priority":"high","headers":{"own":"ü"}"""))).Status);
        _run.Write(500);
        _run.Writer.Flush();

        await _run.CheckAsync();

        var row = (await _run.Database.RowsAsync(
            "SELECT event_type, priority, session_id, key, content_type, headers, is_replayable, status FROM events WHERE session_id = 's3'")).Single();
        Assert.Equal(["game.score", "high", "s3", "s3", "application/json"], row[..5]);
        Assert.Contains("\"own\":\"ü\"", (string)row[5]!, StringComparison.Ordinal);
        Assert.Equal(true, row[6]);
    }

    [SkippableFact]
    public async Task Records_InStructuredMode_AreStored()
    {
        _run.Writer.WriteStructured(_run.Topic, "one", """{"a":[1,2]}""");
        _run.Writer.Flush();

        await _run.UntilAsync(async () => await _run.RowCountAsync() == 1, "one row");

        var row = (await _run.Database.RowsAsync("SELECT event_id, source, event_type, payload, content_type, key FROM events")).Single();
        Assert.Equal(["one", EventWriter.Source, "game.score", """{"a":[1,2]}""", "application/json", "one"], row);
    }

    [SkippableFact]
    public async Task Records_OfTransactions_AreStoredIfCommittedAndThePositionPassesTheMarkers()
    {
        using var writer = new EventWriter(_fixture.Cluster.BootstrapServers, "a-transaction");
        writer.InTransaction(commit: true, () => writer.Write(_run.Topic, "kept", "{}"));
        writer.InTransaction(commit: false, () => writer.Write(_run.Topic, "dropped", "{}"));

        await _run.CheckAsync();

        Assert.Equal(1, await _run.RowCountAsync());
    }

    [SkippableFact]
    public async Task Poison_OfEveryKind_IsADeadLetterWithItsReasonAndTheRestIsStored()
    {
        (string, byte[]?)[] Event(params (string Name, string Value)[] instead)
        {
            var all = new Dictionary<string, string> { ["ce_specversion"] = "1.0", ["ce_id"] = "x", ["ce_source"] = "s", ["ce_type"] = "game.kill" };
            foreach (var (name, value) in instead)
                all[name] = value;
            return [.. all.Select(p => (p.Key, (byte[]?)System.Text.Encoding.UTF8.GetBytes(p.Value)))];
        }

        (string Reason, (string, byte[]?)[] Headers)[] poison =
        [
            ("not_cloudevent", [("odd", null)]),
            ("invalid_cloudevent", Event(("ce_id", ""))),
            ("too_long", Event(("ce_id", new string('é', 101)))),
            ("invalid_string", Event(("ce_source", "a\0"))),
            ("invalid_string", [.. Event(), ("ce_sessionid", [0xFF, 0xFE])]),
            ("invalid_priority", Event(("ce_priority", "urgent"))),
            ("invalid_json", [("content-type", "application/cloudevents+json"u8.ToArray())]),
        ];
        var places = new List<(string Reason, int Partition, long Offset)>();
        _run.Write(10);
        foreach (var (reason, headers) in poison)
        {
            var at = await _run.Writer.WriteRawAsync(_run.Topic, [1, 0, 2], headers);
            places.Add((reason, at.Partition.Value, at.Offset.Value));
        }

        // Not text, but a payload may be anything.
        await _run.Writer.WriteRawAsync(_run.Topic, [0xC3, 0x28], Event(("ce_id", "bytes")));
        await _run.Writer.WriteRawAsync(_run.Topic, null, Event(("ce_id", "nothing")));
        _run.Write(10);
        _run.Writer.Flush();

        await _run.UntilAsync(async () => await _run.RowCountAsync() == 22, "22 rows");
        Assert.Equal((long)poison.Length, await _run.Database.ScalarAsync<long>("SELECT sum(dead_lettered)::bigint FROM sink_offsets"));
        Assert.Equal(new byte[] { 0xC3, 0x28 }, await _run.Database.ScalarAsync<byte[]>("SELECT payload_bytes FROM events WHERE event_id = 'bytes'"));
        using var reader = new RecordReader(_fixture.Cluster.BootstrapServers);
        var letters = reader.ReadAll(_run.DeadLetterTopic);
        Assert.Equal(
            places.OrderBy(p => (p.Partition, p.Offset)),
            letters.Select(l => (l.Header("eb_reason")!, int.Parse(l.Header("eb_origin_partition")!), long.Parse(l.Header("eb_origin_offset")!)))
                .OrderBy(p => (p.Item2, p.Item3)));
        Assert.All(letters, l => Assert.Equal((_run.Topic, "1", "raw"), (l.Header("eb_origin_topic"), l.Header("eb_attempts"), l.KeyText)));
        Assert.All(letters, l => Assert.Equal([1, 0, 2], l.Value));
        Assert.Single(letters, l => l.Headers.Any(h => h.Key == "odd"));
    }

    [SkippableFact]
    public async Task Poison_OfATopicWithItsOwnDeadLetters_GoesThere()
    {
        var dlq = _run.Topic + ".dlq";
        await _fixture.Cluster.CreateTopicAsync(dlq);

        await _run.Writer.WriteRawAsync(_run.Topic, [1]);

        using var reader = new RecordReader(_fixture.Cluster.BootstrapServers);
        await _run.UntilAsync(() => Task.FromResult(reader.EndOffset(dlq) == 1), "a dead letter");
        Assert.Equal("not_cloudevent", reader.ReadAll(dlq).Single().Header("eb_reason"));
    }

    [SkippableFact]
    public async Task Topic_MadeWhileRunning_IsStoredFromItsFirstRecord()
    {
        var topic = _run.TopicNamed("late");
        await _fixture.Cluster.CreateTopicAsync(topic, partitions: 2);
        for (var i = 0; i < 50; i++)
            _run.Writer.Write(topic, $"early-{i}", "{}");
        _run.Writer.Flush();
        await _run.RegisterAsync(topic);
        for (var i = 0; i < 50; i++)
            _run.Writer.Write(topic, $"late-{i}", "{}");
        _run.Writer.Flush();

        await _run.CheckAsync(topic);
    }

    [SkippableFact]
    public async Task Topic_DeletedAndMadeAgain_IsStoredFromItsBeginningAgain()
    {
        _run.Write(100);
        _run.Writer.Flush();
        await _run.CheckAsync();

        await _fixture.Cluster.DeleteTopicAsync(_run.Topic);
        await Task.Delay(3000);
        await _fixture.Cluster.CreateTopicAsync(_run.Topic, partitions: 3);
        using var writer = new EventWriter(_fixture.Cluster.BootstrapServers);
        for (var i = 0; i < 300; i++)
            writer.Write(_run.Topic, $"again-{i}", "{}");
        writer.Flush();

        await _run.UntilAsync(async () => await _run.RowCountAsync() == 400, "400 rows");
        Assert.Equal(6, await _run.Database.ScalarAsync<long>("SELECT count(*) FROM sink_offsets"));
        Assert.Equal(300, await _run.Database.ScalarAsync<long>("SELECT count(*) FROM events WHERE event_id LIKE 'again%'"));
    }

    [SkippableFact]
    public async Task Terminate_UnderLoad_EndsWith0AndAnotherGoesOn()
    {
        _run.BeginLoad();
        await _run.ProgressAsync();
        var first = _run.Workers[0];
        await _run.AddWorkerAsync();

        Assert.Equal(0, await first.TerminateAsync(TimeSpan.FromSeconds(25)));
        await _run.ProgressAsync();
        await _run.EndLoadAsync();

        await _run.CheckAsync();
    }

    [SkippableFact]
    public async Task Metrics_AfterEventsWereStored_SayHowManyAndHowFarBehind()
    {
        _run.Write(100);
        _run.Writer.Flush();
        await _run.CheckAsync();

        var worker = _run.Workers[0];
        var metrics = await worker.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        Assert.Contains($$"""event_bus_events_consumed_total{topic="{{_run.Topic}}",event_type="game.score",status="success"} 110""", metrics, StringComparison.Ordinal);
        Assert.Contains($$"""event_bus_consumer_lag{role="storing",topic="{{_run.Topic}}",partition="0"}""", metrics, StringComparison.Ordinal);
        foreach (var name in new[] { "event_bus_active_workers 1", "event_bus_database_query_duration_seconds", "event_bus_event_processing_duration_seconds" })
            Assert.Contains(name, metrics, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await worker.HealthAsync()).Status);
    }
}
