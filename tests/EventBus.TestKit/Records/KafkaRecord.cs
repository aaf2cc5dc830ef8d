using System.Text;

namespace EventBus.TestKit.Records;

/// <summary>A record as an independent client reads it.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Partition">The partition.</param>
/// <param name="Offset">The record's offset.</param>
/// <param name="Key">The key's bytes; null where there is none.</param>
/// <param name="Value">The value's bytes.</param>
/// <param name="Headers">The headers in their order in the record.</param>
/// <param name="Timestamp">Kafka's record time.</param>
public sealed record KafkaRecord(
    string Topic,
    int Partition,
    long Offset,
    byte[]? Key,
    byte[] Value,
    IReadOnlyList<KeyValuePair<string, byte[]>> Headers,
    DateTimeOffset Timestamp)
{
    /// <summary>The key as text.</summary>
    public string? KeyText => Key is null ? null : Encoding.UTF8.GetString(Key);

    /// <summary>The value as text.</summary>
    public string ValueText => Encoding.UTF8.GetString(Value);

    /// <summary>The headers' names, in order.</summary>
    public IEnumerable<string> HeaderNames => Headers.Select(h => h.Key);

    /// <summary>The one header of that name as text; null where there is none.</summary>
    public string? Header(string name)
    {
        var found = Headers.Where(h => h.Key == name).ToList();
        return found.Count switch
        {
            0 => null,
            1 => Encoding.UTF8.GetString(found[0].Value),
            _ => throw new InvalidOperationException($"The record has {found.Count} headers {name}."),
        };
    }
}
