using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EventBus.Ceilings.Compare;

/// <summary>One line of the table.</summary>
/// <param name="Row">The row of the goals that it belongs to.</param>
/// <param name="Name">What is measured, with its unit.</param>
/// <param name="Ours">The gateway's median.</param>
/// <param name="Other">The other side's, where there is one.</param>
/// <param name="Ratio">Ours by the other's, of medians.</param>
/// <param name="Goal">As the goals say it.</param>
/// <param name="Met">Null where the line only informs.</param>
internal sealed record Measure(string Row, string Name, double Ours, double? Other, double? Ratio, string? Goal, bool? Met);

/// <summary>All that a run found, with the conditions that it found it under.</summary>
internal sealed record RunResults(string Cluster, string Gateway, string Allocator, double Seconds, int Times, List<Measure> Measures)
{
    public List<string> Notes { get; } = [];

    public void Ratio(string row, string name, double ours, double other, double goal, bool atLeast)
    {
        var ratio = ours / other;
        Add(new(row, name, ours, other, ratio, (atLeast ? "≥ " : "≤ ") + Show(goal), atLeast ? ratio >= goal : ratio <= goal));
    }

    public void AtMost(string row, string name, double ours, double goal) =>
        Add(new(row, name, ours, null, null, "≤ " + Show(goal), ours <= goal));

    public void AtLeast(string row, string name, double ours, double goal) =>
        Add(new(row, name, ours, null, null, "≥ " + Show(goal), ours >= goal));

    public void Inform(string row, string name, double ours, double? other = null) =>
        Add(new(row, name, ours, other, other is null ? null : ours / other, null, null));

    public void Note(string text)
    {
        Notes.Add(text);
        Console.Error.WriteLine("note: " + text);
    }

    public string Markdown()
    {
        var table = new StringBuilder();
        table.AppendLine(CultureInfo.InvariantCulture, $"Cluster: {Cluster}. Gateway: {Gateway}, allocator {Allocator}. {Times} × {Seconds} s a side, medians.");
        table.AppendLine();
        table.AppendLine("| row | measure | ours | other side | ratio | goal | met? |");
        table.AppendLine("| --- | --- | ---: | ---: | ---: | --- | --- |");
        foreach (var m in Measures)
        {
            var met = m.Met switch { true => "yes", false => "**no**", null => "" };
            table.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {m.Row} | {m.Name} | {Show(m.Ours)} | {Show(m.Other)} | {Show(m.Ratio)} | {m.Goal} | {met} |");
        }

        foreach (var note in Notes)
            table.AppendLine().AppendLine(note);
        return table.ToString();
    }

    public string Json() => JsonSerializer.Serialize(this, RunResultsJson.Default.RunResults);

    private void Add(Measure measure)
    {
        Measures.Add(measure);
        Console.Error.WriteLine(
            $"{measure.Row}: {measure.Name}: {Show(measure.Ours)} | {Show(measure.Other)} | ratio {Show(measure.Ratio)} | goal {measure.Goal} {measure.Met}");
    }

    private static string Show(double? value) => value switch
    {
        null => "",
        >= 1000 => value.Value.ToString("N0", CultureInfo.InvariantCulture),
        _ => value.Value.ToString("0.##", CultureInfo.InvariantCulture),
    };
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(RunResults))]
internal sealed partial class RunResultsJson : JsonSerializerContext;
