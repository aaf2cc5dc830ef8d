using EventBus.Contracts;
using EventBus.Hosting.Diagnostics;
using EventBus.Hosting.Health;
using EventBus.Hosting.Metrics;
using EventBus.Hosting.Settings;
using Microsoft.AspNetCore.Http;

namespace EventBus.Hosting.Http;

/// <summary>The metrics' and the diagnostics' port: listeners of the same Kestrel as the API's, with a handful of paths of their own.</summary>
internal sealed class OperationsPorts
{
    private readonly int _metricsPort;
    private readonly int _diagnosticsPort;
    private readonly RequestDelegate _metrics;
    private readonly RequestDelegate _diagnostics;

    public OperationsPorts(OperationsSettings settings, HealthState health, DiagnosticsSections sections, TimeProvider time)
    {
        _metricsPort = settings.MetricsPort;
        _diagnosticsPort = settings.DiagnosticsPort ?? -1;
        _metrics = context => AnswerAsync(context, context.Request.Path.Value switch
        {
            "/metrics" => MetricsEndpoint.WriteAsync,
            "/health" => c => HealthEndpoints.WriteHealthAsync(c, health),
            "/health/live" => HealthEndpoints.WriteLiveAsync,
            "/health/ready" => c => HealthEndpoints.WriteReadyAsync(c, health),
            _ => null,
        });
        _diagnostics = context => AnswerAsync(context, context.Request.Path.Value switch
        {
            "/" => c => DiagnosticsEndpoint.WriteAsync(c, sections, time),
            _ => null,
        });
    }

    /// <summary>What answers a request to <paramref name="port"/>; null where it is the API's.</summary>
    public RequestDelegate? Find(int port) =>
        port == _metricsPort ? _metrics : port == _diagnosticsPort ? _diagnostics : null;

    private static Task AnswerAsync(HttpContext context, RequestDelegate? answer)
    {
        if (answer is null)
            return ProblemWriter.WriteAsync(context, ErrorCode.NotFound, "No such path on this port.").AsTask();
        if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
            return answer(context);
        context.Response.Headers.Allow = "GET, HEAD";
        return ProblemWriter.WriteAsync(context, ErrorCode.MethodNotAllowed, $"This path takes GET, not {context.Request.Method}.").AsTask();
    }
}
