using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace EventBus.Core.Events;

/// <summary>
/// Makes event ids: UUID version 7 (RFC 9562, section 5.7, with the sub-millisecond fraction in <c>rand_a</c>), and version 8 for an
/// <c>Idempotency-Key</c>. The one place of the product that makes ids.
/// </summary>
public static class EventIdGenerator
{
    /// <summary>Characters of an id.</summary>
    public const int Length = 36;

    [ThreadStatic]
    private static Generator? _forThread;

    /// <summary>Writes a version 7 id of the instant <paramref name="utcTicks"/> (ticks of <see cref="DateTime"/>, UTC).</summary>
    public static void WriteVersion7(long utcTicks, Span<byte> target)
    {
        var (high, low) = Version7(utcTicks);
        Format(high, low, target);
    }

    /// <summary>Makes a version 7 id of the instant <paramref name="utcTicks"/>, as <see cref="WriteVersion7"/>.</summary>
    public static Guid NewVersion7(long utcTicks)
    {
        var (high, low) = Version7(utcTicks);
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, high);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], low);
        return new Guid(bytes, bigEndian: true);
    }

    private static (ulong High, ulong Low) Version7(long utcTicks)
    {
        var sinceEpoch = utcTicks - DateTime.UnixEpoch.Ticks;
        var milliseconds = (ulong)(sinceEpoch / TimeSpan.TicksPerMillisecond);
        // 10,000 ticks of a millisecond onto twelve bits: ids of one instance sort by time below the millisecond too.
        var fraction = (ulong)(sinceEpoch % TimeSpan.TicksPerMillisecond) * 4096 / TimeSpan.TicksPerMillisecond;
        var high = (milliseconds << 16) | 0x7000 | fraction;
        var low = ((_forThread ??= new Generator()).Next() & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000;
        return (high, low);
    }

    /// <summary>
    /// Writes a version 8 id (RFC 9562, section 5.8) made from SHA-256 over source, key and index: a retry of the same request has the
    /// same ids on every instance.
    /// </summary>
    public static void WriteVersion8(ReadOnlySpan<byte> source, ReadOnlySpan<byte> idempotencyKey, int index, Span<byte> target)
    {
        // Lengths go in front, so that no two (source, key) pairs run together into the same bytes.
        Span<byte> lengths = stackalloc byte[12];
        BinaryPrimitives.WriteInt32BigEndian(lengths, source.Length);
        BinaryPrimitives.WriteInt32BigEndian(lengths[4..], idempotencyKey.Length);
        BinaryPrimitives.WriteInt32BigEndian(lengths[8..], index);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(lengths);
        hash.AppendData(source);
        hash.AppendData(idempotencyKey);
        Span<byte> digest = stackalloc byte[32];
        hash.GetHashAndReset(digest);
        var high = (BinaryPrimitives.ReadUInt64BigEndian(digest) & 0xFFFF_FFFF_FFFF_0FFF) | 0x8000;
        var low = (BinaryPrimitives.ReadUInt64BigEndian(digest[8..]) & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000;
        Format(high, low, target);
    }

    private static void Format(ulong high, ulong low, Span<byte> target)
    {
        target = target[..Length];
        Hex(high >> 32, 8, target);
        target[8] = (byte)'-';
        Hex(high >> 16, 4, target[9..]);
        target[13] = (byte)'-';
        Hex(high, 4, target[14..]);
        target[18] = (byte)'-';
        Hex(low >> 48, 4, target[19..]);
        target[23] = (byte)'-';
        Hex(low, 12, target[24..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Hex(ulong value, int digits, Span<byte> target)
    {
        for (var i = digits - 1; i >= 0; i--, value >>= 4)
            target[i] = "0123456789abcdef"u8[(int)(value & 15)];
    }

    /// <summary>
    /// xoshiro256** (Blackman and Vigna), seeded from the system's generator, one per thread: a call of the system's own generator per id
    /// would be a system call per event. Ids are unique, not secret.
    /// </summary>
    private sealed class Generator
    {
        private ulong _a, _b, _c, _d;

        public Generator()
        {
            Span<ulong> seed = stackalloc ulong[4];
            RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(seed));
            (_a, _b, _c, _d) = (seed[0] | 1, seed[1], seed[2], seed[3]);
        }

        public ulong Next()
        {
            var result = BitOperations.RotateLeft(_b * 5, 7) * 9;
            var t = _b << 17;
            _c ^= _a;
            _d ^= _b;
            _b ^= _c;
            _a ^= _d;
            _c ^= t;
            _d = BitOperations.RotateLeft(_d, 45);
            return result;
        }
    }
}
