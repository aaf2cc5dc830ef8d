using System.Text.Json;
using System.Text.Json.Serialization;
using HdrHistogram;

namespace EventBus.Ceilings;

/// <summary>What one measuring process found out, printed as one line of JSON.</summary>
/// <param name="Events">Acknowledged inside the measured time.</param>
/// <param name="Seconds">The measured time.</param>
/// <param name="EventsPerSecond"><paramref name="Events"/> by <paramref name="Seconds"/>.</param>
/// <param name="AcknowledgedInAll">Those before and after the measured time too: what the broker's end offsets must show.</param>
/// <param name="Failed">Events that were refused or whose answer was not understood.</param>
/// <param name="CpuMicrosPerEvent">This process' own, in the measured time.</param>
/// <param name="Latency">From the intended send time where there is a rate, else from the actual one.</param>
internal sealed record Report(
    long Events, double Seconds, double EventsPerSecond, long AcknowledgedInAll, long Failed, double CpuMicrosPerEvent, Percentiles Latency)
{
    /// <summary>Answers by priority, where they were mixed.</summary>
    public Dictionary<string, Outcomes>? Priorities { get; init; }

    /// <summary>Latency of 429 and 503 answers, from the intended send time.</summary>
    public Percentiles? Refusals { get; init; }

    /// <summary>Critical events refused although, within the same 10 ms, one of lower priority was let in.</summary>
    public long? CriticalRefusedWhileOthersLetIn { get; init; }

    public void Print() => Console.WriteLine(JsonSerializer.Serialize(this, ReportJson.Default.Report));

    public static Report Parse(string line) =>
        JsonSerializer.Deserialize(line, ReportJson.Default.Report) ?? throw new InvalidOperationException("an empty report");
}

/// <summary>Answers by status.</summary>
internal sealed class Outcomes
{
    public long Published { get; set; }
    public long TooMany { get; set; }
    public long Unavailable { get; set; }
    public long Other { get; set; }
}

/// <summary>Milliseconds.</summary>
internal sealed record Percentiles(double P50, double P90, double P99, double P999, double Max)
{
    public static Percentiles Of(LongHistogram histogram)
    {
        if (histogram.TotalCount == 0)
            return new(0, 0, 0, 0, 0);
        return new(At(50), At(90), At(99), At(99.9), At(100));

        double At(double percent) => histogram.GetValueAtPercentile(percent) / 1000.0;
    }
}

/// <summary>Latencies in microseconds, up to a minute, at three digits.</summary>
internal static class Histograms
{
    private const long Longest = 60_000_000;

    public static LongHistogram Create() => new(Longest, 3);

    public static void Record(LongHistogram histogram, long microseconds, long count = 1) =>
        histogram.RecordValueWithCount(Math.Clamp(microseconds, 0, Longest), count);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Report))]
internal sealed partial class ReportJson : JsonSerializerContext;
