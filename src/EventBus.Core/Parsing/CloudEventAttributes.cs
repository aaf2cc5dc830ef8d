using EventBus.Contracts;
using EventBus.Core.Publishing;

namespace EventBus.Core.Parsing;

/// <summary>
/// The context attributes of one CloudEvent (CloudEvents 1.0.2, section 3), by name, whichever mode they came in. Names are lower-case
/// letters and digits; values are in UTF-8, in their canonical string form.
/// </summary>
public sealed class CloudEventAttributes
{
    private const int MaxCount = 64;
    private const int MaxBytes = 8 * 1024;

    private readonly Dictionary<string, byte[]> _values = new(StringComparer.Ordinal);
    private int _bytes;

    /// <summary>All of them, in the order in which they came.</summary>
    internal IEnumerable<KeyValuePair<string, byte[]>> All => _values;

    /// <summary>An attribute's value; empty where it is absent.</summary>
    public ReadOnlySpan<byte> this[string name] => _values.TryGetValue(name, out var value) ? value : default;

    /// <summary>Adds an attribute; refused where its name is none, it is given twice, or there are too many.</summary>
    public Refusal Add(string name, byte[] value)
    {
        if (name.Length == 0 || name.Any(c => c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9'))))
            return Invalid("An attribute's name has lower-case letters and digits only.", name);
        if (value.Contains((byte)0))
            return new Refusal(ErrorCode.InvalidString, "It has U+0000.", JsonPointer.Of(name));
        if (value.AsSpan().ContainsAnyInRange((byte)0x01, (byte)0x1F) || value.Contains((byte)0x7F))
            return Invalid("An attribute's value has no control characters.", name);
        _bytes += name.Length + value.Length;
        if (!_values.TryAdd(name, value))
            return Invalid("The attribute is given twice.", name);
        return _values.Count > MaxCount || _bytes > MaxBytes
            ? Invalid($"There may be at most {MaxCount} attributes of {MaxBytes} bytes together.", name)
            : default;
    }

    /// <summary>A refusal with the code of everything that CloudEvents forbids.</summary>
    public static Refusal Invalid(string detail, string? field = null) =>
        new(ErrorCode.InvalidCloudEvent, detail, field is null ? null : JsonPointer.Of(field));
}
