using System.Diagnostics;
using EventBus.SystemTests.Fixtures;
using EventBus.TestKit.Kafka;
using Xunit.Abstractions;

namespace EventBus.SystemTests.Operations;

/// <summary>The registry snapshot follows Kafka's own metadata.</summary>
public sealed class TopicTests(SharedFixture fixture, ITestOutputHelper output) : GatewayTest(fixture, output)
{
    [SkippableFact]
    public async Task Publish_ATopicMadeAMomentAgoWithKafkasTools_IsKnownWithinTwoSeconds()
    {
        const string Topic = "game.made.just.now";
        (await Api.PostAsync(Api.Publish, Api.Event(Topic))).AssertProblem(404, "unknown_topic", "/topic");
        await KafkaCluster.RunToolAsync(
            "kafka-topics.sh", "--bootstrap-server", Cluster.BootstrapServers, "--create", "--topic", Topic, "--partitions", "1");
        var watch = Stopwatch.StartNew();

        Answer answer;
        do
            answer = await Api.PostAsync(Api.Publish, Api.Event(Topic));
        while (answer.Status == 404 && watch.Elapsed < TimeSpan.FromSeconds(2));

        Say($"known after {watch.ElapsedMilliseconds} ms");
        answer.AssertPublished(Topic);
        Assert.Equal(1, Reader.EndOffset(Topic));
    }

    [SkippableFact]
    public async Task Publish_AnUnknownTopic_IsNeverMade()
    {
        const string Topic = "game.never.made";

        (await Api.PostAsync(Api.Publish, Api.Event(Topic))).AssertProblem(404, "unknown_topic", "/topic");

        var topics = await KafkaCluster.RunToolAsync("kafka-topics.sh", "--bootstrap-server", Cluster.BootstrapServers, "--list");
        Assert.DoesNotContain(Topic, Api.Lines(topics));
    }
}
