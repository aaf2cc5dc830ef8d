using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace EventBus.Core.Idempotency;

/// <summary>
/// What a request asked for, so that a repetition can be told from another request under the same key: 128 bits of SHA-256 over the
/// route and the body's bytes as they came. Cryptographic for the reason given at <see cref="IdempotencyKey"/>.
/// </summary>
/// <param name="Value">The hash.</param>
public readonly record struct RequestFingerprint(UInt128 Value)
{
    /// <summary>The fingerprint of a request.</summary>
    /// <param name="route">The path in UTF-8: the same body sent elsewhere is another request.</param>
    /// <param name="body">The body.</param>
    public static RequestFingerprint Create(ReadOnlySpan<byte> route, in ReadOnlySequence<byte> body)
    {
        using var hasher = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, route.Length);
        hasher.AppendData(length);
        hasher.AppendData(route);
        foreach (var segment in body)
            hasher.AppendData(segment.Span);

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        hasher.GetHashAndReset(hash);
        return new RequestFingerprint(BinaryPrimitives.ReadUInt128BigEndian(hash));
    }
}
