using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EventBus.Core.Buffering;

namespace EventBus.UnitTests.Buffering;

public sealed class RingPositionsTests
{
    /// <summary>CPUs fetch cache lines of 64 bytes in pairs.</summary>
    private const int Apart = 128;

    [Fact]
    public void Layout_SharedWords_EachAloneOnTwoCacheLines()
    {
        int[] offsets =
        [
            0,
            (int)Marshal.OffsetOf<RingPositions>(nameof(RingPositions.Tail)),
            (int)Marshal.OffsetOf<RingPositions>(nameof(RingPositions.Head)),
            (int)Marshal.OffsetOf<RingPositions>(nameof(RingPositions.Wake)),
            Unsafe.SizeOf<RingPositions>(),
        ];

        for (var i = 1; i < offsets.Length; i++)
            Assert.True(offsets[i] - offsets[i - 1] >= Apart, string.Join(", ", offsets));
    }

    [Fact]
    public void Layout_FrameHead_IsMultipleOfEightWithLengthFirst()
    {
        Assert.Equal(0, FrameHead.Size % 8);
        Assert.Equal(0, (int)Marshal.OffsetOf<FrameHead>(nameof(FrameHead.Length)));
        Assert.Equal(8, FrameField.Size);
    }
}
