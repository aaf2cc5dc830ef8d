using EventBus.Core.Publishing;
using EventBus.Core.Settings;
using EventBus.Gateway.Settings;
using EventBus.Hosting.Settings;
using EventBus.Kafka.Producing;
using EventBus.Kafka.Topics;

namespace EventBus.Gateway.Publishing;

/// <summary>
/// Starts what publishing needs before the first request and stops it after the last one: the host stops services in the reverse of their
/// order, Kestrel first, so that whoever waits for an acknowledgement still gets it.
/// </summary>
internal sealed partial class PublishEngine(
    KafkaTopicDirectory topics, KafkaProducer producer, PublishLedger ledger, OperationsSettings settings, KafkaSettings kafka,
    GatewaySettings given, TimeProvider time, ILogger<PublishEngine> logger) : IHostedService
{
    /// <summary>After this an answer is given, whatever librdkafka knows: above its message.timeout.ms, so that its verdict comes first.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan SweepInterval = TimeSpan.FromMilliseconds(500);

    private ITimer? _sweep;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (given.Kafka.IsEmbedded)
            LogEmbedded(kafka.Brokers);
        LogBudget(MemoryBudget.Total(given.Publish) / (1024 * 1024), MemoryBudget.Describe(given.Publish));
        topics.Start();
        producer.Start();
        _sweep = time.CreateTimer(_ => ledger.Expire(Deadline), null, SweepInterval, SweepInterval);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        // Kestrel has used up a part of the host's time already; what remains is librdkafka's.
        await Task.Run(() => producer.Stop(settings.ShutdownTimeout), CancellationToken.None).WaitAsync(cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_sweep is not null)
            await _sweep.DisposeAsync();
    }
}
