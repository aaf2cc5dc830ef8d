using EventBus.Core.Buffering;
using EventBus.UnitTests.Parsing;

namespace EventBus.UnitTests.Buffering;

public sealed unsafe class EventRingTests : IDisposable
{
    private readonly EventRing _ring = new(4096);
    private readonly List<Frame> _drained = [];

    [Theory]
    [InlineData(0)]
    [InlineData(2048)]
    [InlineData(4097)]
    [InlineData(12288)]
    public void Constructor_CapacityIsNoPowerOfTwoFrom4096_Throws(int capacity) =>
        Assert.ThrowsAny<ArgumentException>(() => new EventRing(capacity).Dispose());

    [Fact]
    public void Drain_Frames_ComeInOrderWithTheirTickets()
    {
        for (var i = 0; i < 10; i++)
            Assert.True(Write(100, i));

        Assert.False(_ring.IsEmpty);
        Assert.Equal(4, Drain(4));
        Assert.Equal(6, Drain(100));
        Assert.Equal(0, Drain(100));

        Assert.True(_ring.IsEmpty);
        Assert.Equal(0, _ring.UsedBytes);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (long)i), _drained.Select(f => f.Ticket));
    }

    [Fact]
    public void TryWrite_Full_FalseUntilDrained()
    {
        for (var i = 0; i < 4; i++)
            Assert.True(Write(_ring.MaxFrameLength, i));

        Assert.False(Write(_ring.MaxFrameLength, 4));
        Assert.False(Write(64, 5));
        Assert.Equal(_ring.Capacity, _ring.UsedBytes);
        Assert.Equal(1, Drain(1));
        Assert.True(Write(_ring.MaxFrameLength, 6));
        Assert.False(Write(64, 7));
        Drain(100);
        Assert.Equal([0, 1, 2, 3, 6], _drained.Select(f => f.Ticket));
    }

    [Fact]
    public void TryWrite_LargerThanQuarter_False()
    {
        Assert.False(Write(_ring.MaxFrameLength + 8, 0));
        Assert.True(_ring.IsEmpty);
    }

    [Fact]
    public void TryWrite_DoesNotFitBeforeEnd_IsWholeBehindPadding()
    {
        var ticket = 0;
        for (var lap = 0; lap < 1000; lap++)
        {
            // 968 and 520 share no divisor with the ring but eight, so that every rest at the end comes up.
            Assert.True(Write(968, ticket++));
            Assert.True(Write(520 + (lap % 8 * 8), ticket++));
            Assert.True(Write(48, ticket++));
            Assert.Equal(3, Drain(100));
        }

        Assert.Equal(Enumerable.Range(0, ticket).Select(i => (long)i), _drained.Select(f => f.Ticket));
        Assert.Equal(0, _ring.UsedBytes);
    }

    [Fact]
    public void TryWrite_NoRoomForPadding_FalseThoughFrameWouldFitInBytes()
    {
        Assert.True(Write(512, 0));
        Assert.True(Write(1024, 1));
        Assert.True(Write(1024, 2));
        Assert.True(Write(1024, 3));
        Drain(1);

        // 512 bytes are free at the end and 512 at the start: a frame is never split.
        Assert.False(Write(600, 4));
        Assert.True(Write(512, 5));
        Assert.True(Write(512, 6));
        Drain(100);
        Assert.Equal([0, 1, 2, 3, 5, 6], _drained.Select(f => f.Ticket));
    }

    [Fact]
    public void Park_SomethingWaits_ReturnsAtOnce()
    {
        Write(64, 0);

        _ring.Park(1, TimeSpan.FromMinutes(10));
        _ring.Interrupt();
        Drain(1);
        _ring.Park(1, TimeSpan.FromMinutes(10));
    }

    [Fact]
    public void Park_LessThanAskedFor_WaitsForTime()
    {
        Write(64, 0);
        _ring.Wake();

        var started = TimeProvider.System.GetTimestamp();
        _ring.Park(65, TimeSpan.FromMilliseconds(50));

        Assert.True(TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromMilliseconds(40));
    }

    public void Dispose() => _ring.Dispose();

    private bool Write(int length, long ticket)
    {
        var writer = FrameWriter.ForThread;
        writer.Start();
        writer.Value(new byte[length - FrameHead.Size]);
        return _ring.TryWrite(writer.Finish(0), ticket);
    }

    private int Drain(int limit) => _ring.Drain(frame => _drained.Add(Frame.Read(new ReadOnlySpan<byte>(frame, frame->Length))), limit);
}
