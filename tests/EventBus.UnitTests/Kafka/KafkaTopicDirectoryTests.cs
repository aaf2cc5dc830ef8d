using System.Diagnostics;
using EventBus.Core.Resilience;
using EventBus.Core.Settings;
using EventBus.Core.Topics;
using EventBus.Kafka.Embedded;
using EventBus.Kafka.Topics;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventBus.UnitTests.Kafka;

/// <summary>The directory against the embedded cluster: what needs no real broker.</summary>
public sealed class KafkaTopicDirectoryTests : IAsyncLifetime, IDisposable
{
    private readonly EmbeddedCluster _cluster = new(defaultPartitions: 4);
    private readonly CircuitBreaker _circuit = new(TimeProvider.System);
    private readonly KafkaTopicDirectory _directory;

    public KafkaTopicDirectoryTests() => _directory = Directory(_cluster.Bootstrap, _cluster);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _directory.DisposeAsync();
        _cluster.Dispose();
    }

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public void Connected_BeforeFirstAnswer_False()
    {
        Assert.False(_directory.Connected);
        Assert.True(_circuit.IsOpen);
    }

    [Fact]
    public async Task Start_ClusterThere_ConnectsAndListsTopics()
    {
        _cluster.CreateTopic("game.events");
        _directory.Start();

        await Until(() => _directory.Connected, TimeSpan.FromSeconds(10));

        Assert.True(_directory.Current.TryGet("game.events"u8, out var topic));
        await Until(() => topic.State == new TopicState(4, 1, null), TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task Current_TopicMadeByOthers_KnownWithinTwoSeconds()
    {
        _directory.Start();
        await Until(() => _directory.Connected, TimeSpan.FromSeconds(10));

        _cluster.CreateTopic("game.match");

        await Until(() => _directory.Current.TryGet("game.match"u8, out _), TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task CreateTopicAsync_New_KnownOnReturn()
    {
        _directory.Start();

        var creations = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _directory.CreateTopicAsync(new TopicRequest("game.score"), default)));

        Assert.True(_directory.Current.TryGet("game.score"u8, out _));
        Assert.All(creations, c => Assert.Equal(TopicCreationOutcome.Created, c.Outcome));
        Assert.Equal(TopicCreationOutcome.AlreadyExists, (await _directory.CreateTopicAsync(new TopicRequest("game.score"), default)).Outcome);
    }

    [Fact]
    public async Task Connected_ClusterGone_FalseWithinFiveSecondsAndTopicsStay()
    {
        _cluster.CreateTopic("game.events");
        _directory.Start();
        await Until(() => _directory.Connected, TimeSpan.FromSeconds(10));

        _cluster.Dispose();

        await Until(() => _circuit.IsOpen, TimeSpan.FromSeconds(5));
        Assert.True(_directory.Current.TryGet("game.events"u8, out _));
    }

    [Fact]
    public async Task DisposeAsync_NobodyListens_EndsSoon()
    {
        await using var directory = Directory("127.0.0.1:1", null);
        directory.Start();
        long start = Stopwatch.GetTimestamp();

        await directory.DisposeAsync();

        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(6));
    }

    private static async Task Until(Func<bool> condition, TimeSpan limit)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < limit, $"not so within {limit}");
            await Task.Delay(10);
        }
    }

    private KafkaTopicDirectory Directory(string brokers, EmbeddedCluster? embedded) =>
        new(new KafkaSettings { Brokers = brokers }, "dead-letter-events", _circuit, embedded, TimeProvider.System, NullLogger<KafkaTopicDirectory>.Instance);
}
