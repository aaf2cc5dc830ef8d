using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace EventBus.Hosting.Settings;

/// <summary>
/// Reads settings from the variables of an environment. An empty value counts as unset, as compose files and ConfigMaps cannot say it otherwise.
/// </summary>
/// <param name="variables">The variables by name.</param>
public sealed class EnvironmentReader(IReadOnlyDictionary<string, string> variables)
{
    /// <summary>A longer value is cut in the error line: the line is for a terminal.</summary>
    private const int ShownValueLength = 100;

    /// <summary>The variables by name.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; } = variables;

    /// <summary>Reads the environment of this process, once.</summary>
    public static EnvironmentReader OfProcess()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
            variables[(string)entry.Key] = (string?)entry.Value ?? "";
        return new EnvironmentReader(variables);
    }

    /// <summary>True where the variable has a value of its own.</summary>
    public bool IsSet(Setting setting) => TryGetText(setting.Name, out _);

    /// <summary>The value, else the default.</summary>
    /// <exception cref="SettingsException">The value is not taken, or there is neither value nor default.</exception>
    public T Get<T>(Setting<T> setting) =>
        TryGet(setting, out var value) ? value : throw Error(setting, $"is not set: it takes {setting.Takes}");

    /// <summary>The value, else the default, else false.</summary>
    /// <exception cref="SettingsException">The value is not taken.</exception>
    public bool TryGet<T>(Setting<T> setting, [MaybeNullWhen(false)] out T value)
    {
        if (TryGetText(setting.Name, out var text))
        {
            if (setting.Format.Parse(text, out value))
                return true;
            var shown = setting.IsSecret ? "the value" : Show(text);
            throw Error(setting, $"{shown} cannot be used: it takes {setting.Takes}");
        }

        if (setting.Default is { } preset)
            return setting.Format.Parse(preset, out value) ? true : throw new InvalidOperationException($"{setting.Name}: bad default");
        value = default;
        return false;
    }

    /// <summary>The value, else the default, else null.</summary>
    /// <exception cref="SettingsException">The value is not taken.</exception>
    public T? GetOrNull<T>(Setting<T> setting)
        where T : class => TryGet(setting, out var value) ? value : null;

    /// <inheritdoc cref="GetOrNull{T}(Setting{T})"/>
    public T? GetValueOrNull<T>(Setting<T> setting)
        where T : struct => TryGet(setting, out var value) ? value : null;

    /// <summary>The variables that begin with <paramref name="family"/>'s prefix and have a value, in the order of their names.</summary>
    public IEnumerable<KeyValuePair<string, string>> GetFamily(Setting<string> family)
    {
        var prefix = family.Name.TrimEnd('*');
        return Variables
            .Where(variable => variable.Key.Length > prefix.Length && variable.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Where(variable => !string.IsNullOrWhiteSpace(variable.Value))
            .OrderBy(variable => variable.Key, StringComparer.Ordinal);
    }

    /// <summary>The error line of a variable: its name, a colon and <paramref name="what"/>.</summary>
    public static SettingsException Error(Setting setting, string what) => Error(setting.Name, what);

    /// <summary>The exception for a variable of a family, by its own name.</summary>
    public static SettingsException Error(string name, string what) => new(name, $"{name}: {what}");

    /// <summary>A value in quotes, on one line whatever it holds.</summary>
    internal static string Show(string value)
    {
        var shown = new StringBuilder("\"");
        foreach (var c in value.AsSpan(0, Math.Min(value.Length, ShownValueLength)))
            shown.Append(char.IsControl(c) ? '?' : c);
        return shown.Append(value.Length > ShownValueLength ? "…\"" : "\"").ToString();
    }

    private bool TryGetText(string name, [MaybeNullWhen(false)] out string text)
    {
        if (Variables.TryGetValue(name, out text) && !string.IsNullOrWhiteSpace(text))
        {
            text = text.Trim();
            return true;
        }

        text = null;
        return false;
    }
}
