using Microsoft.AspNetCore.Http;
using Prometheus;

namespace EventBus.Hosting.Metrics;

/// <summary><c>/metrics</c>: the default registry in Prometheus's text format, or in OpenMetrics for who asks for it.</summary>
internal static class MetricsEndpoint
{
    private const string OpenMetrics = "application/openmetrics-text";

    /// <summary>Answers with every metric.</summary>
    public static async Task WriteAsync(HttpContext context)
    {
        var wantsOpenMetrics = context.Request.Headers.Accept.Any(value => value?.Contains(OpenMetrics, StringComparison.OrdinalIgnoreCase) == true);
        var response = context.Response;
        response.ContentType = wantsOpenMetrics
            ? PrometheusConstants.OpenMetricsContentTypeWithVersionAndEncoding
            : PrometheusConstants.TextContentTypeWithVersionAndEncoding;
        if (HttpMethods.IsHead(context.Request.Method))
            return;
        await Prometheus.Metrics.DefaultRegistry.CollectAndExportAsTextAsync(
            response.Body,
            wantsOpenMetrics ? ExpositionFormat.OpenMetricsText : ExpositionFormat.PrometheusText,
            context.RequestAborted);
    }
}
