using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using EventBus.Contracts;
using EventBus.Core.Events;
using EventBus.Core.Publishing;
using EventBus.Core.Topics;
using Xunit.Abstractions;

namespace EventBus.UnitTests.Publishing;

/// <summary>Requests, delivery reports from two threads and a deadline that strikes at random, all at once.</summary>
public sealed class PublishLedgerStressTests(ITestOutputHelper output)
{
    private const int Requests = 3000;
    private const int Publishers = 4;

    private readonly Admission _admission = new(100_000, 1_000_000_000);
    private readonly Topic _topic = new(0, "game.events");
    private readonly EventSeries _series = new("game.events", "game.kill");
    private readonly ConcurrentDictionary<PublishBatch, int> _owners = new();
    private readonly BlockingCollection<(long Ticket, long Value)>[] _reports = [[], []];
    private int _unknown;

    [Fact]
    public async Task Ledger_DeadlinesAmongOutcomes_EachWaiterGetsItsOwnAndNothingIsLeft()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var ledger = new PublishLedger(_admission, TimeProvider.System);
        var completers = _reports.Select((r, i) => new Thread(() => Complete(ledger, r, new Random(seed + i)))).ToList();
        completers.ForEach(t => t.Start());
        var running = true;
        var expired = 0;
        var sweeper = new Thread(() =>
        {
            while (Volatile.Read(ref running))
            {
                expired += ledger.Expire(TimeSpan.FromMilliseconds(1));
                Thread.Yield();
            }
        });
        sweeper.Start();

        var publishers = Enumerable.Range(0, Publishers).Select(p => Task.Run(() => PublishAsync(ledger, p, new Random(seed + 10 + p)))).ToList();
        await Task.WhenAll(publishers).WaitAsync(TimeSpan.FromSeconds(120));

        Volatile.Write(ref running, false);
        sweeper.Join();
        Array.ForEach(_reports, r => r.CompleteAdding());
        completers.ForEach(t => Assert.True(t.Join(TimeSpan.FromSeconds(30))));
        output.WriteLine($"{expired} expired, {_unknown} items unknown, {ledger.Batches} batches");
        Assert.True(expired > 0);
        Assert.Equal((0, 0), (_admission.Events, _admission.Bytes));

        // Each batch came back, and once: of those rented now, none comes twice. The last completions may still be on the thread pool.
        var made = ledger.Batches;
        var watch = Stopwatch.StartNew();
        while (_owners.Count < made && watch.Elapsed < TimeSpan.FromSeconds(10))
        {
            if (!RentAgain(ledger, 1, made) & !RentAgain(ledger, 2, made))
                await Task.Delay(1);
        }

        Assert.Equal(made, _owners.Count);
    }

    private bool RentAgain(PublishLedger ledger, int events, int made)
    {
        // Null once every group there may be is rented.
        if (ledger.TryRent(events) is not { } batch || batch.Index >= made)
            return false;
        Assert.True(_owners.TryAdd(batch, 0), "a batch was given back twice");
        return true;
    }

    private async Task PublishAsync(PublishLedger ledger, int publisher, Random random)
    {
        for (var request = 0; request < Requests; request++)
        {
            var events = random.Next(3) == 0 ? random.Next(2, 40) : 1;
            var batch = events == 1 ? ledger.TryRent(1)! : await ledger.RentGroupAsync(CancellationToken.None);
            Assert.True(_owners.TryAdd(batch, publisher), "a batch has two users");
            var values = new long[events];
            for (var i = 0; i < events; i++)
            {
                values[i] = ((long)publisher << 40) | ((long)request << 8) | (uint)i;
                Assert.True(_admission.TryEnter(EventPriority.Critical, i + 1));
                var ticket = batch.AddPending(Encoding.ASCII.GetBytes($"{values[i]}"), _topic, _series, i + 1);
                _reports[random.Next(2)].Add((ticket, values[i]));
            }

            batch.Seal();
            await batch.WaitAsync();
            Check(batch, values);
            Assert.True(_owners.TryRemove(batch, out _));
            batch.Return();
        }
    }

    private void Check(PublishBatch batch, long[] values)
    {
        Assert.Equal(values.Length, batch.Count);
        for (var i = 0; i < values.Length; i++)
        {
            ref var item = ref batch.Items[i];
            Assert.Equal($"{values[i]}", Encoding.ASCII.GetString(batch.IdOf(item)));
            switch (item.State)
            {
                case PublishState.Published:
                    Assert.Equal(values[i], item.Offset);
                    break;
                case PublishState.Refused:
                    Assert.Equal($"{values[i]}", item.Refusal.Detail);
                    break;
                default:
                    Interlocked.Increment(ref _unknown);
                    break;
            }
        }
    }

    private static void Complete(PublishLedger ledger, BlockingCollection<(long Ticket, long Value)> reports, Random random)
    {
        var outcomes = new OutcomeCollector(ledger);
        foreach (var (ticket, value) in reports.GetConsumingEnumerable())
        {
            if (random.Next(400) == 0)
                Thread.Sleep(2);
            if (random.Next(4) == 0)
                outcomes.Refused(ticket, new Refusal(ErrorCode.KafkaUnavailable, $"{value}"));
            else
                outcomes.Published(ticket, 0, value);
            if (reports.Count == 0 || random.Next(8) == 0)
                outcomes.Flush();
        }

        outcomes.Flush();
    }
}
