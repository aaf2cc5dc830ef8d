using System.Buffers.Binary;

namespace EventBus.Kafka.Topics;

/// <summary>
/// Which partition a key goes to: MurmurHash2 as Kafka's Java clients compute it, and librdkafka's <c>murmur2_random</c> partitioner
/// for every key that is not empty.
/// </summary>
public static class Murmur2
{
    private const uint Seed = 0x9747b28c;
    private const uint Multiplier = 0x5bd1e995;
    private const int Shift = 24;

    /// <summary>The partition of <paramref name="key"/> in a topic of <paramref name="partitions"/> partitions.</summary>
    public static int Partition(ReadOnlySpan<byte> key, int partitions) => (int)(Hash(key) & 0x7fffffff) % partitions;

    /// <summary>The 32-bit hash of <paramref name="data"/>.</summary>
    public static uint Hash(ReadOnlySpan<byte> data)
    {
        uint hash = Seed ^ (uint)data.Length;
        while (data.Length >= sizeof(uint))
        {
            uint word = BinaryPrimitives.ReadUInt32LittleEndian(data) * Multiplier;
            word ^= word >> Shift;
            hash = (hash * Multiplier) ^ (word * Multiplier);
            data = data[sizeof(uint)..];
        }

        if (data.Length == 3)
            hash ^= (uint)data[2] << 16;

        if (data.Length >= 2)
            hash ^= (uint)data[1] << 8;

        if (data.Length >= 1)
            hash = (hash ^ data[0]) * Multiplier;

        hash ^= hash >> 13;
        hash *= Multiplier;
        return hash ^ (hash >> 15);
    }
}
