using EventBus.Contracts;
using EventBus.Core.Settings;
using EventBus.Gateway.Settings;
using EventBus.Gateway.Statistics;
using EventBus.Gateway.Status;
using EventBus.Hosting.Http;
using EventBus.Kafka.Topics;
using EventBus.Postgres.Queries;
using EventBus.Postgres.Statistics;

namespace EventBus.Gateway.Events;

/// <summary>Puts what is read of events together: search, single events, status, statistics.</summary>
internal static class ReadingSetup
{
    /// <summary>Adds the services.</summary>
    public static void AddReading(this IServiceCollection services, GatewaySettings settings)
    {
        services.AddSingleton(p => new RecentEvents(p.GetRequiredService<TimeProvider>(), isUsed: settings.Database is not null));
        if (settings.Database is null)
            return;
        services.AddSingleton<EventReader>();
        services.AddSingleton<StatusReader>();
        services.AddSingleton<SinkPositionReader>();
        services.AddSingleton(p => new LogEnds(p.GetRequiredService<KafkaSettings>()));
        services.AddSingleton<SinkProgress>();
        services.AddSingleton<StatusResolver>();
        services.AddSingleton<SearchEndpoint>();
        services.AddSingleton<EventEndpoint>();
        services.AddSingleton<StatusEndpoint>();
        services.AddSingleton<Heartbeats>();
        services.AddSingleton<StatisticsReader>();
        services.AddSingleton<DeploymentStatistics>();
        services.AddSingleton<StatisticsEndpoint>();
        services.AddHostedService<GatewayHeartbeat>();
    }

    /// <summary>Maps the endpoints.</summary>
    public static void MapReading(this WebApplication app)
    {
        var hasDatabase = app.Services.GetRequiredService<GatewaySettings>().Database is not null;
        Map<SearchEndpoint>("/events", static e => e.SearchAsync);
        Map<EventEndpoint>("/events/{eventId}", static e => e.GetAsync);
        Map<StatusEndpoint>("/events/{eventId}/status", static e => e.GetAsync);
        Map<StatisticsEndpoint>("/stats", static e => e.GetAsync);
        // Or it would be asked for as an event's id.
        app.MapGet("/events/publish", (RequestDelegate)RefuseMethodAsync).ExcludeFromDescription();

        void Map<T>(string path, Func<T, Func<HttpContext, CancellationToken, Task>> endpoint)
            where T : notnull => app.MapGet(path, hasDatabase
                ? DatabaseAnswer.Guard(endpoint(app.Services.GetRequiredService<T>()))
                : DatabaseAnswer.NotConfiguredAsync);
    }

    private static Task RefuseMethodAsync(HttpContext context)
    {
        context.Response.Headers.Allow = HttpMethods.Post;
        return ProblemWriter.WriteAsync(context, ErrorCode.MethodNotAllowed, "This path takes POST, not GET.").AsTask();
    }
}
