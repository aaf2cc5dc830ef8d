using System.Text;
using EventBus.SystemTests.Fixtures;
using Xunit.Abstractions;

namespace EventBus.SystemTests.Operations;

/// <summary><c>/metrics</c>: the names that dashboards use, counts that are right, and label sets that no client can grow.</summary>
public sealed class MetricsTests(SharedFixture fixture, ITestOutputHelper output) : GatewayTest(fixture, output)
{
    private const string Published = "event_bus_events_published_total";

    [SkippableFact]
    public async Task Metrics_AfterPublishing_HaveTheContractsNames()
    {
        var topic = FreshTopic();
        (await Api.PostAsync(Api.Publish, Api.Event(topic))).AssertPublished(topic);

        var metrics = await Gateway.ScrapeAsync();

        foreach (var name in new[] { Published, "event_bus_kafka_operations_total", "event_bus_event_buffer_size" })
            Assert.True(metrics.Named(name).Any(), $"{name} is missing");
        Assert.Contains(metrics.Named("event_bus_event_processing_duration_seconds"), s => s.Labels.ContainsKey("quantile"));
        Assert.All(metrics.Named(Published), s => Assert.Equal(["event_type", "status", "topic"], s.Labels.Keys.Order()));
        Assert.All(metrics.Named("event_bus_kafka_operations_total"), s => Assert.Equal(["operation", "status"], s.Labels.Keys.Order()));
        Assert.Contains(metrics.Samples, s => s.Name.Contains("rdkafka", StringComparison.Ordinal));
        Assert.Contains(metrics.Samples, s => s.Name.Contains("circuit", StringComparison.Ordinal));
        Assert.Contains(metrics.Samples, s => s.Name.Contains("shed", StringComparison.Ordinal) && s.Labels.ContainsKey("priority"));
    }

    [SkippableFact]
    public async Task Metrics_OfEachOutcome_CountExactly()
    {
        var topic = FreshTopic();
        for (var i = 0; i < 3; i++)
            (await Api.PostAsync(Api.Publish, Api.Event(topic))).AssertPublished(topic);
        await Api.PostAsync(Api.PublishBatch, $"[{Api.Event(topic)},{Api.GameEvent(topic)}]");

        var metrics = await Gateway.ScrapeAsync();

        Assert.Equal(4, metrics.Sum(Published, ("topic", topic), ("event_type", "game.score"), ("status", "success")));
        Assert.Equal(1, metrics.Sum(Published, ("topic", topic), ("event_type", "game.kill"), ("status", "success")));
    }

    [SkippableFact]
    public async Task Metrics_TenThousandEventTypesAndTopics_StayBounded()
    {
        var topic = FreshTopicOfThree();
        (await Api.PostAsync(Api.Publish, Api.Event(topic))).AssertPublished(topic);
        var before = (await Gateway.ScrapeAsync()).Samples.Count;
        string Line(int i) => Api.Event(topic).Replace("game.score", $"game.type{i}", StringComparison.Ordinal);
        string Refused(int i) => Api.Event($"game.nowhere{i}");

        var good = await Api.PostAsync(
            Api.PublishBatch, Api.Ndjson, Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, 10_000).Select(Line))));
        await Api.PostAsync(
            Api.PublishBatch, Api.Ndjson, Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, 10_000).Select(Refused))));

        Assert.Equal(200, good.Status);
        var metrics = await Gateway.ScrapeAsync();
        Say($"{before} samples before, {metrics.Samples.Count} after");
        Assert.InRange(metrics.Samples.Count - before, 0, 2_000);
        // None is lost to the bound: what has no label of its own is counted under the overflow value.
        Assert.Equal(10_001, metrics.Sum(Published, ("topic", topic), ("status", "success")) + OverflowOf(metrics, topic));
    }

    private static double OverflowOf(TestKit.Http.Metrics metrics, string topic) => metrics.Named(Published)
        .Where(s => s.Labels["topic"] != topic && s.Labels["status"] == "success"
            && !s.Labels["topic"].StartsWith("game.", StringComparison.Ordinal))
        .Sum(s => s.Value);
}
