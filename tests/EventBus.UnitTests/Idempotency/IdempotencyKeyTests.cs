using System.Buffers;
using EventBus.Core.Idempotency;

namespace EventBus.UnitTests.Idempotency;

public sealed class IdempotencyKeyTests
{
    [Fact]
    public void Create_KnownInput_IsFrozen() =>
        // SHA-256 over 01 04000000 "shop" "key-1", first 16 bytes: instances of different versions must agree on it.
        Assert.Equal(UInt128.Parse("4d000b1fd4c906a4a83d23394f8d8969", System.Globalization.NumberStyles.HexNumber), IdempotencyKey.Create(IdempotencyKind.Header, "shop"u8, "key-1"u8).Value);

    [Fact]
    public void Create_AnyPartDiffers_KeysDiffer()
    {
        IdempotencyKey[] keys =
        [
            IdempotencyKey.Create(IdempotencyKind.Header, "a"u8, "bc"u8),
            IdempotencyKey.Create(IdempotencyKind.EventId, "a"u8, "bc"u8),
            IdempotencyKey.Create(IdempotencyKind.Header, "ab"u8, "c"u8),
            IdempotencyKey.Create(IdempotencyKind.Header, ""u8, "abc"u8),
            IdempotencyKey.Create(IdempotencyKind.Header, "abc"u8, ""u8),
        ];

        Assert.Equal(keys.Length, keys.Distinct().Count());
    }

    [Theory]
    [InlineData(506)]
    [InlineData(507)]
    [InlineData(508)]
    [InlineData(100_000)]
    public void Create_LongKey_SameTwiceAndLastByteCounts(int length)
    {
        byte[] id = new byte[length];
        var first = IdempotencyKey.Create(IdempotencyKind.Header, default, id);
        Assert.Equal(first, IdempotencyKey.Create(IdempotencyKind.Header, default, id));

        id[^1] = 1;
        Assert.NotEqual(first, IdempotencyKey.Create(IdempotencyKind.Header, default, id));
    }

    [Fact]
    public void Fingerprint_SegmentedBody_SameAsWhole()
    {
        byte[] body = [.. Enumerable.Range(0, 200).Select(i => (byte)i)];
        var first = new Segment(body.AsMemory(0, 7), 0);
        var last = first.Append(body.AsMemory(7, 100)).Append(body.AsMemory(107));
        var segmented = new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);

        Assert.Equal(RequestFingerprint.Create("/events"u8, new ReadOnlySequence<byte>(body)), RequestFingerprint.Create("/events"u8, segmented));
    }

    [Fact]
    public void Fingerprint_RouteOrBodyDiffers_Differs()
    {
        RequestFingerprint[] prints =
        [
            RequestFingerprint.Create("/a"u8, new ReadOnlySequence<byte>("bc"u8.ToArray())),
            RequestFingerprint.Create("/ab"u8, new ReadOnlySequence<byte>("c"u8.ToArray())),
            RequestFingerprint.Create("/a"u8, new ReadOnlySequence<byte>("bd"u8.ToArray())),
            RequestFingerprint.Create("/a"u8, ReadOnlySequence<byte>.Empty),
        ];

        Assert.Equal(prints.Length, prints.Distinct().Count());
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long runningIndex)
        {
            Memory = memory;
            RunningIndex = runningIndex;
        }

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
