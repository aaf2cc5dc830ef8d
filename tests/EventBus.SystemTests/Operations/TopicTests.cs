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
    [Trait("Cost", "slow")]
    public async Task Publish_ATopicDeletedAndMadeAgain_IsUnknownAndThenBeginsAgain()
    {
        const string Topic = "game.made.again";
        await Cluster.CreateTopicAsync(Topic);
        await UntilAsync(200, Topic, TimeSpan.FromSeconds(2));
        for (var i = 1; i < 5; i++)
            Assert.Equal(i, (await Api.PostAsync(Api.Publish, Api.Event(Topic))).AssertPublished(Topic).Offset);

        await Cluster.DeleteTopicAsync(Topic);
        // One that is let in before the snapshot knows waits for its time limit: librdkafka gives a young topic time to spread.
        (await UntilAsync(404, Topic, TimeSpan.FromSeconds(15))).AssertProblem(404, "unknown_topic", "/topic");
        await Cluster.CreateTopicAsync(Topic);
        var first = await UntilAsync(200, Topic, TimeSpan.FromSeconds(5));
        var second = await Api.PostAsync(Api.Publish, Api.Event(Topic));

        Say($"{first}, {second}");
        Assert.Equal((0, 1), (first.AssertPublished(Topic).Offset, second.AssertPublished(Topic).Offset));
        Assert.Equal(2, Reader.EndOffset(Topic));
    }

    [SkippableFact]
    public async Task Publish_AnUnknownTopic_IsNeverMade()
    {
        const string Topic = "game.never.made";

        (await Api.PostAsync(Api.Publish, Api.Event(Topic))).AssertProblem(404, "unknown_topic", "/topic");

        var topics = await KafkaCluster.RunToolAsync("kafka-topics.sh", "--bootstrap-server", Cluster.BootstrapServers, "--list");
        Assert.DoesNotContain(Topic, Api.Lines(topics));
    }

    /// <summary>Publishes until the status is the expected one; fails where that takes longer.</summary>
    private async Task<Answer> UntilAsync(int status, string topic, TimeSpan within)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var answer = await Api.PostAsync(Api.Publish, Api.Event(topic));
            Assert.True(watch.Elapsed < within, $"after {watch.Elapsed}: {answer}");
            if (answer.Status == status)
                return answer;
            await Task.Delay(20);
        }
    }
}
