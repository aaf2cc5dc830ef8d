using EventBus.Core.Idempotency;
using EventBus.Core.Resilience;
using EventBus.Gateway.Settings;
using EventBus.Hosting.Health;
using EventBus.Redis;

namespace EventBus.Gateway.Publishing;

/// <summary>
/// The idempotency window: the instance's own, and with <c>EVENT_BUS_REDIS_URL</c> the one that all instances share. Without it nothing of
/// Redis is made or started.
/// </summary>
internal static class IdempotencySetup
{
    /// <summary>
    /// When a claim in Redis lapses whose instance died: twice the longest that a request waits for its outcome. Until then its key answers
    /// 409.
    /// </summary>
    private static readonly TimeSpan ClaimLife = 2 * PublishEngine.Deadline;

    /// <summary>Adds the window.</summary>
    public static void AddIdempotency(this IServiceCollection services, GatewaySettings settings)
    {
        services.AddSingleton(p => new InProcessIdempotencyWindow(
            p.GetRequiredService<TimeProvider>(),
            new IdempotencyLimits
            {
                Keys = settings.Publish.IdempotencyEntries,
                AnswerBytes = settings.Publish.IdempotencyEntries * MemoryBudget.IdempotencyBytesPerAnswer,
                Retention = settings.Publish.IdempotencyWindow,
            }));
        if (settings.RedisUrl is not { } url)
        {
            services.AddSingleton<IIdempotencyWindow>(p => p.GetRequiredService<InProcessIdempotencyWindow>());
            return;
        }

        services.AddSingleton(p => new RedisIdempotencyStore(
            url, settings.Publish.IdempotencyWindow, ClaimLife, p.GetRequiredService<ILogger<RedisIdempotencyStore>>()));
        services.AddSingleton(p =>
        {
            var (store, time) = (p.GetRequiredService<RedisIdempotencyStore>(), p.GetRequiredService<TimeProvider>());
            return new SharedIdempotencyWindow(
                store, p.GetRequiredService<InProcessIdempotencyWindow>(), new CircuitBreaker(time, store.Report), time);
        });
        services.AddSingleton<IIdempotencyWindow>(p => p.GetRequiredService<SharedIdempotencyWindow>());
    }

    /// <summary>Starts to try Redis, and lets health and metrics know of it.</summary>
    public static void StartIdempotency(this WebApplication app)
    {
        if (app.Services.GetService<SharedIdempotencyWindow>() is not { } window)
            return;
        app.Services.GetRequiredService<HealthState>().AddCheck("redis", () => Check(window));
        RedisMetrics.Register(window);
        window.Start();
    }

    private static HealthResult Check(SharedIdempotencyWindow window)
    {
        // A few milliseconds, and at most the timeout: a fresh instance must not repeat what the others have done.
        if (!window.IsTried)
            return new HealthResult(HealthStatus.Unhealthy, "connecting");
        return window.Circuit.State is { IsOpen: true } state
            ? new HealthResult(HealthStatus.Degraded, $"{state.Reason}; repeated requests are told by this instance alone")
            : HealthResult.Healthy;
    }
}
