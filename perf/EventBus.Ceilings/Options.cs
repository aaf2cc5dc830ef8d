using System.Globalization;

namespace EventBus.Ceilings;

/// <summary>Command-line options: <c>--name value</c>, <c>--name</c> alone for a switch, and words. What nobody asked for is an error.</summary>
internal sealed class Options
{
    private readonly Dictionary<string, string?> _named = [];

    public Options(string[] args)
    {
        for (var i = 0; i < args.Length; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
                Words.Add(args[i]);
            else if (i + 1 < args.Length && !args[i + 1].StartsWith("--", StringComparison.Ordinal) && !Switches.Contains(args[i]))
                _named[args[i]] = args[++i];
            else
                _named[args[i]] = null;
        }
    }

    private static readonly HashSet<string> Switches = ["--mix", "--quick"];

    public List<string> Words { get; } = [];

    public string Text(string name, string? otherwise = null) =>
        _named.Remove(name, out var value) && value is not null
            ? value
            : otherwise ?? throw new OptionException($"{name} is required");

    public double Number(string name, double otherwise)
    {
        if (!_named.Remove(name, out var value))
            return otherwise;
        return double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= 0
            ? number
            : throw new OptionException($"{name} must be a number, not '{value}'");
    }

    public int Integer(string name, int otherwise) => checked((int)Number(name, otherwise));

    public bool Switch(string name) => _named.Remove(name);

    /// <summary>To be called once every option was read: a mistyped option must not be measured as if it were not there.</summary>
    public void Done()
    {
        if (_named.Count > 0)
            throw new OptionException("unknown option " + string.Join(", ", _named.Keys));
    }
}

internal sealed class OptionException(string message) : Exception(message);
