using EventBus.Core.Storing;
using EventBus.Hosting;
using EventBus.Postgres.Maintenance;
using EventBus.Postgres.Statistics;

namespace EventBus.Worker.Storing;

/// <summary>What the store needs done beside the sink: its partitions kept, and this process's counters written.</summary>
internal sealed class StoreUpkeep(EventPartitions partitions, Heartbeats heartbeats, SinkMetrics metrics, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan BeatInterval = TimeSpan.FromSeconds(5);

    private readonly string _instance = $"{BinaryIdentity.Instance}/{time.GetUtcNow().ToUnixTimeSeconds()}";

    /// <summary>Neither ends by itself: where one fails in a way that nobody foresaw, the process ends and says so, instead of going on by half.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken) =>
        await await Task.WhenAny(partitions.RunAsync(stoppingToken), BeatAsync(stoppingToken));

    private async Task BeatAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await heartbeats.BeatAsync(
                    new Heartbeat(_instance, "worker", Published: 0, metrics.Failed, metrics.Handled, metrics.Seconds), cancellation);
            }
            catch (StoreUnavailableException)
            {
                // The counters go on, so that the next beat says it all; the sink says that the database is away.
            }

            await Task.Delay(BeatInterval, time, cancellation);
        }
    }
}
