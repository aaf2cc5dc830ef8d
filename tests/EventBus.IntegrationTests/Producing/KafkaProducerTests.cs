using System.Diagnostics;
using System.Text;
using EventBus.Contracts;
using EventBus.Core.Publishing;
using EventBus.Core.Topics;
using EventBus.Kafka.Topics;
using EventBus.TestKit.Kafka;
using EventBus.TestKit.Records;

namespace EventBus.IntegrationTests.Producing;

/// <summary>The producer against one real broker, shared by these tests.</summary>
public sealed class KafkaProducerTests(KafkaProducerTests.Broker broker) : IClassFixture<KafkaProducerTests.Broker>
{
    private static int _topics;

    [SkippableFact]
    public async Task Publish_TenThousandEvents_InLogOnceWhereAcknowledgedAndInOrderPerKey()
    {
        const int publishers = 4;
        const int partitions = 6;
        var topic = await NewTopicAsync(partitions);
        using var rig = new ProducerRig(broker.Servers);

        var batches = await Task.WhenAll(Enumerable.Range(0, publishers).Select(p => Task.Run(() => Enumerable.Range(0, 50)
            .Select(g => Group(p, g)).Select(events => (Events: events, Batch: rig.Submit(topic, events))).ToList())));

        var expected = new Dictionary<string, (string Key, int Partition, long Offset)>();
        foreach (var (events, batch) in batches.SelectMany(b => b))
        {
            var outcomes = await ProducerRig.OutcomesOf(batch);
            for (var i = 0; i < events.Count; i++)
            {
                Assert.Equal(PublishState.Published, outcomes[i].State);
                expected.Add(Encoding.UTF8.GetString(events[i].Value), (events[i].Key, outcomes[i].Partition, outcomes[i].Offset));
            }
        }

        using var reader = new RecordReader(broker.Servers);
        var records = reader.ReadAll(topic.Name);
        Assert.Equal(10_000, records.Count);
        Assert.Equal(expected.OrderBy(e => e.Key), records.ToDictionary(r => r.ValueText, r => (r.KeyText!, r.Partition, r.Offset)).OrderBy(e => e.Key));
        Assert.All(records, r => Assert.Equal(Murmur2.Partition(r.Key, partitions), r.Partition));
        Assert.All(records, r => Assert.Equal((r.KeyText, "é"), (r.Header("ce_id"), r.Header("own"))));
        foreach (var key in records.GroupBy(r => r.KeyText))
        {
            var numbers = key.Select(r => int.Parse(r.ValueText.Split(':')[1])).ToList();
            Assert.Equal(numbers.Order(), numbers);
        }

        Assert.Equal((10_000, 10_000, 0, 0), (rig.Published, rig.Producer.Delivered, rig.Producer.Failed, rig.Admission.Events));
        Assert.InRange(rig.Producer.HandOvers, 3, 10_000);
    }

    [SkippableFact]
    public async Task RaiseFatalError_UnderLoad_AllAnsweredTruthfullyAndPublishingGoesOn()
    {
        var topic = await NewTopicAsync(3);
        using var rig = new ProducerRig(broker.Servers);
        await ProducerRig.OutcomesOf(rig.Submit(topic, Group(9, 0)));

        var batches = new List<(IReadOnlyList<(string Key, byte[] Value)> Events, PublishBatch Batch)>();
        for (var g = 0; g < 60; g++)
        {
            var events = Group(0, g);
            batches.Add((events, rig.Submit(topic, events)));
            if (g == 30)
                rig.Producer.RaiseFatalError("test");
        }

        var stored = new List<string>();
        var notStored = new List<string>();
        foreach (var (events, batch) in batches)
        {
            var outcomes = await ProducerRig.OutcomesOf(batch);
            for (var i = 0; i < events.Count; i++)
            {
                if (outcomes[i].State == PublishState.Published)
                    stored.Add(Encoding.UTF8.GetString(events[i].Value));
                else if (outcomes[i].Refusal.Error != ErrorCode.PublishOutcomeUnknown)
                    notStored.Add(Encoding.UTF8.GetString(events[i].Value));
            }
        }

        await UntilAsync(() => rig.Producer.Rebuilds == 1 && rig.Producer.IsAvailable);
        var after = await ProducerRig.OutcomesOf(rig.Submit(topic, Group(1, 0)));
        Assert.All(after, o => Assert.Equal(PublishState.Published, o.State));
        using var reader = new RecordReader(broker.Servers);
        var log = reader.ReadAll(topic.Name).Select(r => r.ValueText).ToList();
        Assert.Equal(log.Count, log.Distinct().Count());
        Assert.Empty(stored.Except(log));
        Assert.Empty(notStored.Intersect(log));
        Assert.Equal(0, rig.Admission.Events);
        Assert.Equal(1, rig.Producer.Rebuilds);
    }

    [SkippableFact]
    public async Task Stop_EventsWaiting_AllStoredAndAnswered()
    {
        var topic = await NewTopicAsync(2);
        using var rig = new ProducerRig(broker.Servers);
        var batches = Enumerable.Range(0, 40).Select(g => rig.Submit(topic, Group(0, g))).ToList();

        rig.Producer.Stop(TimeSpan.FromSeconds(20));

        foreach (var batch in batches)
            Assert.All(await ProducerRig.OutcomesOf(batch), o => Assert.Equal(PublishState.Published, o.State));
        rig.Producer.Stop(TimeSpan.FromSeconds(1));
        using var reader = new RecordReader(broker.Servers);
        Assert.Equal(2000, reader.EndOffset(topic.Name));
    }

    [Fact]
    public async Task Stop_NoBroker_AllAnsweredWithinTime()
    {
        using var rig = new ProducerRig("127.0.0.1:1");
        var batches = Enumerable.Range(0, 20).Select(g => rig.Submit(new Topic(0, "game.nowhere"), Group(0, g))).ToList();
        var watch = Stopwatch.StartNew();

        rig.Producer.Stop(TimeSpan.FromSeconds(1));

        foreach (var batch in batches)
            Assert.All(await ProducerRig.OutcomesOf(batch), o => Assert.Equal(ErrorCode.KafkaUnavailable, o.Refusal.Error));
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(6));
        Assert.Equal(0, rig.Admission.Events);
    }

    [SkippableFact]
    public async Task Publish_UnknownTopic_RefusedAndOthersGoOn()
    {
        var topic = await NewTopicAsync(1);
        using var rig = new ProducerRig(broker.Servers);

        var unknown = rig.Submit(new Topic(900, "game.never_made"), Group(0, 0));
        var known = await ProducerRig.OutcomesOf(rig.Submit(topic, Group(0, 1)));

        Assert.All(known, o => Assert.Equal(PublishState.Published, o.State));
        Assert.All(await ProducerRig.OutcomesOf(unknown), o => Assert.Contains(o.Refusal.Error, new[] { ErrorCode.UnknownTopic, ErrorCode.KafkaUnavailable }));
        Assert.Equal(50, rig.Published);
    }

    [SkippableFact]
    public async Task Publish_LargerThanTopicOrClientTakes_RefusedAndNotStored()
    {
        var topic = await NewTopicAsync(1, new() { ["max.message.bytes"] = "20000" });
        using var rig = new ProducerRig(broker.Servers);
        var noise = new byte[1_200_000];
        new Random(1).NextBytes(noise);

        var tooLarge = await ProducerRig.OutcomesOf(rig.Submit(topic, ("a", noise[..100_000])));
        var farTooLarge = await ProducerRig.OutcomesOf(rig.Submit(topic, ("b", noise)));
        var small = await ProducerRig.OutcomesOf(rig.Submit(topic, ("c", noise[..100])));

        Assert.Equal(ErrorCode.EventTooLarge, tooLarge[0].Refusal.Error);
        Assert.Equal(ErrorCode.EventTooLarge, farTooLarge[0].Refusal.Error);
        Assert.Equal(PublishState.Published, small[0].State);
        using var reader = new RecordReader(broker.Servers);
        Assert.Equal("c", Assert.Single(reader.ReadAll(topic.Name)).KeyText);
    }

    [SkippableFact]
    public async Task Publish_TooLargeAmongOthers_OutcomesAgreeWithLog()
    {
        var topic = await NewTopicAsync(1, new() { ["max.message.bytes"] = "20000" });
        using var rig = new ProducerRig(broker.Servers);
        var noise = new byte[100_000];
        new Random(2).NextBytes(noise);

        var outcomes = await ProducerRig.OutcomesOf(rig.Submit(topic, ("a", noise[..100]), ("b", noise), ("c", noise[..200])));

        using var reader = new RecordReader(broker.Servers);
        var log = reader.ReadAll(topic.Name).Select(r => r.KeyText!).ToList();
        string[] keys = ["a", "b", "c"];
        Assert.Equal(keys.Where((_, i) => outcomes[i].State == PublishState.Published), log);
        Assert.Equal(ErrorCode.EventTooLarge, outcomes[1].Refusal.Error);
    }

    private static List<(string Key, byte[] Value)> Group(int publisher, int group) =>
        [.. Enumerable.Range(group * 50, 50).Select(n => ($"k{publisher}-{n % 20}", Encoding.UTF8.GetBytes($"k{publisher}-{n % 20}:{n}")))];

    private static async Task UntilAsync(Func<bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), "not so within 30 s");
            await Task.Delay(20);
        }
    }

    private async Task<Topic> NewTopicAsync(int partitions, Dictionary<string, string>? settings = null)
    {
        Skip.If(KafkaCluster.UnavailableReason is not null, KafkaCluster.UnavailableReason);
        var index = Interlocked.Increment(ref _topics);
        var topic = new Topic(index, $"game.produced_{index}");
        await broker.Cluster!.CreateTopicAsync(topic.Name, partitions, settings: settings);
        return topic;
    }

    /// <summary>One broker for the class; none where no distribution is at hand.</summary>
    public sealed class Broker : IAsyncLifetime
    {
        public KafkaCluster? Cluster { get; private set; }

        public string Servers => Cluster!.BootstrapServers;

        public async Task InitializeAsync() => Cluster = KafkaCluster.UnavailableReason is null ? await KafkaCluster.StartAsync() : null;

        public async Task DisposeAsync()
        {
            if (Cluster is not null)
                await Cluster.DisposeAsync();
        }
    }
}
