using System.Diagnostics;
using EventBus.Contracts;
using EventBus.Core.Storing;
using EventBus.Core.Topics;
using EventBus.Gateway.Events;
using EventBus.Kafka.Topics;
using EventBus.Postgres.Queries;
using EventBus.Postgres.Statistics;

namespace EventBus.Gateway.Statistics;

/// <summary>
/// The whole deployment's numbers: what the sink counted in the transactions that stored the events, what it has yet to read, and what all
/// processes said of themselves in the last five minutes. Nothing is counted over the events, and a second's askers share one answer.
/// </summary>
internal sealed class DeploymentStatistics(
    StatisticsReader statistics, SinkPositionReader positions, LogEnds ends, ITopicRegistry topics, TimeProvider time)
{
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private Task<StatisticsResponse>? _last;
    private long _askedAt;

    /// <summary>Reads them; at most a second old.</summary>
    /// <exception cref="StoreUnavailableException">The database did not answer.</exception>
    /// <exception cref="LogEndsUnavailableException">Kafka did not answer.</exception>
    public Task<StatisticsResponse> ReadAsync(CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_last is null || _last.IsFaulted || (_last.IsCompleted && time.GetElapsedTime(_askedAt) > Age))
            {
                _askedAt = time.GetTimestamp();
                _last = ComputeAsync();
            }

            return _last.WaitAsync(cancellation);
        }
    }

    private async Task<StatisticsResponse> ComputeAsync()
    {
        await Task.Yield();
        var started = Stopwatch.GetTimestamp();
        // Positions first: what is published in between is then counted as yet to be read, never missed.
        var reached = await positions.ReadAsync(CancellationToken.None);
        var known = await statistics.ReadAsync(CancellationToken.None);
        QueryMetrics.Observe("statistics", started);
        var current = topics.Current.Topics;
        var log = await ends.TakeAsync([.. current.Select(t => t.Name)]);
        var next = reached.ToDictionary(p => (p.Partition.TopicId, p.Partition.Partition), p => p.Next);
        var unread = log.Sum(end => Math.Max(0, end.End - next.GetValueOrDefault((end.Partition.TopicId, end.Partition.Partition))));
        var consumed = reached.Sum(p => p.Stored + p.Duplicates + p.DeadLettered);
        return new StatisticsResponse(
            consumed + reached.Sum(p => p.Lost) + unread, consumed, current.Count, known.ActiveSubscriptions, known.AverageProcessingTime,
            known.ErrorRate, known.PublishedPerSecond);
    }
}
