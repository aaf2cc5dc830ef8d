using System.Text;
using EventBus.Contracts;
using EventBus.Core.Events;
using EventBus.Core.Publishing;
using EventBus.Core.Topics;

namespace EventBus.UnitTests.Publishing;

public sealed class EventTypeTableTests
{
    private readonly EventTypeTable _table = new(new EventNames(EventTypes.DefaultDomains));

    [Fact]
    public void Find_SameType_IsOneEntry()
    {
        var first = Find("game.kill");

        Assert.Same(first, Find("game.kill"));
        Assert.Equal("game.kill", first.Name);
        Assert.NotSame(first, Find("game.death"));
    }

    [Fact]
    public void Find_InvalidType_SaysWhy()
    {
        Assert.Null(_table.Find("Game.kill"u8, out var error));
        Assert.NotNull(error);
        Assert.Null(_table.Find(default, out error));
        Assert.NotNull(error);
    }

    [Fact]
    public void Find_TenThousandTypes_BoundedAndRestIsOther()
    {
        var topics = Enumerable.Range(0, 20).Select(i => new Topic(i, $"game.topic_{i}")).ToList();
        var names = new HashSet<string>();
        for (var i = 0; i < 10_000; i++)
        {
            var entry = Find($"game.type_{i}");
            names.Add(entry.Name);
            _table.SeriesOf(topics[i % topics.Count], entry).CountRefused();
        }

        Assert.Equal(EventTypeTable.DefaultMaxTypes + 1, names.Count);
        Assert.Equal(EventTypeTable.Overflow, Find("game.type_9999").Name);
        Assert.Equal("game.type_0", Find("game.type_0").Name);
        Assert.Null(_table.Find("Game.type_9999"u8, out _));
        Assert.InRange(_table.Series.Count, 256, EventTypeTable.DefaultMaxSeries);
        Assert.Equal(10_000, _table.Series.Sum(s => s.Refused));
        Assert.Contains(_table.Series, s => s is { Topic: "game.topic_3", EventType: EventTypeTable.Overflow, Refused: > 0 });
    }

    [Fact]
    public void SeriesOf_ManyTopicsAndTypes_BoundedAndRestIsOtherOther()
    {
        var table = new EventTypeTable(new EventNames(EventTypes.DefaultDomains), maxTypes: 10, maxSeries: 16);
        var topics = Enumerable.Range(0, 40).Select(i => new Topic(i, $"game.topic_{i}")).ToList();
        foreach (var topic in topics)
        {
            for (var i = 0; i < 10; i++)
            {
                table.Find(Encoding.ASCII.GetBytes($"game.type_{i}"), out _);
                table.SeriesOf(topic, table.Find(Encoding.ASCII.GetBytes($"game.type_{i}"), out _)!).CountFailed();
            }
        }

        Assert.Equal(16, table.Series.Count);
        Assert.Equal(400, table.Series.Sum(s => s.Failed));
        Assert.Equal(385, table.Series.Single(s => s is { Topic: EventTypeTable.Overflow, EventType: EventTypeTable.Overflow }).Failed);
    }

    [Fact]
    public void SeriesOf_ManyThreads_OneSeriesEach()
    {
        var topics = Enumerable.Range(0, 8).Select(i => new Topic(i, $"game.topic_{i}")).ToList();
        var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (var i = 0; i < 4000; i++)
                _table.SeriesOf(topics[i % 8], Find($"game.type_{i / 8 % 50}")).CountRefused();
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());

        Assert.Equal(401, _table.Series.Count);
        Assert.All(_table.Series.Skip(1), s => Assert.Equal(40, s.Refused));
    }

    [Fact]
    public void Find_KnownType_AllocatesNothing()
    {
        var topic = new Topic(0, "game.events");
        var type = "game.kill"u8.ToArray();
        _table.SeriesOf(topic, _table.Find(type, out _)!);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            _table.SeriesOf(topic, _table.Find(type, out _)!).CountPublished();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private EventTypeTable.Entry Find(string type) => _table.Find(Encoding.ASCII.GetBytes(type), out _)!;
}
