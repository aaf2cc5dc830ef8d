using EventBus.Hosting.Diagnostics;
using EventBus.Hosting.Health;
using EventBus.Hosting.Http;
using EventBus.Hosting.Logging;
using EventBus.Hosting.Metrics;
using EventBus.Hosting.Settings;
using EventBus.Hosting.Tracing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EventBus.Hosting;

/// <summary>The host of either binary: Kestrel with the operations ports, log, metrics, traces, health and the end by signals.</summary>
public static class EventBusHost
{
    /// <summary>Makes a builder with all that both binaries share; the binary adds its own services to it.</summary>
    /// <param name="identity">Which binary this is.</param>
    /// <param name="environment">The variables, for what reads its own (OpenTelemetry).</param>
    /// <param name="operations">Ports, log and end.</param>
    /// <param name="http">The HTTP API; null in a binary that has none.</param>
    public static WebApplicationBuilder CreateBuilder(
        BinaryIdentity identity, EnvironmentReader environment, OperationsSettings operations, HttpSettings? http = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            ApplicationName = identity.Name,
            // Or it would watch appsettings.json, which is not read either: the environment table is the only configuration.
            Args = ["--hostBuilder:reloadConfigOnChange=false"],
        });
        builder.Configuration.Sources.Clear();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Configure(operations, http));
        LoggingSetup.Configure(builder.Logging, operations, identity);
        builder.AddTracing(environment, identity, operations);

        var services = builder.Services;
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(operations);
        services.AddSingleton<IMemoryPoolFactory<byte>, BlockPoolFactory>();
        services.AddSingleton<HealthState>();
        services.AddSingleton<DiagnosticsSections>();
        services.AddSingleton<OperationsPorts>();
        services.AddSingleton<IHostLifetime, SignalLifetime>();
        services.Configure<HostOptions>(options => options.ShutdownTimeout = operations.ShutdownTimeout - operations.ShutdownDelay);
        RuntimeMetrics.Register(TimeProvider.System);
        return builder;
    }

    /// <summary>Sets up what every request passes; the binary maps its endpoints after it.</summary>
    public static void UseEventBus(this WebApplication app, BinaryIdentity identity, EnvironmentReader environment)
    {
        app.UseHttpEdge(app.Services.GetRequiredService<OperationsPorts>());
        Warn(app.Logger, environment);
        app.Lifetime.ApplicationStarted.Register(() =>
        {
            var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
            app.Logger.Listening(identity.Name, BinaryIdentity.Version, string.Join(", ", addresses));
        });
    }

    private static void Warn(ILogger logger, EnvironmentReader environment)
    {
        foreach (var (name, nearest) in UnknownVariables.Find(environment))
            logger.UnknownVariable(name, nearest);
    }
}
