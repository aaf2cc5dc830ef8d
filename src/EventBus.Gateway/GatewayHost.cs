using EventBus.Gateway.Events;
using EventBus.Gateway.OpenApi;
using EventBus.Gateway.Publishing;
using EventBus.Gateway.Settings;
using EventBus.Gateway.Topics;
using EventBus.Hosting;
using EventBus.Hosting.Health;
using EventBus.Hosting.Settings;

namespace EventBus.Gateway;

/// <summary>The gateway, built and not yet running.</summary>
internal static class GatewayHost
{
    /// <summary>Puts services and endpoints together.</summary>
    public static WebApplication Build(EnvironmentReader environment, GatewaySettings settings)
    {
        var identity = BinaryIdentity.Gateway;
        var builder = EventBusHost.CreateBuilder(identity, environment, settings.Operations, settings.Http);
        if (settings.Database is not null)
            builder.Services.AddDatabase(settings.Database);
        builder.Services.AddPublishing(settings);
        builder.Services.AddTopics(settings);
        builder.Services.AddReading(settings);

        var app = builder.Build();

        app.UseEventBus(identity, environment);
        app.MapHealth(app.Services.GetRequiredService<HealthState>());
        app.MapPublishing();
        app.MapTopics();
        app.MapReading();
        app.MapDescription();
        return app;
    }
}
