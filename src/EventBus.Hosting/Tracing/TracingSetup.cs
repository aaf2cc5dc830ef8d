using EventBus.Hosting.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace EventBus.Hosting.Tracing;

/// <summary>
/// Traces over OTLP, where the OpenTelemetry specification's own variables ask for them. Otherwise nothing of OpenTelemetry is touched, no
/// one listens, and no request is traced.
/// </summary>
public static class TracingSetup
{
    /// <summary>The activity source of EventBus's own spans.</summary>
    public const string SourceName = "EventBus";

    private const string Prefix = "OTEL_";
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string TracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    private const string Disabled = "OTEL_SDK_DISABLED";

    /// <summary>Whether traces are asked for.</summary>
    public static bool IsEnabled(EnvironmentReader environment) =>
        (Has(environment, Endpoint) || Has(environment, TracesEndpoint))
        && !(environment.Variables.TryGetValue(Disabled, out var disabled) && disabled.Equals("true", StringComparison.OrdinalIgnoreCase));

    /// <summary>Adds the exporter where traces are asked for.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="environment">The variables.</param>
    /// <param name="identity">Which binary this is.</param>
    /// <param name="operations">Requests to its ports are not traced.</param>
    internal static void AddTracing(
        this IHostApplicationBuilder builder, EnvironmentReader environment, BinaryIdentity identity, OperationsSettings operations)
    {
        if (!IsEnabled(environment))
            return;

        // OpenTelemetry reads its variables from the host's configuration, which holds nothing else here.
        builder.Configuration.AddInMemoryCollection(environment.Variables
            .Where(variable => variable.Key.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(variable => KeyValuePair.Create(variable.Key, (string?)variable.Value)));
        builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing
            .SetResourceBuilder(ResourceBuilder.CreateEmpty()
                .AddService(identity.Name, serviceVersion: BinaryIdentity.Version, serviceInstanceId: BinaryIdentity.Instance)
                .AddTelemetrySdk()
                .AddEnvironmentVariableDetector())
            .AddSource(SourceName)
            .AddAspNetCoreInstrumentation(options => options.Filter = context =>
                context.Connection.LocalPort != operations.MetricsPort && context.Connection.LocalPort != operations.DiagnosticsPort)
            .AddOtlpExporter());
    }

    private static bool Has(EnvironmentReader environment, string name) =>
        environment.Variables.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value);
}
