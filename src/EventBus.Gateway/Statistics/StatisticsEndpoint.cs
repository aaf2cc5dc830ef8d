using System.Text.Json;
using EventBus.Contracts;
using EventBus.Core.Publishing;
using EventBus.Gateway.Events;
using EventBus.Gateway.Publishing;
using EventBus.Kafka.Topics;

namespace EventBus.Gateway.Statistics;

/// <summary><c>GET /stats</c>.</summary>
internal sealed class StatisticsEndpoint(DeploymentStatistics statistics)
{
    public async Task GetAsync(HttpContext context, CancellationToken cancellation)
    {
        var parameters = new QueryParameters(context.Request);
        if (parameters.Refusal.IsRefused)
        {
            await context.RefuseAsync(parameters.Refusal);
            return;
        }

        try
        {
            var body = JsonSerializer.SerializeToUtf8Bytes(await statistics.ReadAsync(cancellation), ReadJsonContext.Default.StatisticsResponse);
            context.Response.ContentType = ContentTypes.Json;
            context.Response.ContentLength = body.Length;
            context.Response.Headers.CacheControl = "no-store";
            await context.Response.Body.WriteAsync(body, cancellation);
        }
        catch (LogEndsUnavailableException e)
        {
            await context.RefuseAsync(new Refusal(ErrorCode.KafkaUnavailable, $"Kafka did not say where its logs end: {e.Message}"));
        }
    }
}
