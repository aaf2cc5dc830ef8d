using EventBus.Core.Storing;
using EventBus.Kafka.Topics;

namespace EventBus.Gateway.Topics;

/// <summary>Looks every few seconds for topics that a process left half-made when it died, and takes them to their end.</summary>
internal sealed partial class TopicReconciler(TopicAdministration topics, TimeProvider time, ILogger<TopicReconciler> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await LookAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // The process ends; what it had claimed is taken up by another one.
        }
    }

    private async Task LookAsync(CancellationToken stopping)
    {
        try
        {
            while (!stopping.IsCancellationRequested && await topics.FinishHalfMadeAsync(name: null))
            {
                // Until there is none.
            }
        }
        catch (StoreUnavailableException)
        {
            // The registry logs that; the next look is soon.
        }
        catch (Exception e) when (e is KafkaUnavailableException or TopicRefusedException)
        {
            LogNotNow(e.Message);
        }
        catch (Exception e)
        {
            LogUnexpected(e);
        }
    }
}
