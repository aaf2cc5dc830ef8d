using System.Diagnostics;
using System.Text;
using EventBus.Contracts;
using EventBus.Core.Events;
using EventBus.Core.Publishing;
using EventBus.Core.Topics;
using Microsoft.Extensions.Time.Testing;

namespace EventBus.UnitTests.Publishing;

public sealed class PublishBatchTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(15);

    private readonly FakeTimeProvider _time = new();
    private readonly Admission _admission = new(1000, 1_000_000);
    private readonly Topic _topic = new(0, "game.events");
    private readonly EventSeries _series = new("game.events", "game.kill");
    private readonly PublishLedger _ledger;
    private readonly OutcomeCollector _outcomes;

    public PublishBatchTests()
    {
        _ledger = new PublishLedger(_admission, _time);
        _outcomes = new OutcomeCollector(_ledger);
    }

    [Fact]
    public async Task Seal_NothingLetIn_CompletesAtOnce()
    {
        var batch = _ledger.TryRent(1)!;
        batch.AddRefused(new Refusal(ErrorCode.Overloaded, "full"), "id"u8, _topic, _series);
        batch.Seal();

        Assert.True(IsDone(batch.WaitAsync()));
        await batch.WaitAsync();
        Assert.Equal(PublishState.Refused, batch.Items[0].State);
        Assert.Equal("id"u8, batch.IdOf(batch.Items[0]));
        batch.Return();
        Assert.Same(batch, _ledger.TryRent(1));
        Assert.Equal(0, batch.Count);
    }

    [Fact]
    public void Seal_AllOutcomesBefore_CompletesAtOnce()
    {
        var batch = _ledger.TryRent(2)!;
        var first = Add(batch, "1");
        var second = Add(batch, "2");
        _outcomes.Published(second, 4, 9);
        _outcomes.Refused(first, new Refusal(ErrorCode.KafkaUnavailable, "away"));
        _outcomes.Flush();

        Assert.False(IsDone(batch.WaitAsync()));
        batch.Seal();

        Assert.True(IsDone(batch.WaitAsync()));
        Assert.Equal((PublishState.Refused, ErrorCode.KafkaUnavailable), (batch.Items[0].State, batch.Items[0].Refusal.Error));
        Assert.Equal((PublishState.Published, 4, 9L), (batch.Items[1].State, batch.Items[1].Partition, batch.Items[1].Offset));
        Assert.Equal((1, 1), (_series.Published, _series.Failed));
        Assert.Equal((0, 0), (_admission.Events, _admission.Bytes));
    }

    [Fact]
    public async Task Flush_LastOutcomeAfterSeal_WakesWaiterOnce()
    {
        var batch = _ledger.TryRent(2)!;
        var tickets = new[] { Add(batch, "1"), Add(batch, "2"), Add(batch, "3") };
        batch.AddRefused(new Refusal(ErrorCode.Overloaded, "full"));
        batch.AddPublished("old"u8, _topic, _series, 1, 2);
        batch.Seal();
        var wait = batch.WaitAsync().AsTask();

        _outcomes.Published(tickets[0], 0, 0);
        _outcomes.Published(tickets[1], 0, 1);
        _outcomes.Flush();
        Assert.Equal(1, _admission.Events);
        _outcomes.Published(tickets[2], 0, 2);
        Assert.False(wait.IsCompleted);
        _outcomes.Flush();

        await wait.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal((5, 3), (batch.Count, batch.Submitted));
        Assert.Equal("1 2 3  old", string.Join(' ', Ids(batch)));
        Assert.Equal([0, 1, 2, 0, 2], batch.Items.ToArray().Select(i => i.Offset));
        batch.Return();
    }

    [Fact]
    public async Task Withdraw_RingWasFull_CountsNoMore()
    {
        var batch = _ledger.TryRent(2)!;
        var kept = Add(batch, "1");
        Add(batch, "2");
        batch.Withdraw(new Refusal(ErrorCode.Overloaded, "full"));
        batch.Seal();
        _outcomes.Published(kept, 0, 7);
        _outcomes.Flush();

        await batch.WaitAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal([PublishState.Published, PublishState.Refused], batch.Items.ToArray().Select(i => i.State));
    }

    [Fact]
    public async Task Expire_NoOutcome_WakesWaiterAndKeepsBatchForLateOutcome()
    {
        var batch = _ledger.TryRent(1)!;
        var ticket = Add(batch, "1");
        batch.Seal();
        var wait = batch.WaitAsync().AsTask();
        _time.Advance(Deadline);
        Assert.Equal(0, _ledger.Expire(Deadline));
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(1, _ledger.Expire(Deadline));
        Assert.Equal(0, _ledger.Expire(Deadline));

        await wait.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(PublishState.Pending, batch.Items[0].State);
        Assert.Equal(1, _admission.Events);
        batch.Return();
        Assert.NotSame(batch, _ledger.TryRent(1));

        _outcomes.Published(ticket, 1, 2);
        _outcomes.Flush();
        Assert.Equal(0, _admission.Events);
        await IsRecycledAsync(batch);
        Assert.Equal(0, batch.Count);
    }

    [Fact]
    public async Task Expire_BatchOfNextUser_NotWoken()
    {
        var batch = _ledger.TryRent(1)!;
        var ticket = Add(batch, "1");
        batch.Seal();
        _time.Advance(Deadline * 2);
        _outcomes.Published(ticket, 0, 0);
        _outcomes.Flush();
        await batch.WaitAsync();
        batch.Return();
        await IsRecycledAsync(batch);

        var next = Add(batch, "2");
        batch.Seal();
        var wait = batch.WaitAsync().AsTask();

        Assert.Equal(0, _ledger.Expire(Deadline));
        await Task.Delay(20);
        Assert.False(wait.IsCompleted);
        _outcomes.Published(next, 0, 1);
        _outcomes.Flush();
        await wait.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Expire_BatchInPool_LeftAlone()
    {
        var batch = _ledger.TryRent(1)!;
        batch.Seal();
        batch.Return();
        _time.Advance(Deadline * 2);

        Assert.Equal(0, _ledger.Expire(Deadline));
    }

    [Fact]
    public async Task Expire_BatchNotSealedYet_CompletesOnceAndIsRecycled()
    {
        var batch = _ledger.TryRent(2)!;
        var ticket = Add(batch, "1");
        _time.Advance(Deadline * 2);
        Assert.Equal(1, _ledger.Expire(Deadline));
        batch.Seal();
        await batch.WaitAsync();
        batch.Return();

        _outcomes.Published(ticket, 0, 0);
        _outcomes.Flush();

        await IsRecycledAsync(batch, 2);
    }

    [Fact]
    public void TryRent_SinglesAndGroups_AreApart()
    {
        var single = _ledger.TryRent(1)!;
        single.Seal();
        single.Return();

        var group = _ledger.TryRent(PublishLedger.GroupCapacity)!;

        Assert.NotSame(single, group);
        Assert.Same(single, _ledger.TryRent(1));
        for (var i = 0; i < PublishLedger.GroupCapacity; i++)
            Add(group, i.ToString());
        Assert.Equal(PublishLedger.GroupCapacity, group.Count);
        Assert.Equal(2, _ledger.Batches);
    }

    [Fact]
    public async Task RentGroupAsync_AllInUse_WaitsForOneToComeBack()
    {
        var batches = new List<PublishBatch>();
        while (_ledger.TryRent(2) is { } batch)
            batches.Add(batch);
        Assert.Equal(PublishLedger.MaxGroups, batches.Count);
        var rent = _ledger.RentGroupAsync(CancellationToken.None).AsTask();
        Assert.False(rent.IsCompleted);

        batches[7].Seal();
        batches[7].Return();
        _time.Advance(TimeSpan.FromMilliseconds(5));

        Assert.Same(batches[7], await rent.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void TryRentGroups_NotEnoughLeft_TakesNone()
    {
        var (most, more, rest) = (new List<PublishBatch>(), new List<PublishBatch>(), new List<PublishBatch>());

        Assert.True(_ledger.TryRentGroups((PublishLedger.MaxGroups - 2) * PublishLedger.GroupCapacity, most));
        Assert.False(_ledger.TryRentGroups((2 * PublishLedger.GroupCapacity) + 1, more));
        Assert.True(_ledger.TryRentGroups(2 * PublishLedger.GroupCapacity, rest));

        Assert.Equal(PublishLedger.MaxGroups - 2, most.Count);
        Assert.Empty(more);
        Assert.Equal(2, rest.Count);
    }

    [Fact]
    public void IdOf_LongIds_AllKept()
    {
        var batch = _ledger.TryRent(2)!;
        var ids = Enumerable.Range(0, 200).Select(i => new string((char)('a' + (i % 26)), i * 3)).ToList();
        foreach (var id in ids)
            Add(batch, id);

        Assert.Equal(ids, Ids(batch));
    }

    [Fact]
    public void Describe_PendingEvent_SaysSeriesAndStart()
    {
        var batch = _ledger.TryRent(1)!;
        var ticket = Add(batch, "1");

        Assert.Equal((_series, _time.GetTimestamp()), _outcomes.Describe(ticket));
        Assert.Same(_topic, _ledger.TopicOf(ticket));
    }

    private static bool IsDone(ValueTask wait) => wait.IsCompletedSuccessfully;

    private static List<string> Ids(PublishBatch batch)
    {
        var ids = new List<string>();
        foreach (ref var item in batch.Items)
            ids.Add(Encoding.UTF8.GetString(batch.IdOf(item)));
        return ids;
    }

    private long Add(PublishBatch batch, string id)
    {
        Assert.True(_admission.TryEnter(EventPriority.Critical, 100));
        return batch.AddPending(Encoding.UTF8.GetBytes(id), _topic, _series, 100);
    }

    /// <summary>The thread that completes a batch lets go of it last, after the waiter was woken.</summary>
    private async Task IsRecycledAsync(PublishBatch batch, int events = 1)
    {
        var watch = Stopwatch.StartNew();
        while (!ReferenceEquals(_ledger.TryRent(events), batch))
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), "not recycled");
            await Task.Delay(1);
        }
    }
}
