using EventBus.Hosting.Metrics;

namespace EventBus.UnitTests.Hosting;

public class BoundedLabelsTests
{
    [Fact]
    public void Get_BeyondTheCap_SharesOneEntry()
    {
        var made = new List<string>();
        var labels = new BoundedLabels<string>(2, value =>
        {
            made.Add(value);
            return value;
        });

        Assert.Equal("a", labels.Get("a"));
        Assert.Equal("b", labels.Get("b"u8));
        Assert.Equal("other", labels.Get("c"));
        Assert.Equal("other", labels.Get("d"u8));
        Assert.Equal("a", labels.Get("a"u8));
        Assert.Equal(2, labels.Count);
        Assert.Equal(["other", "a", "b"], made);
    }

    [Fact]
    public void Get_ValueTooLong_IsOtherAndTakesNoPlace()
    {
        var labels = new BoundedLabels<string>(10, value => value);

        Assert.Equal("other", labels.Get(new string('x', 250)));
        Assert.Equal("other", labels.Get(new byte[100_000]));
        Assert.Equal(0, labels.Count);
        Assert.Equal(new string('x', 249), labels.Get(new string('x', 249)));
    }

    [Fact]
    public void Get_ManyThreads_MakesEachEntryOnceAndKeepsTheCap()
    {
        var made = 0;
        var labels = new BoundedLabels<string>(50, value =>
        {
            Interlocked.Increment(ref made);
            return value;
        });

        Parallel.For(0, 8, _ =>
        {
            for (var i = 0; i < 200; i++)
                Assert.Contains(labels.Get($"v{i}"), new[] { $"v{i}", "other" });
        });

        Assert.Equal(50, labels.Count);
        Assert.Equal(51, made);
    }

    [Fact]
    public void Get_KnownValue_AllocatesNothing()
    {
        var labels = new BoundedLabels<string>(1, value => value);
        labels.Get("game.kill"u8);
        labels.Get("full"u8);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1000; i++)
        {
            labels.Get("game.kill"u8);
            labels.Get("another"u8);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
