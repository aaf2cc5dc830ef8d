using System.Text;

namespace EventBus.Hosting.Settings;

/// <summary>Writes the table of settings for people: for <c>--help</c>, and as <c>docs/configuration.md</c>.</summary>
public static class SettingsDocumentation
{
    private const int HelpWidth = 100;
    private const string HelpIndent = "      ";

    /// <summary>The settings that <paramref name="use"/> acts on, for a terminal.</summary>
    public static string Help(SettingUse use)
    {
        var text = new StringBuilder();
        foreach (var section in SettingsTable.All.Where(setting => (setting.Use & use) != 0).GroupBy(setting => setting.Section))
        {
            text.Append('\n').Append(section.Key).Append(":\n");
            foreach (var setting in section)
            {
                text.Append("  ").Append(setting.Name).Append(setting.Default is { } preset ? $" [{preset}]" : "").Append('\n');
                AppendWrapped(text, setting.Meaning);
                AppendWrapped(text, $"Takes {setting.Takes}.");
            }
        }

        return text.ToString();
    }

    /// <summary>All settings as a Markdown page.</summary>
    public static string Markdown()
    {
        var text = new StringBuilder(
            """
            # Configuration

            Both binaries read environment variables at their start and never again. A value that cannot be used ends the start with exit code
            78 and one line that names the variable and what it takes; an empty value counts as unset; an unknown `EVENT_BUS_*` variable is
            named in the log, with the one that was probably meant. Each binary checks the form of every variable here, and acts on those that
            its column marks. `--help` prints the same.

            Traces go out over OTLP where the standard `OTEL_EXPORTER_OTLP_ENDPOINT` or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` is set and
            `OTEL_SDK_DISABLED` is not `true`; the other `OTEL_*` variables of the OpenTelemetry specification then apply too.

            This page is generated from the table in `src/EventBus.Hosting/Settings/SettingsTable.cs`, and a test holds the two equal.

            """);
        foreach (var section in SettingsTable.All.GroupBy(setting => setting.Section))
        {
            text.Append("\n## ").Append(section.Key).Append("\n\n| variable | default | takes | gateway | worker | meaning |\n|---|---|---|---|---|---|\n");
            foreach (var setting in section)
            {
                text.Append("| `").Append(setting.Name).Append("` | ")
                    .Append(setting.Default is { } preset ? $"`{preset}`" : "").Append(" | ")
                    .Append(setting.Takes).Append(" | ")
                    .Append(setting.Use.HasFlag(SettingUse.Gateway) ? "x" : "").Append(" | ")
                    .Append(setting.Use.HasFlag(SettingUse.Worker) ? "x" : "").Append(" | ")
                    .Append(setting.Meaning).Append(" |\n");
            }
        }

        return text.ToString();
    }

    private static void AppendWrapped(StringBuilder text, string sentence)
    {
        var column = 0;
        foreach (var word in sentence.Split(' '))
        {
            if (column == 0 || column + word.Length + 1 > HelpWidth - HelpIndent.Length)
            {
                text.Append(column == 0 ? "" : "\n").Append(HelpIndent).Append(word);
                column = word.Length;
            }
            else
            {
                text.Append(' ').Append(word);
                column += word.Length + 1;
            }
        }

        text.Append('\n');
    }
}
