using EventBus.Core.Schemas;
using EventBus.Core.Storing;
using EventBus.Core.Topics;
using EventBus.Hosting.Health;
using EventBus.Kafka.Topics;
using EventBus.Postgres.Topics;
using Prometheus;

namespace EventBus.Gateway.Topics;

/// <summary>
/// Keeps the registry's snapshot: looks at its version every second, and where that changed reads the active topics and gives them to the
/// topic directory, which shows no others from then on. While the database is away the last snapshot stands; until it was read for the first
/// time Kafka's metadata alone is the registry, so that a restart without a database does not stop publishing.
/// </summary>
internal sealed partial class TopicRegistry(
    TopicStore store, KafkaTopicDirectory directory, HealthState health, TimeProvider time, ILogger<TopicRegistry> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private static readonly Gauge Age = Metrics.CreateGauge(
        "event_bus_registry_age_seconds", "Seconds since the topic registry was last known to be current; -1 until it was first read.");

    private readonly SemaphoreSlim _reading = new(1, 1);
    private Dictionary<string, TopicSchema?> _topics = [];
    private string? _failure = "not read yet";
    private long _checkedAt;
    private bool _isLogged;

    /// <summary>Adds what it knows to health and metrics.</summary>
    public void Register()
    {
        health.AddCheck("registry", () => Volatile.Read(ref _failure) is { } failure
            ? new HealthResult(HealthStatus.Degraded, directory.Registry is null
                ? $"Kafka's metadata alone says which topics there are: {failure}"
                : $"changes of topics are not seen: {failure}")
            : HealthResult.Healthy);
        Metrics.DefaultRegistry.AddBeforeCollectCallback(() =>
            Age.Set(directory.Registry is null ? -1 : time.GetElapsedTime(Volatile.Read(ref _checkedAt)).TotalSeconds));
    }

    /// <summary>Reads the registry now and waits until the directory shows a topic, or no longer does: what this gateway changed.</summary>
    public async Task ShowAsync(string name, bool isShown)
    {
        if (await RefreshAsync(CancellationToken.None))
            await directory.UntilShownAsync(name, isShown);
    }

    /// <summary>The names that are registered now: another gateway may have made one, and published to it, since the last look.</summary>
    /// <exception cref="StoreUnavailableException">The database does not answer.</exception>
    public async Task<IReadOnlyCollection<string>> NamesAsync() => await RefreshAsync(CancellationToken.None) && directory.Registry is { } registry
        ? registry.Names
        : throw new StoreUnavailableException("the registry of topics cannot be read");

    /// <summary>Reads the registry where it changed. False where the database does not answer.</summary>
    public async Task<bool> RefreshAsync(CancellationToken cancellation)
    {
        await _reading.WaitAsync(cancellation);
        try
        {
            // Before the rows: they may be newer than the version, and are then read again.
            var version = await store.ReadVersionAsync(cancellation);
            if (directory.Registry?.Version != version)
            {
                var snapshot = Compile(version, await store.ReadActiveAsync(cancellation));
                directory.Registry = snapshot;
                LogRead(snapshot.Version, snapshot.Count);
            }

            Volatile.Write(ref _checkedAt, time.GetTimestamp());
            Volatile.Write(ref _failure, null);
            _isLogged = false;
            return true;
        }
        catch (StoreUnavailableException e)
        {
            Volatile.Write(ref _failure, e.Message);
            if (!_isLogged)
                LogAway(e.Message);
            _isLogged = true;
            return false;
        }
        finally
        {
            _reading.Release();
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _reading.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                try
                {
                    await RefreshAsync(stoppingToken);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    // The loop must live: without it no change would be seen any more.
                    LogUnexpected(e);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The process ends.
        }
    }

    /// <summary>Compiles the schemas that are new; the others stay as they are.</summary>
    private RegistrySnapshot Compile(long version, List<RegisteredTopic> rows)
    {
        var topics = new Dictionary<string, TopicSchema?>(rows.Count, StringComparer.Ordinal);
        foreach (var row in rows)
        {
            TopicSchema? schema = null;
            if (row.Schema is { } text && (!_topics.TryGetValue(row.Name, out schema) || schema?.Text != text))
            {
                schema = TopicSchema.TryCompile(text, out var error);
                if (schema is null)
                    LogUnusableSchema(row.Name, error!);
            }

            topics[row.Name] = row.Schema is null ? null : schema;
        }

        _topics = topics;
        return new RegistrySnapshot(version, topics);
    }
}
