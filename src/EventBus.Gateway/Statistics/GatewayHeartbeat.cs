using System.Diagnostics;
using EventBus.Core.Storing;
using EventBus.Gateway.Events;
using EventBus.Hosting.Health;
using EventBus.Kafka.Producing;
using EventBus.Postgres.Statistics;

namespace EventBus.Gateway.Statistics;

/// <summary>
/// Writes this process's counters into the database every few seconds, for the statistics of the whole deployment, and learns with it how
/// many subscriptions there are, which health then shows without waiting. Publishing takes no notice of any of it.
/// </summary>
internal sealed partial class GatewayHeartbeat(
    Heartbeats heartbeats, StatisticsReader statistics, KafkaProducer producer, HealthState health, TimeProvider time,
    ILogger<GatewayHeartbeat> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    // Another one after a restart, and also where a container's process always has the same number.
    private readonly string _instance = $"{Environment.MachineName}/{Environment.ProcessId}/{time.GetUtcNow():yyyyMMddTHHmmssfff}";

    private bool _isAway;
    private volatile int _subscribers;

    /// <inheritdoc />
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        var others = health.Numbers;
        health.Numbers = () => others() with { SubscribersActive = _subscribers };
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
            await BeatAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested && await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task BeatAsync(CancellationToken stopping)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        deadline.CancelAfter(Interval);
        try
        {
            var started = Stopwatch.GetTimestamp();
            await heartbeats.BeatAsync(
                new Heartbeat(_instance, "gateway", producer.Delivered, producer.Failed, Consumed: 0, ProcessingSeconds: 0), deadline.Token);
            _subscribers = (await statistics.ReadAsync(deadline.Token)).ActiveSubscriptions;
            QueryMetrics.Observe("heartbeat", started);
            if (_isAway)
                LogAnswers();
            _isAway = false;
        }
        catch (Exception e) when (e is StoreUnavailableException or OperationCanceledException && !stopping.IsCancellationRequested)
        {
            if (!_isAway)
                LogAway(e is StoreUnavailableException ? e.Message : "no answer in time");
            _isAway = true;
        }
        catch (OperationCanceledException)
        {
            // The process stops.
        }
    }
}
