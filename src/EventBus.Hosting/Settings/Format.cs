using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace EventBus.Hosting.Settings;

/// <summary>Reads a value from text; false where the text is not one.</summary>
/// <typeparam name="T">The type of the value.</typeparam>
internal delegate bool ValueParser<T>(string text, [MaybeNullWhen(false)] out T value);

/// <summary>How the text of a variable is read, and how that is said to the user.</summary>
/// <typeparam name="T">The type of the value.</typeparam>
/// <param name="Takes">What values are taken, to follow "it takes".</param>
/// <param name="Parse">Reads the text.</param>
internal sealed record Format<T>(string Takes, ValueParser<T> Parse);

/// <summary>The formats that several variables share.</summary>
internal static class Format
{
    /// <summary>Any text that is not empty.</summary>
    public static Format<string> Text(string takes) => new(takes, (string text, [MaybeNullWhen(false)] out string value) =>
    {
        value = text;
        return true;
    });

    /// <summary>Text that passes <paramref name="isValid"/>.</summary>
    public static Format<string> Text(string takes, Func<string, bool> isValid) =>
        new(takes, (string text, [MaybeNullWhen(false)] out string value) =>
        {
            value = text;
            return isValid(text);
        });

    /// <summary>A TCP port.</summary>
    public static Format<int> Port { get; } = Integer(1, 65535, "a port from 1 to 65535");

    /// <summary>A whole number within bounds, both included.</summary>
    public static Format<int> Integer(int min, int max, string? takes = null) =>
        new(takes ?? $"a whole number from {min} to {max}", (string text, out int value) =>
            int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) && value >= min && value <= max);

    /// <summary>A number within bounds, both included.</summary>
    public static Format<double> Number(double min, double max) =>
        new(Invariant($"a number from {min} to {max}"), (string text, out double value) =>
            double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value) && value >= min && value <= max);

    /// <summary><c>true</c> or <c>false</c>.</summary>
    public static Format<bool> Boolean { get; } = new("true or false", (string text, out bool value) => bool.TryParse(text, out value));

    /// <summary>A size in bytes within bounds, both included; the units are those of IEC 80000-13.</summary>
    public static Format<long> Bytes(long min, long max) =>
        new($"a size from {ShowBytes(min)} to {ShowBytes(max)}, such as 1048576, 512KiB or 64MiB", (string text, out long value) =>
            TryParseBytes(text, out value) && value >= min && value <= max);

    /// <summary>A duration within bounds, both included.</summary>
    public static Format<TimeSpan> Duration(TimeSpan min, TimeSpan max) =>
        new($"a duration from {ShowDuration(min)} to {ShowDuration(max)}, such as 500ms, 30s, 1m or 168h", (string text, out TimeSpan value) =>
            TryParseDuration(text, out value) && value >= min && value <= max);

    /// <summary>An IP address; <c>*</c> is all interfaces.</summary>
    public static Format<IPAddress> Address { get; } =
        new("an IP address, or * for all interfaces", (string text, [MaybeNullWhen(false)] out IPAddress value) =>
        {
            value = IPAddress.IPv6Any;
            // Written as an address is: IPAddress also reads "8" and "0x7f.1", which nobody means.
            return text == "*" || (IPAddress.TryParse(text, out value) && (text.Contains(':') || text.Count(c => c == '.') == 3));
        });

    /// <summary>A comma-separated list of networks.</summary>
    public static Format<IReadOnlyList<IPNetwork>> Networks { get; } =
        new("networks as 10.0.0.0/8,fd00::/8", (string text, [MaybeNullWhen(false)] out IReadOnlyList<IPNetwork> value) =>
        {
            var networks = new List<IPNetwork>();
            value = networks;
            foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
            {
                if (!IPNetwork.TryParse(part, out var network))
                    return false;
                networks.Add(network);
            }

            return true;
        });

    /// <summary>A file that is there.</summary>
    public static Format<string> ExistingFile(string what) => Text($"the path of {what} that exists", File.Exists);

    /// <summary>One of some words, whatever their case; read as given here.</summary>
    public static Format<string> OneOf(params string[] words) =>
        new(Alternatives(words), (string text, [MaybeNullWhen(false)] out string value) =>
        {
            value = Array.Find(words, word => word.Equals(text, StringComparison.OrdinalIgnoreCase));
            return value is not null;
        });

    /// <summary>A comma-separated list of different items that each pass <paramref name="isValid"/>.</summary>
    public static Format<IReadOnlyList<string>> List(string takes, Func<string, bool> isValid) =>
        new(takes, (string text, [MaybeNullWhen(false)] out IReadOnlyList<string> value) =>
        {
            var items = text.Split(',', StringSplitOptions.TrimEntries);
            value = items;
            return Array.TrueForAll(items, item => isValid(item)) && items.Distinct(StringComparer.Ordinal).Count() == items.Length;
        });

    /// <summary>Reads <c>500ms</c>, <c>30s</c>, <c>1m</c>, <c>168h</c>: a whole number and one unit.</summary>
    public static bool TryParseDuration(string text, out TimeSpan value)
    {
        value = default;
        var digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        if (digits <= 0 || !long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            return false;
        var unit = text[digits..] switch
        {
            "ms" => TimeSpan.TicksPerMillisecond,
            "s" => TimeSpan.TicksPerSecond,
            "m" => TimeSpan.TicksPerMinute,
            "h" => TimeSpan.TicksPerHour,
            _ => 0,
        };
        if (unit == 0 || count > long.MaxValue / unit)
            return false;
        value = new TimeSpan(count * unit);
        return true;
    }

    /// <summary>Reads a whole number of bytes, or of <c>KiB</c>, <c>MiB</c>, <c>GiB</c>.</summary>
    public static bool TryParseBytes(string text, out long value)
    {
        var shift = text switch
        {
            _ when text.EndsWith("KiB", StringComparison.Ordinal) => 10,
            _ when text.EndsWith("MiB", StringComparison.Ordinal) => 20,
            _ when text.EndsWith("GiB", StringComparison.Ordinal) => 30,
            _ => 0,
        };
        var digits = shift == 0 ? text : text[..^3].TrimEnd();
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value) || value > long.MaxValue >> shift)
            return false;
        value <<= shift;
        return true;
    }

    /// <summary>Words as <c>a, b or c</c>.</summary>
    public static string Alternatives(IReadOnlyList<string> words) =>
        words.Count == 1 ? words[0] : string.Join(", ", words.Take(words.Count - 1)) + " or " + words[^1];

    private static string ShowDuration(TimeSpan value) => value switch
    {
        { Ticks: 0 } => "0s",
        _ when value.Ticks % TimeSpan.TicksPerHour == 0 => $"{value.Ticks / TimeSpan.TicksPerHour}h",
        _ when value.Ticks % TimeSpan.TicksPerMinute == 0 => $"{value.Ticks / TimeSpan.TicksPerMinute}m",
        _ when value.Ticks % TimeSpan.TicksPerSecond == 0 => $"{value.Ticks / TimeSpan.TicksPerSecond}s",
        _ => $"{value.Ticks / TimeSpan.TicksPerMillisecond}ms",
    };

    private static string ShowBytes(long value) => value switch
    {
        _ when value % (1L << 30) == 0 => $"{value >> 30}GiB",
        _ when value % (1L << 20) == 0 => $"{value >> 20}MiB",
        _ when value % (1L << 10) == 0 => $"{value >> 10}KiB",
        _ => $"{value}",
    };

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
