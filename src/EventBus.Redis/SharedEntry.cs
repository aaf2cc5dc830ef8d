using System.Buffers.Binary;
using EventBus.Core.Idempotency;

namespace EventBus.Redis;

/// <summary>
/// What stands under a key: a kind, the fingerprint, and then the claim's token or the answer. Instances of different versions read each
/// other's, so a kind never changes its meaning.
/// </summary>
internal static class SharedEntry
{
    /// <summary>A larger body is not kept: then it is only known that the request was done.</summary>
    public const int MaxBodyBytes = 4096;

    private const byte InFlight = 1;
    private const byte Done = 2;
    private const byte Published = 3;
    private const byte Body = 4;
    private const int HeadBytes = 17;
    private const int PublishedBytes = HeadBytes + sizeof(int) + sizeof(long);
    private const int BodyHeadBytes = HeadBytes + sizeof(int);

    /// <summary>The value of a claim.</summary>
    public static byte[] Write(SharedClaim claim)
    {
        var value = New(InFlight, claim, HeadBytes + 16);
        BinaryPrimitives.WriteUInt128BigEndian(value.AsSpan(HeadBytes), claim.Token);
        return value;
    }

    /// <summary>The value of a request that was done.</summary>
    public static byte[] Write(SharedClaim claim, IdempotentAnswer answer)
    {
        byte[] value;
        switch (answer)
        {
            case PublishedAnswer published:
                value = New(Published, claim, PublishedBytes);
                BinaryPrimitives.WriteInt32BigEndian(value.AsSpan(HeadBytes), published.Partition);
                BinaryPrimitives.WriteInt64BigEndian(value.AsSpan(HeadBytes + sizeof(int)), published.Offset ?? -1);
                return value;
            case BodyAnswer { Body.Length: <= MaxBodyBytes } body:
                value = New(Body, claim, BodyHeadBytes + body.Body.Length);
                BinaryPrimitives.WriteInt32BigEndian(value.AsSpan(HeadBytes), body.StatusCode);
                body.Body.Span.CopyTo(value.AsSpan(BodyHeadBytes));
                return value;
            default:
                return New(Done, claim, HeadBytes);
        }
    }

    /// <summary>What a value says to a request with this fingerprint; null where it is none of ours.</summary>
    public static IdempotencyClaim? Read(ReadOnlySpan<byte> value, RequestFingerprint fingerprint)
    {
        if (value.Length < HeadBytes || value[0] is < InFlight or > Body)
            return null;
        if (BinaryPrimitives.ReadUInt128BigEndian(value[1..]) != fingerprint.Value)
            return new IdempotencyClaim(IdempotencyOutcome.Mismatch, null);
        switch (value[0])
        {
            case InFlight:
                return new IdempotencyClaim(IdempotencyOutcome.InFlight, null);
            case Published when value.Length == PublishedBytes:
                var offset = BinaryPrimitives.ReadInt64BigEndian(value[(HeadBytes + sizeof(int))..]);
                return Completed(new PublishedAnswer(BinaryPrimitives.ReadInt32BigEndian(value[HeadBytes..]), offset < 0 ? null : offset));
            case Body when value.Length >= BodyHeadBytes:
                return Completed(new BodyAnswer(BinaryPrimitives.ReadInt32BigEndian(value[HeadBytes..]), value[BodyHeadBytes..].ToArray()));
            case Done:
                return Completed(null);
            default:
                return null;
        }
    }

    private static IdempotencyClaim Completed(IdempotentAnswer? answer) => new(IdempotencyOutcome.Completed, answer);

    private static byte[] New(byte kind, SharedClaim claim, int length)
    {
        var value = new byte[length];
        value[0] = kind;
        BinaryPrimitives.WriteUInt128BigEndian(value.AsSpan(1), claim.Fingerprint.Value);
        return value;
    }
}
