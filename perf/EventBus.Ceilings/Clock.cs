using System.Diagnostics;

namespace EventBus.Ceilings;

/// <summary>The monotonic clock in microseconds, and this process' own processor time.</summary>
internal static class Clock
{
    /// <summary>Paced senders wake this often at most: the error of a send time, and small beside every goal.</summary>
    public const long TickMicros = 200;

    private static readonly double PerTick = 1e6 / Stopwatch.Frequency;

    public static long Micros => (long)(Stopwatch.GetTimestamp() * PerTick);

    public static double CpuMicros => Environment.CpuUsage.TotalTime.TotalMicroseconds;
}
