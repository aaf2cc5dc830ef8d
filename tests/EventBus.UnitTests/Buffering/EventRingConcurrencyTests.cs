using System.Diagnostics;
using EventBus.Core.Buffering;
using Xunit.Abstractions;

namespace EventBus.UnitTests.Buffering;

public sealed unsafe class EventRingConcurrencyTests(ITestOutputHelper output)
{
    private const int Producers = 4;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(4096, 20_000)]
    [InlineData(64 * 1024, 50_000)]
    public void Drain_ManyProducers_EachFrameOnceWholeAndInItsProducersOrder(int capacity, int framesEach)
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        using var ring = new EventRing(capacity);
        var refused = 0;
        var threads = Enumerable.Range(0, Producers).Select(p => new Thread(() => Produce(ring, p, framesEach, new Random(seed + p), ref refused))).ToList();
        var next = new int[Producers];
        var wrong = string.Empty;
        void Check(FrameHead* frame)
        {
            var producer = (int)(frame->Ticket >> 32);
            var number = (int)frame->Ticket;
            var value = new ReadOnlySpan<byte>(frame + 1, frame->ValueLength);
            if (number != next[producer] || value.IndexOfAnyExcept(Fill(producer, number)) >= 0 || frame->KeyLength != 0 || frame->HeaderCount != 0)
                wrong = $"producer {producer}: frame {number}, awaited {next[producer]}";
            next[producer] = number + 1;
        }

        threads.ForEach(t => t.Start());
        var drained = 0;
        var watch = Stopwatch.StartNew();
        while (drained < Producers * framesEach && wrong.Length == 0 && watch.Elapsed < Limit)
        {
            if (ring.IsEmpty)
                ring.Park(1, TimeSpan.FromSeconds(1));
            drained += ring.Drain(Check, 64);
            Assert.InRange(ring.UsedBytes, 0, capacity);
        }

        Assert.Equal(string.Empty, wrong);
        Assert.Equal(Producers * framesEach, drained);
        threads.ForEach(t => Assert.True(t.Join(Limit)));
        Assert.Equal(0, ring.UsedBytes);
        Assert.True(refused > 0 || capacity > 4096, "the ring was never full");
    }

    /// <summary>A wake-up that is lost shows as a park of its full ten seconds.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Wake_EveryGroupAwaited_NoneIsLost(int producers)
    {
        const int groups = 5000;
        using var ring = new EventRing(64 * 1024);
        var handled = new int[producers];
        var done = 0;
        var longest = TimeSpan.Zero;
        var drainer = new Thread(() =>
        {
            while (Volatile.Read(ref done) < producers || !ring.IsEmpty)
            {
                var started = Stopwatch.GetTimestamp();
                if (ring.IsEmpty)
                    ring.Park(1, TimeSpan.FromSeconds(10));
                var parked = Stopwatch.GetElapsedTime(started);
                longest = parked > longest ? parked : longest;
                ring.Drain(frame => Interlocked.Increment(ref handled[frame->Topic]), 1024);
            }
        });
        drainer.Start();
        var watch = Stopwatch.StartNew();
        var threads = Enumerable.Range(0, producers).Select(p => new Thread(() =>
        {
            for (var i = 1; i <= groups && watch.Elapsed < Limit; i++)
            {
                Assert.True(TryWrite(ring, p, 40, 0, 0));
                ring.Wake();
                // Without a sleep: the drainer must be asked again while it is on its way to park.
                for (var wait = default(SpinWait); Volatile.Read(ref handled[p]) != i && watch.Elapsed < Limit;)
                    wait.SpinOnce(sleep1Threshold: -1);
            }

            Interlocked.Increment(ref done);
            ring.Interrupt();
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => Assert.True(t.Join(Limit)));
        Assert.True(drainer.Join(Limit));

        output.WriteLine($"{watch.Elapsed}, longest park {longest}");
        Assert.All(handled, h => Assert.Equal(groups, h));
        Assert.True(longest < TimeSpan.FromSeconds(8), $"parked for {longest}");
    }

    private static void Produce(EventRing ring, int producer, int frames, Random random, ref int refused)
    {
        for (var number = 0; number < frames; number++)
        {
            // Mostly small, now and then up to a quarter of the ring: then the end of the ring must be padded.
            var length = random.Next(random.Next(8) == 0 ? ring.MaxFrameLength - FrameHead.Size : 200);
            while (!TryWrite(ring, 0, length, Fill(producer, number), ((long)producer << 32) | (uint)number))
            {
                Interlocked.Increment(ref refused);
                ring.Wake();
                Thread.Yield();
            }

            if (number % 16 == 0 || number == frames - 1)
                ring.Wake();
        }
    }

    private static byte Fill(int producer, int number) => (byte)((producer * 61) + number + 1);

    private static bool TryWrite(EventRing ring, int topic, int length, byte fill, long ticket)
    {
        var writer = FrameWriter.ForThread;
        writer.Start();
        writer.ReserveValue(length).Fill(fill);
        writer.CommitValue(length);
        return ring.TryWrite(writer.Finish(topic), ticket);
    }
}
