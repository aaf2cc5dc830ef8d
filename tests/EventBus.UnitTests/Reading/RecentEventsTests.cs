using System.Text;
using EventBus.Contracts;
using EventBus.Core.Publishing;
using EventBus.Core.Topics;
using EventBus.Gateway.Status;
using Microsoft.Extensions.Time.Testing;

namespace EventBus.UnitTests.Reading;

public sealed class RecentEventsTests
{
    private static readonly Topic Topic = new(700, "game.events");
    private static readonly EventSeries Series = new("game.events", "game.kill");

    private readonly FakeTimeProvider _time = new();
    private readonly PublishLedger _ledger = new(new Admission(100_000, 1 << 30), TimeProvider.System);
    private readonly RecentEvents _recent;

    public RecentEventsTests() => _recent = new RecentEvents(_time, isUsed: true);

    [Fact]
    public void Note_Published_IsFoundWithItsPlaceAndAge()
    {
        Note(_recent, ("a", 3, 42), ("b", 0, -1));
        _time.Advance(TimeSpan.FromSeconds(7));

        var found = Find("a")!.Value;
        Assert.Equal((RecentState.Published, Topic, 3, 42L), (found.State, found.Topic, found.Partition, found.Offset));
        Assert.Equal(7, found.Age.TotalSeconds, precision: 1);
        Assert.Equal(-1, Find("b")!.Value.Offset);
        Assert.Null(Find("c"));
    }

    [Fact]
    public void Note_SameIdAgain_TheLastOneStands()
    {
        Note(_recent, ("a", 1, 1));
        Note(_recent, ("a", 2, 2));

        Assert.Equal(2, Find("a")!.Value.Offset);
    }

    [Fact]
    public void NotePending_UntilItsOutcome_IsPendingThenThat()
    {
        var batch = _ledger.TryRent(256)!;
        batch.AddPending("ok"u8, Topic, Series, 10);
        batch.AddPending("no"u8, Topic, Series, 10);
        batch.AddPending("who"u8, Topic, Series, 10);
        batch.AddRefused(new Refusal(ErrorCode.Overloaded, ""), "late"u8);
        _recent.NotePending(batch);
        Assert.Equal(RecentState.Pending, Find("ok")!.Value.State);
        Assert.Null(Find("late"));

        batch.Items[0].State = PublishState.Published;
        batch.Items[1].Refusal = new Refusal(ErrorCode.UnknownTopic, "");
        batch.Items[1].State = PublishState.Refused;
        batch.Items[2].Refusal = PublishItem.Unknown;
        batch.Items[2].State = PublishState.Refused;
        _recent.NoteOutcome(batch);

        Assert.Equal(RecentState.Published, Find("ok")!.Value.State);
        Assert.Equal(RecentState.Failed, Find("no")!.Value.State);
        Assert.Equal(RecentState.Unknown, Find("who")!.Value.State);
    }

    [Fact]
    public void NoteOutcome_RetryRefused_LeavesTheFirstAsItIs()
    {
        var first = _ledger.TryRent(256)!;
        first.AddPending("mine"u8, Topic, Series, 10);
        _recent.NotePending(first);
        var retry = _ledger.TryRent(256)!;
        retry.AddRefused(new Refusal(ErrorCode.IdempotencyInFlight, ""), "mine"u8, Topic, Series);
        _recent.NotePending(retry);
        _recent.NoteOutcome(retry);
        Assert.Equal(RecentState.Pending, Find("mine")!.Value.State);

        first.Items[0].State = PublishState.Published;
        _recent.NoteOutcome(first);
        _recent.NoteOutcome(retry);
        Assert.Equal(RecentState.Published, Find("mine")!.Value.State);
    }

    [Fact]
    public void Note_MoreThanItHolds_ForgetsOldOnesAndKeepsTheLast()
    {
        const int Count = RecentEvents.Capacity * 2;
        for (var i = 0; i < Count; i++)
        {
            if (i % 1000 == 0)
                _time.Advance(TimeSpan.FromMilliseconds(1));
            Note(_recent, ($"id-{i}", 0, i));
        }

        var found = Enumerable.Range(0, Count).Where(i => Find($"id-{i}") is { } e && e.Offset == i).ToList();
        Assert.InRange(found.Count, RecentEvents.Capacity * 9 / 10, RecentEvents.Capacity);
        // The last eighth is there but for buckets that it fills more than once over.
        Assert.InRange(found.Count(i => i >= Count - (RecentEvents.Capacity / 8)), RecentEvents.Capacity / 8 * 99 / 100, RecentEvents.Capacity / 8);
    }

    [Fact]
    public void Note_AllocatesNothing()
    {
        var batch = Rent(("a", 1, 1), ("b", 1, 2));
        _recent.Note(batch);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            _recent.Note(batch);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public async Task TryFind_WhileManyWrite_NeverMixesTwoEvents()
    {
        var recent = new RecentEvents(TimeProvider.System, isUsed: true);
        using var stop = new CancellationTokenSource();
        // Partition and offset say the same, so that a half of another's would show.
        var writers = Enumerable.Range(0, 3).Select(w => Task.Run(() =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
                Note(recent, ($"id-{i % 50}", (i * 3) + w, (i * 3) + w));
        })).ToArray();

        var found = 0;
        var watch = System.Diagnostics.Stopwatch.StartNew();
        for (var i = 0; found < 100_000 && watch.Elapsed < TimeSpan.FromSeconds(30); i++)
        {
            if (!recent.TryFind(Encoding.UTF8.GetBytes($"id-{i % 50}"), out var event_))
                continue;
            found++;
            Assert.Equal(event_.Partition, event_.Offset);
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers);
        Assert.True(found > 0);
    }

    [Fact]
    public void Note_NotUsed_KnowsNothing()
    {
        var unused = new RecentEvents(_time, isUsed: false);

        var batch = Rent(("a", 1, 1));
        unused.NotePending(batch);
        unused.Note(batch);

        Assert.False(unused.TryFind("a"u8, out _));
    }

    private RecentEvent? Find(string id) => _recent.TryFind(Encoding.UTF8.GetBytes(id), out var found) ? found : null;

    private void Note(RecentEvents recent, params (string Id, int Partition, long Offset)[] events)
    {
        var batch = Rent(events);
        recent.Note(batch);
        batch.Seal();
        batch.Return();
    }

    private PublishBatch Rent(params (string Id, int Partition, long Offset)[] events)
    {
        var batch = _ledger.TryRent(events.Length == 1 ? 1 : 256)!;
        foreach (var (id, partition, offset) in events)
            batch.AddPublished(Encoding.UTF8.GetBytes(id), Topic, Series, partition, offset);
        return batch;
    }
}
