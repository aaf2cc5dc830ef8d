using System.Globalization;
using System.Text;

namespace EventBus.TestKit.Http;

/// <summary>One sample of a scrape.</summary>
/// <param name="Name">The series' name.</param>
/// <param name="Labels">Its labels.</param>
/// <param name="Value">Its value.</param>
public sealed record MetricSample(string Name, IReadOnlyDictionary<string, string> Labels, double Value);

/// <summary>A scrape in Prometheus' text format.</summary>
/// <param name="Samples">All samples.</param>
public sealed record Metrics(IReadOnlyList<MetricSample> Samples)
{
    /// <summary>Parses the text format, version 0.0.4.</summary>
    public static Metrics Parse(string text) => new(
        [.. text.Split('\n').Where(l => l.Length > 0 && l[0] != '#').Select(ParseLine)]);

    /// <summary>The samples of a name.</summary>
    public IEnumerable<MetricSample> Named(string name) => Samples.Where(s => s.Name == name);

    /// <summary>The sum over the samples of a name whose labels are as given.</summary>
    public double Sum(string name, params (string Label, string Value)[] labels) =>
        Named(name).Where(s => labels.All(l => s.Labels.TryGetValue(l.Label, out var value) && value == l.Value)).Sum(s => s.Value);

    private static MetricSample ParseLine(string line)
    {
        var labels = new Dictionary<string, string>();
        var end = line.AsSpan().IndexOfAny('{', ' ');
        var name = line[..end];
        var at = end;
        if (line[at] == '{')
        {
            at++;
            while (line[at] != '}')
                at = ParseLabel(line, at, labels);
            at++;
        }

        var value = line[at..].Trim().Split(' ')[0];
        return new MetricSample(name, labels, value switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            _ => double.Parse(value, CultureInfo.InvariantCulture),
        });
    }

    private static int ParseLabel(string line, int at, Dictionary<string, string> labels)
    {
        var equals = line.IndexOf('=', at);
        var name = line[at..equals].Trim(',', ' ');
        var value = new StringBuilder();
        at = equals + 2;
        for (; line[at] != '"'; at++)
        {
            if (line[at] == '\\')
                at++;
            value.Append(line[at]);
        }

        labels[name] = value.ToString();
        at++;
        return line[at] == ',' ? at + 1 : at;
    }
}
