using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace EventBus.Core.Idempotency;

/// <summary>
/// A name for one request that may come again: 128 bits of SHA-256 over the kind, the source and the client's own key.
/// </summary>
/// <remarks>
/// The keys come from clients, and whoever finds two with the same hash could make another's event vanish as a repetition; so the hash
/// is a cryptographic one, not a fast one with a seed. It is the same in every process, so that instances can share a window.
/// </remarks>
/// <param name="Value">The hash.</param>
public readonly record struct IdempotencyKey(UInt128 Value)
{
    private const int HeaderBytes = 5;
    private const int StackBytes = 512;

    /// <summary>The key of a request.</summary>
    /// <param name="kind">Where <paramref name="id"/> was found.</param>
    /// <param name="source">The event's source in UTF-8; empty where the request has none.</param>
    /// <param name="id">The client's key or event id in UTF-8.</param>
    public static IdempotencyKey Create(IdempotencyKind kind, ReadOnlySpan<byte> source, ReadOnlySpan<byte> id)
    {
        int length = HeaderBytes + source.Length + id.Length;
        byte[]? rented = length > StackBytes ? ArrayPool<byte>.Shared.Rent(length) : null;
        Span<byte> text = rented is null ? stackalloc byte[StackBytes] : rented;
        try
        {
            // The source's length keeps ("a", "bc") and ("ab", "c") apart.
            text[0] = (byte)kind;
            BinaryPrimitives.WriteInt32LittleEndian(text[1..], source.Length);
            source.CopyTo(text[HeaderBytes..]);
            id.CopyTo(text[(HeaderBytes + source.Length)..]);

            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(text[..length], hash);
            return new IdempotencyKey(BinaryPrimitives.ReadUInt128BigEndian(hash));
        }
        finally
        {
            if (rented is not null)
                ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
