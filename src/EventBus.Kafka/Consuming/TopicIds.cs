using System.Buffers.Binary;
using Confluent.Kafka;

namespace EventBus.Kafka.Consuming;

/// <summary>Kafka's topic ids (KIP-516) as the rest of the product holds them.</summary>
internal static class TopicIds
{
    /// <summary>The same 128 bits as a <see cref="Guid"/>, in the order in which either is written.</summary>
    public static Guid ToGuid(this Uuid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes, id.MostSignificantBits);
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], id.LeastSignificantBits);
        return new Guid(bytes, bigEndian: true);
    }
}
