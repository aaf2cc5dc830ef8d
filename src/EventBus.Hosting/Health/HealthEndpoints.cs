using System.Text;
using System.Text.Json;
using EventBus.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EventBus.Hosting.Health;

/// <summary><c>/health</c>, <c>/health/live</c> and <c>/health/ready</c>: on the gateway's main port, and on the metrics' port of both.</summary>
public static class HealthEndpoints
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Maps the three on the main port.</summary>
    public static void MapHealth(this IEndpointRouteBuilder endpoints, HealthState health)
    {
        endpoints.MapMethods("/health", Methods, (RequestDelegate)(context => WriteHealthAsync(context, health)));
        endpoints.MapMethods("/health/live", Methods, (RequestDelegate)WriteLiveAsync);
        endpoints.MapMethods("/health/ready", Methods, (RequestDelegate)(context => WriteReadyAsync(context, health)));
    }

    /// <summary>The whole state; 503 where it is unhealthy.</summary>
    internal static Task WriteHealthAsync(HttpContext context, HealthState health)
    {
        var (status, response) = health.Report();
        context.Response.StatusCode = status == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        return WriteAsync(context, "application/json", JsonSerializer.SerializeToUtf8Bytes(response, PublishJsonContext.Default.HealthResponse));
    }

    /// <summary>200 for as long as the process serves at all: an orchestrator restarts what does not answer, and a restart cures no broker.</summary>
    internal static Task WriteLiveAsync(HttpContext context) => WriteAsync(context, "text/plain", "live\n"u8.ToArray());

    /// <summary>Whether to send requests here; the reason in plain words where not.</summary>
    internal static Task WriteReadyAsync(HttpContext context, HealthState health)
    {
        var (isReady, reason) = health.CheckReady();
        context.Response.StatusCode = isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        var text = (isReady ? "ready" : "not ready") + (reason.Length == 0 ? "" : $": {reason}") + "\n";
        return WriteAsync(context, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(text));
    }

    private static Task WriteAsync(HttpContext context, string contentType, byte[] body)
    {
        var response = context.Response;
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "no-store";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body, 0, body.Length, context.RequestAborted);
    }
}
