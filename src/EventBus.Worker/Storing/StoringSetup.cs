using EventBus.Core.Events;
using EventBus.Core.Resilience;
using EventBus.Core.Storing;
using EventBus.Hosting.Health;
using EventBus.Kafka.Topics;
using EventBus.Worker.Settings;

namespace EventBus.Worker.Storing;

/// <summary>Puts the storing role together.</summary>
internal static class StoringSetup
{
    /// <summary>Adds the role and what it needs.</summary>
    public static void AddStoring(this IServiceCollection services, WorkerSettings settings)
    {
        services.AddSingleton(p => new CircuitBreaker(p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new KafkaTopicDirectory(
            settings.Kafka, settings.DeadLetterTopic, p.GetRequiredService<CircuitBreaker>(), embedded: null, p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILogger<KafkaTopicDirectory>>(), new EventNames(settings.Domains)));
        services.AddSingleton<SinkMetrics>();
        services.AddSingleton(p => new StoringRole(
            settings.Kafka, settings.Operations, settings.DeadLetterTopic, p.GetRequiredService<KafkaTopicDirectory>(), p.GetRequiredService<IEventStore>(),
            p.GetRequiredService<IRegisteredTopics>(), p.GetRequiredService<SinkMetrics>(), p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<ILoggerFactory>()));
        services.AddHostedService(p => p.GetRequiredService<StoringRole>());
        services.AddHostedService<StoreUpkeep>();
    }

    /// <summary>Adds the role to the health answers.</summary>
    public static void UseStoring(this WebApplication app)
    {
        var (circuit, directory, role, health) = (
            app.Services.GetRequiredService<CircuitBreaker>(), app.Services.GetRequiredService<KafkaTopicDirectory>(),
            app.Services.GetRequiredService<StoringRole>(), app.Services.GetRequiredService<HealthState>());
        health.Numbers = () => new HealthNumbers(!circuit.IsOpen, directory.Current.Topics.Count, SubscribersActive: 0);
        health.AddCheck("kafka", () => circuit.State is { IsOpen: true } state
            ? new HealthResult(HealthStatus.Unhealthy, state.Reason)
            : HealthResult.Healthy);
        health.AddCheck("event store", () => role.StoreTrouble is { } trouble
            ? new HealthResult(HealthStatus.Degraded, trouble)
            : HealthResult.Healthy);
        Prometheus.Metrics.DefaultRegistry.AddBeforeCollectCallback(() =>
        {
            SinkMetrics.Away("kafka", circuit.IsOpen);
            SinkMetrics.Away("postgresql", role.StoreTrouble is not null);
        });
    }
}
