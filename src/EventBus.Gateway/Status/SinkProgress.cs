using EventBus.Core.Storing;
using EventBus.Gateway.Topics;
using EventBus.Kafka.Topics;
using EventBus.Postgres.Queries;

namespace EventBus.Gateway.Status;

/// <summary>
/// Finds out whether the sink has dealt with all that was in the log at a moment: takes the ends of all topics and waits a little for the
/// sink to pass them. Who asks while another one's question is being answered shares the next, so that any number of them costs Kafka and
/// the database no more than one at a time.
/// </summary>
internal sealed class SinkProgress(LogEnds ends, SinkPositionReader positions, TopicRegistry registry, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private Task<bool>? _running;
    private Task<bool>? _next;

    /// <summary>Whether the sink has passed, within two seconds, all that was acknowledged before this call.</summary>
    /// <exception cref="StoreUnavailableException">The database did not answer.</exception>
    /// <exception cref="LogEndsUnavailableException">Kafka did not answer.</exception>
    public Task<bool> CatchUpAsync(CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_running is null or { IsCompleted: true } && _next is null)
                return (_running = RunAsync()).WaitAsync(cancellation);
            // What runs may have taken its ends before the event in question was acknowledged.
            return (_next ??= RunAfterAsync(_running!)).WaitAsync(cancellation);
        }
    }

    private async Task<bool> RunAfterAsync(Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        Task<bool> run;
        lock (_gate)
        {
            // From here on it is the one that runs: who asks now takes the next one.
            _running = _next!;
            _next = null;
            run = RunAsync();
        }

        return await run;
    }

    private async Task<bool> RunAsync()
    {
        // Not under the caller's lock.
        await Task.Yield();
        var log = await ends.TakeAsync(await registry.NamesAsync());
        var start = time.GetTimestamp();
        while (true)
        {
            var reached = await positions.ReadAsync(CancellationToken.None);
            if (HasPassed(log, reached))
                return true;
            if (time.GetElapsedTime(start) > Patience)
                return false;
            await Task.Delay(Pause, time);
        }
    }

    private static bool HasPassed(IReadOnlyList<LogEnd> log, IReadOnlyList<SinkPosition> reached)
    {
        var next = reached.ToDictionary(p => (p.Partition.TopicId, p.Partition.Partition), p => p.Next);
        return log.All(end => end.End == 0
            || (next.TryGetValue((end.Partition.TopicId, end.Partition.Partition), out var position) && position >= end.End));
    }
}
