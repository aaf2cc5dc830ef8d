using System.Buffers;
using System.Text;

namespace EventBus.Core.Events;

/// <summary>
/// The grammar of event types and topics: two to five dot-separated segments of <c>[a-z0-9_]+</c>, the first one a domain of the deployment.
/// </summary>
public sealed class EventNames
{
    /// <summary>Characters of an event type.</summary>
    public const int MaxTypeLength = 100;

    /// <summary>Characters of a topic: Kafka's 249 less <c>.dlq</c>.</summary>
    public const int MaxTopicLength = 245;

    private static readonly SearchValues<byte> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_."u8);

    private readonly byte[][] _domains;

    /// <param name="domains">The first segments that are allowed.</param>
    public EventNames(IEnumerable<string> domains) => _domains = [.. domains.Select(Encoding.UTF8.GetBytes)];

    /// <summary>What is wrong with an event type, or null.</summary>
    public string? CheckType(ReadOnlySpan<byte> type) => Check(type, MaxTypeLength);

    /// <summary>What is wrong with a topic that a client may publish to, or null: the last segment <c>dlq</c> is the product's own.</summary>
    public string? CheckTopic(ReadOnlySpan<byte> topic) =>
        Check(topic, MaxTopicLength) ?? (topic.EndsWith(".dlq"u8) ? "the last segment 'dlq' is reserved for dead letters" : null);

    private string? Check(ReadOnlySpan<byte> name, int maxLength)
    {
        if (name.Length > maxLength)
            return $"it may have at most {maxLength} characters";
        if (name.ContainsAnyExcept(Allowed))
            return "it may have lower-case letters, digits and '_' in segments separated by '.'";
        var segments = name.Count((byte)'.') + 1;
        if (segments is < 2 or > 5)
            return "it must have two to five segments separated by '.'";
        if (name[0] == '.' || name[^1] == '.' || name.IndexOf(".."u8) >= 0)
            return "no segment may be empty";
        return HasDomain(name[..name.IndexOf((byte)'.')]) ? null : "its first segment must be one of the deployment's domains";
    }

    private bool HasDomain(ReadOnlySpan<byte> segment)
    {
        foreach (var domain in _domains)
        {
            if (segment.SequenceEqual(domain))
                return true;
        }

        return false;
    }
}
