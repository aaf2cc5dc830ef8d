using System.Runtime.InteropServices;

namespace EventBus.Core.Buffering;

/// <summary>
/// The ring's three shared words, each alone on two cache lines (CPUs prefetch lines in pairs), so that producers claiming room, the
/// drainer giving it back and the wake-up check do not slow each other down. A layout test holds the distances.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 512)]
internal struct RingPositions
{
    /// <summary>Where the next frame is claimed: written by producers, by compare-and-swap.</summary>
    [FieldOffset(128)]
    public long Tail;

    /// <summary>Up to where frames are drained: written by the drainer.</summary>
    [FieldOffset(256)]
    public long Head;

    /// <summary>The position whose claim wakes the parked drainer; the greatest long while it is awake.</summary>
    [FieldOffset(384)]
    public long Wake;
}
