using EventBus.Core.Events;
using EventBus.Core.Publishing;

namespace EventBus.UnitTests.Publishing;

public sealed class AdmissionTests
{
    [Theory]
    [InlineData(EventPriority.Low, 50)]
    [InlineData(EventPriority.Normal, 75)]
    [InlineData(EventPriority.High, 90)]
    [InlineData(EventPriority.Critical, 100)]
    public void TryEnter_EachPriority_UpToItsShareOfEventsAndOfBytes(EventPriority priority, int share)
    {
        var byEvents = new Admission(100, 1_000_000);
        var byBytes = new Admission(1_000_000, 1000);

        Assert.Equal(share, Fill(byEvents, priority, 1));
        Assert.Equal(share, Fill(byBytes, priority, 10));
        Assert.Equal((share, share), (byEvents.Events, byEvents.Bytes));
        Assert.Equal(1, byEvents.Shed(priority));
        Assert.Equal(share == 100, byEvents.IsFull);
    }

    [Fact]
    public void TryEnter_LowIsFull_HigherStillEnters()
    {
        var admission = new Admission(100, 1_000_000);
        foreach (var (priority, more) in new[] { (EventPriority.Low, 50), (EventPriority.Normal, 25), (EventPriority.High, 15), (EventPriority.Critical, 10) })
            Assert.Equal(more, Fill(admission, priority, 1));

        Assert.True(admission.IsFull);
        Assert.Equal([1L, 1, 1, 1], Enum.GetValues<EventPriority>().Select(admission.Shed));
        admission.Leave(100, 100);
        Assert.Equal((0, 0), (admission.Events, admission.Bytes));
        Assert.False(admission.IsFull);
    }

    [Fact]
    public void TryEnter_LargerThanShareIntoEmptyBuffer_Enters()
    {
        var admission = new Admission(100, 1000);

        Assert.True(admission.TryEnter(EventPriority.Low, 5000));
        Assert.True(admission.IsFull);
        Assert.False(admission.TryEnter(EventPriority.Critical, 1));
        admission.Leave(1, 5000);
        Assert.True(admission.TryEnter(EventPriority.Low, 1));
    }

    [Fact]
    public void TryEnter_ManyThreads_NeverOverAndBackToZero()
    {
        var admission = new Admission(64, 64 * 100);
        var inside = 0;
        var most = 0;
        var threads = Enumerable.Range(0, 8).Select(t => new Thread(() =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                if (!admission.TryEnter((EventPriority)(i % 4), 100))
                    continue;
                var now = Interlocked.Increment(ref inside);
                if (now > Volatile.Read(ref most))
                    Volatile.Write(ref most, now);
                if (i % 32 == 0)
                    Thread.Yield();
                Interlocked.Decrement(ref inside);
                admission.Leave(1, 100);
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());

        Assert.InRange(most, 1, 64);
        Assert.Equal((0, 0), (admission.Events, admission.Bytes));
    }

    private static int Fill(Admission admission, EventPriority priority, int bytes)
    {
        var count = 0;
        while (admission.TryEnter(priority, bytes))
            count++;
        return count;
    }
}
