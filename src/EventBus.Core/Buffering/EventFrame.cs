using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EventBus.Core.Buffering;

/// <summary>
/// The head of one event as it lies in the ring, little-endian, at an address that is a multiple of eight. Behind it: the value, the key,
/// and <see cref="HeaderCount"/> headers, each a <see cref="FrameField"/>, its name with a terminating NUL (C reads it in place) and its value.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct FrameHead
{
    /// <summary>
    /// Bytes of the whole frame, this head included, rounded up to eight. Written last, with release semantics: while it is zero the frame
    /// is still being copied. Negative: padding up to the ring's end.
    /// </summary>
    public int Length;

    /// <summary>Headers behind value and key.</summary>
    public int HeaderCount;

    /// <summary>What the acknowledgement must name: see <c>PublishLedger</c>.</summary>
    public long Ticket;

    /// <summary><c>Topic.Index</c>.</summary>
    public int Topic;

    /// <summary>Bytes of the key.</summary>
    public int KeyLength;

    /// <summary>Bytes of the value.</summary>
    public int ValueLength;

    /// <summary>Bytes of all names and values of headers: what they cost in the broker's request.</summary>
    public int HeaderBytes;

    /// <summary>Bytes of this head.</summary>
    public static int Size => Unsafe.SizeOf<FrameHead>();
}

/// <summary>The lengths in front of a header's bytes.</summary>
/// <param name="NameLength">Bytes of the name, without its NUL.</param>
/// <param name="ValueLength">Bytes of the value.</param>
public readonly record struct FrameField(int NameLength, int ValueLength)
{
    /// <summary>Bytes of the lengths.</summary>
    public static int Size => Unsafe.SizeOf<FrameField>();
}
