using System.IO.Pipelines;

namespace EventBus.Gateway.Publishing;

/// <summary>Ends a wait for more of a body after some time. Used again and again: a large body has a wait for every few kilobytes.</summary>
internal sealed class ReadDeadline : IDisposable
{
    private readonly Lock _lock = new();
    private readonly ITimer _timer;
    private PipeReader? _reader;

    /// <param name="time">The clock.</param>
    public ReadDeadline(TimeProvider time) => _timer =
        time.CreateTimer(static deadline => ((ReadDeadline)deadline!).End(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>From now on, until <see cref="Disarm"/>: the pending read of <paramref name="reader"/> is cancelled after <paramref name="silence"/>.</summary>
    public void Arm(PipeReader reader, TimeSpan silence)
    {
        lock (_lock)
            _reader = reader;
        _timer.Change(silence, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The read has ended: whatever of the timer is still under way will not cancel another one.</summary>
    public void Disarm()
    {
        lock (_lock)
            _reader = null;
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc />
    public void Dispose() => _timer.Dispose();

    private void End()
    {
        lock (_lock)
            _reader?.CancelPendingRead();
    }
}
