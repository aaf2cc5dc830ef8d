namespace EventBus.Hosting.Http;

/// <summary>
/// How many could be sending at once: the connections that sent something within the last second or two, each with the number of requests or
/// events that it may have waiting for their answers. Kestrel's own count would include idle ones.
/// </summary>
public sealed class ConnectionActivity
{
    private const int PeriodShift = 10;

    private readonly Lock _turning = new();
    private int _period;
    private int _current;
    private int _previous;

    /// <summary>The sum over connections that were active in the last period of about a second, or in this one if that is more already.</summary>
    public int Active
    {
        get
        {
            Turn(Period);
            return Math.Max(Volatile.Read(ref _previous), Volatile.Read(ref _current));
        }
    }

    private static int Period => (int)(Environment.TickCount64 >> PeriodShift);

    /// <summary>
    /// Takes note of a request on a connection that may have <paramref name="width"/> of them waiting at once. Costs a clock reading and a
    /// comparison but for the first one of a period.
    /// </summary>
    public void Touch(Mark mark, int width)
    {
        var period = Period;
        if (mark.Period == period)
            return;
        mark.Period = period;
        Turn(period);
        Interlocked.Add(ref _current, width);
    }

    private void Turn(int period)
    {
        if (Volatile.Read(ref _period) == period)
            return;
        lock (_turning)
        {
            if (_period == period)
                return;
            // After a pause what was counted is no longer the last period's.
            _previous = period == _period + 1 ? _current : 0;
            _current = 0;
            Volatile.Write(ref _period, period);
        }
    }

    /// <summary>One connection's last active period: a feature of the connection, found without a look-up by id.</summary>
    public sealed class Mark
    {
        internal int Period { get; set; }
    }
}
