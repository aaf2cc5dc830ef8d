namespace EventBus.Hosting.Settings;

/// <summary>A variable with a value that cannot be used: the process ends with <see cref="ExitCodes.Configuration"/> and this one line.</summary>
/// <param name="variable">The variable's name.</param>
/// <param name="message">One line that names the variable and what it takes.</param>
public sealed class SettingsException(string variable, string message) : Exception(message)
{
    /// <summary>The variable's name.</summary>
    public string Variable { get; } = variable;
}
