using System.Text;
using Confluent.Kafka;
using EventBus.Core.Schemas;
using EventBus.Core.Topics;
using EventBus.Kafka.Topics;

namespace EventBus.UnitTests.Kafka;

public sealed class TopicTrackerTests
{
    private readonly TopicTracker _tracker = new("dead-letter-events", maxTopics: 10);

    [Fact]
    public void Apply_InternalTopics_LeftOut()
    {
        var (added, _) = _tracker.Apply(
        [
            Topic("__consumer_offsets", [3]),
            Topic("game.events.dlq", [3]),
            Topic("sub.0197f3a0", [3]),
            Topic("dead-letter-events", [3]),
            Topic("game.events", [3]),
        ]);

        Assert.Equal(1, added);
        Assert.Equal("game.events", Assert.Single(_tracker.Current.Topics).Name);
    }

    [Fact]
    public void Apply_SameAgain_KeepsSnapshotAndState()
    {
        _tracker.Apply([Topic("game.events", [3, 3])]);
        var snapshot = _tracker.Current;
        var state = Find("game.events")!.State;

        Assert.Equal((0, 0), _tracker.Apply([Topic("game.events", [3, 3])]));

        Assert.Same(snapshot, _tracker.Current);
        Assert.Same(state, Find("game.events")!.State);
    }

    [Fact]
    public void Apply_ARegistry_ShowsItsTopicsAloneWithTheirSchemas()
    {
        var schema = TopicSchema.TryCompile("{}", out _);
        var topics = new[] { Topic("game.events", [3]), Topic("game.match", [3]) };
        _tracker.Apply(topics);
        var match = Find("game.match");

        Assert.Equal((0, 0), _tracker.Apply(topics, new RegistrySnapshot(1, new Dictionary<string, TopicSchema?> { ["game.events"] = schema, ["game.none"] = null })));
        Assert.Same(schema, Assert.Single(_tracker.Current.Topics).Schema);

        _tracker.Apply(topics, new RegistrySnapshot(2, new Dictionary<string, TopicSchema?> { ["game.events"] = null, ["game.match"] = schema }));
        Assert.Null(Find("game.events")!.Schema);
        Assert.Same(match, Find("game.match"));
        Assert.Same(schema, match!.Schema);
    }

    [Fact]
    public void Apply_MorePartitions_StateFollows()
    {
        _tracker.Apply([Topic("game.events", [3])]);
        _tracker.SetMinimum("game.events", 2, TimeSpan.Zero);
        _tracker.Apply([Topic("game.events", [3, 3, 1])]);

        var state = Find("game.events")!.State;
        Assert.Equal(3, state.Partitions);
        Assert.Equal([false, false, true], state.UnderMinimum!);
    }

    [Fact]
    public void Apply_MissingOnce_Stays()
    {
        _tracker.Apply([Topic("game.events", [3]), Topic("game.match", [3])]);

        Assert.Equal((0, 0), _tracker.Apply([Topic("game.events", [3])]));
        Assert.NotNull(Find("game.match"));

        Assert.Equal((0, 1), _tracker.Apply([Topic("game.events", [3])]));
        Assert.Null(Find("game.match"));
    }

    [Fact]
    public void Apply_TopicMadeAgain_SameObjectFreshState()
    {
        _tracker.Apply([Topic("game.events", [3, 3, 3])]);
        _tracker.SetMinimum("game.events", 2, TimeSpan.FromHours(1));
        var first = Find("game.events")!;
        _tracker.Apply([]);
        _tracker.Apply([]);
        Assert.Same(TopicState.Unknown, first.State);

        Assert.Equal((1, 0), _tracker.Apply([Topic("game.events", [3])]));

        Assert.Same(first, Find("game.events"));
        Assert.Equal(new TopicState(1, 0, null), first.State);
        Assert.Equal(["game.events"], _tracker.DueForMinimum(TimeSpan.Zero, 10));
    }

    [Fact]
    public void Apply_FewerInSyncThanMinimum_FlagsThosePartitions()
    {
        _tracker.Apply([Topic("game.events", [1, 2, 3])]);
        Assert.Null(Find("game.events")!.State.UnderMinimum);

        _tracker.SetMinimum("game.events", 2, TimeSpan.Zero);
        Assert.Equal([true, false, false], Find("game.events")!.State.UnderMinimum!);

        _tracker.Apply([Topic("game.events", [1, 1, 3])]);
        Assert.Equal([true, true, false], Find("game.events")!.State.UnderMinimum!);
        Assert.Equal(2, _tracker.PartitionsUnderMinimum);

        _tracker.Apply([Topic("game.events", [2, 2, 3])]);
        Assert.Null(Find("game.events")!.State.UnderMinimum);
        Assert.Equal(0, _tracker.PartitionsUnderMinimum);
    }

    [Fact]
    public void Apply_WithoutLeader_FlaggedOnlyWhenItLasts()
    {
        _tracker.Apply([Topic("game.events", [1, 1])]);
        _tracker.SetMinimum("game.events", 1, TimeSpan.Zero);

        _tracker.Apply([Topic("game.events", [1, 1], leaderless: 1)]);
        Assert.Null(Find("game.events")!.State.UnderMinimum);

        _tracker.Apply([Topic("game.events", [1, 1], leaderless: 1)]);
        Assert.Equal([false, true], Find("game.events")!.State.UnderMinimum!);

        _tracker.Apply([Topic("game.events", [1, 1])]);
        Assert.Null(Find("game.events")!.State.UnderMinimum);
    }

    [Fact]
    public void Apply_MoreThanLimit_LeftOutAndSaid()
    {
        _tracker.Apply([.. Enumerable.Range(0, 10).Select(i => Topic($"game.t{i}", [1]))]);
        Assert.False(_tracker.Overflowed);

        _tracker.Apply([.. Enumerable.Range(0, 12).Select(i => Topic($"game.t{i}", [1]))]);

        Assert.True(_tracker.Overflowed);
        Assert.Equal(10, _tracker.Current.Topics.Count);
        Assert.Null(Find("game.t11"));
        Assert.Equal(Enumerable.Range(0, 10), _tracker.Current.Topics.Select(t => t.Index).Order());
    }

    [Fact]
    public void DueForMinimum_AfterSet_DueAgainAtItsTime()
    {
        _tracker.Apply([Topic("game.a", [1]), Topic("game.b", [1]), Topic("game.c", [1])]);
        _tracker.SetMinimum("game.a", 1, TimeSpan.FromSeconds(30));
        _tracker.Postpone("game.b", TimeSpan.FromSeconds(2));

        Assert.Equal(["game.c"], _tracker.DueForMinimum(TimeSpan.Zero, 10));
        Assert.Equal(["game.c", "game.b"], _tracker.DueForMinimum(TimeSpan.FromSeconds(30), 2));
    }

    private static TopicMetadata Topic(string name, int[] inSync, int leaderless = -1) => new(
        name,
        [.. inSync.Select((count, i) => new PartitionMetadata(i, i == leaderless ? -1 : 1, [1, 2, 3], [.. Enumerable.Range(1, count)], new Error(ErrorCode.NoError)))],
        new Error(ErrorCode.NoError));

    private Topic? Find(string name) => _tracker.Current.TryGet(Encoding.UTF8.GetBytes(name), out var topic) ? topic : null;
}
