using EventBus.SystemTests.Fixtures;

namespace EventBus.SystemTests.Idempotency;

/// <summary>The same key at two gateways: one record, and the same answer from both.</summary>
public sealed class SharedKeyTests(TwoGateways engines) : IClassFixture<TwoGateways>
{
    private const string Header = "Idempotency-Key";

    [SkippableFact]
    public async Task Publish_TheSameKeyAtBothAtOnce_StoresOnceAndAnswersAlike()
    {
        var topic = await NewTopicAsync("game.shared.atonce");
        const int keys = 300;
        var refused = 0;
        for (var i = 0; i < keys; i++)
        {
            var key = (Header, $"at-once-{i}");
            var answers = await Task.WhenAll(engines.Apis.Select(api => api.PostAsync(Api.Publish, Api.Event(topic), key)));
            Assert.All(answers.Where(a => a.Status != 200), a => a.AssertProblem(409, "idempotency_in_flight"));
            refused += answers.Count(a => a.Status != 200);

            var first = answers.First(a => a.Status == 200).AssertPublished(topic);
            foreach (var api in engines.Apis)
                Assert.Equal(first, (await api.PostAsync(Api.Publish, Api.Event(topic), key)).AssertPublished(topic));
        }

        Assert.True(refused > 0, "No request met another in flight: the test did not race.");
        Assert.Equal(keys, engines.Read(topic).Count);
        foreach (var gateway in engines.Gateways)
            Assert.Equal(0, (await gateway.ScrapeAsync()).Sum("event_bus_idempotency_fallbacks_total"));
    }

    [SkippableFact]
    public async Task Publish_TheSameEventIdAtTheOther_AnswersTheSame()
    {
        var topic = await NewTopicAsync("game.shared.eventid");
        var body = Api.Event(topic, ",\"event_id\":\"mine\"");
        var first = (await engines.Apis[0].PostAsync(Api.Publish, body)).AssertPublished(topic);

        Assert.Equal(first, (await engines.Apis[1].PostAsync(Api.Publish, body)).AssertPublished(topic));
        (await engines.Apis[1].PostAsync(Api.Publish, Api.Event(topic, ",\"event_id\":\"mine\",\"key\":\"other\"")))
            .AssertProblem(422, "idempotency_mismatch");
        Assert.Single(engines.Read(topic));
    }

    [SkippableFact]
    public async Task Publish_RefusedAtTheOne_UsesUpNoKeyAtTheOther()
    {
        const string topic = "game.shared.refused";
        (await engines.Apis[0].PostAsync(Api.Publish, Api.Event(topic, ",\"event_id\":\"early\""))).AssertProblem(404, "unknown_topic");
        await NewTopicAsync(topic);

        (await engines.Apis[1].PostAsync(Api.Publish, Api.Event(topic, ",\"event_id\":\"early\""))).AssertPublished(topic);
    }

    [SkippableFact]
    public async Task Batch_TheSameKeyAtBothAtOnce_StoresEachEventOnce()
    {
        var topic = await NewTopicAsync("game.shared.batch");
        const int events = 50;
        var body = $"[{string.Join(',', Enumerable.Repeat(Api.Event(topic), events))}]";
        for (var i = 0; i < 20; i++)
        {
            var key = (Header, $"batch-{i}");
            var answers = await Task.WhenAll(engines.Apis.Select(api => api.PostAsync(Api.PublishBatch, body, key)));
            Assert.All(answers, a => Assert.Contains(a.Status, (int[])[200, 207, 409]));
            var again = await Task.WhenAll(engines.Apis.Select(api => api.PostAsync(Api.PublishBatch, body, key)));
            Assert.Equal(again[0].Json.EnumerateArray().Select(e => Published.Of(e, topic)), again[1].Json.EnumerateArray().Select(e => Published.Of(e, topic)));
        }

        Assert.Equal(20 * events, engines.Read(topic).Count);
    }

    [SkippableFact]
    public async Task Metrics_AfterKeys_ShowWhatRedisTakes()
    {
        var topic = await NewTopicAsync("game.shared.metrics");
        (await engines.Apis[0].PostAsync(Api.Publish, Api.Event(topic), (Header, "metrics"))).AssertPublished(topic);

        var metrics = await engines.Gateways[0].ScrapeAsync();
        foreach (var operation in (string[])["claim", "keep", "probe"])
        {
            Assert.Contains(metrics.Named("event_bus_redis_operation_duration_seconds"), s => s.Labels["operation"] == operation && s.Labels["quantile"] == "0.99");
            Assert.True(metrics.Sum("event_bus_redis_operation_duration_seconds_count", ("operation", operation)) > 0);
        }

        Assert.Contains(metrics.Named("event_bus_circuit_open"), s => s.Labels["engine"] == "redis" && s.Value == 0);
    }

    private async Task<string> NewTopicAsync(string name)
    {
        Skip.If(TwoGateways.UnavailableReason is not null, TwoGateways.UnavailableReason);
        return await engines.NewTopicAsync(name);
    }
}
