namespace EventBus.Hosting.Settings;

/// <summary>Which binaries act on a variable. Both know and check all of them, so that one environment can serve both.</summary>
[Flags]
public enum SettingUse
{
    /// <summary>The gateway.</summary>
    Gateway = 1,

    /// <summary>The worker.</summary>
    Worker = 2,

    /// <summary>Both binaries.</summary>
    Both = Gateway | Worker,
}

/// <summary>One environment variable: what reads, checks, lists and documents it.</summary>
public abstract class Setting
{
    private protected Setting(string section, string name, string? preset, SettingUse use, string meaning, string takes, bool isSecret)
    {
        Section = section;
        Name = name;
        Default = preset;
        Use = use;
        Meaning = meaning;
        Takes = takes;
        IsSecret = isSecret;
    }

    /// <summary>The heading under which it is listed.</summary>
    public string Section { get; }

    /// <summary>The variable's name; one that ends in <c>*</c> stands for a family of variables.</summary>
    public string Name { get; }

    /// <summary>The value where the variable is unset or empty; null where there is none.</summary>
    public string? Default { get; }

    /// <summary>Which binaries act on it.</summary>
    public SettingUse Use { get; }

    /// <summary>What it does, for <c>--help</c> and the documentation.</summary>
    public string Meaning { get; }

    /// <summary>What values it takes.</summary>
    public string Takes { get; }

    /// <summary>True where the value may hold a password, and is never shown.</summary>
    public bool IsSecret { get; }

    /// <summary>True where the name stands for every variable that begins so.</summary>
    public bool IsFamily => Name.EndsWith('*');

    /// <summary>Throws a <see cref="SettingsException"/> where <paramref name="environment"/> holds a value that it does not take.</summary>
    internal abstract void Check(EnvironmentReader environment);

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>One environment variable whose value reads as a <typeparamref name="T"/>.</summary>
/// <typeparam name="T">The type of the value that was read.</typeparam>
public sealed class Setting<T> : Setting
{
    internal Setting(string section, string name, Format<T> format, string? preset, SettingUse use, string meaning, bool isSecret = false)
        : base(section, name, preset, use, meaning, format.Takes, isSecret) => Format = format;

    /// <summary>How the value is read.</summary>
    internal Format<T> Format { get; }

    internal override void Check(EnvironmentReader environment)
    {
        if (!IsFamily)
            environment.TryGet(this, out _);
    }
}
