using EventBus.Core.Publishing;
using EventBus.Gateway.Settings;
using EventBus.Gateway.Status;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace EventBus.Gateway.Publishing;

/// <summary>
/// Publishes a stream of NDJSON of any length in bounded memory: lines are read while the results of earlier ones are written, in order.
/// </summary>
internal sealed class NdjsonPublisher(
    PublishGate gate, EventSubmitter submitter, PublishLedger ledger, Admission admission, RequestBody bodies, RecentEvents recent,
    GatewaySettings settings)
{
    public async Task PublishAsync(HttpContext context, RequestInfo request)
    {
        // A stream may be as slow as it likes, as long as it is not silent.
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
        context.Response.ContentType = ContentTypes.Ndjson;
        using var results = new NdjsonResults(context, submitter, recent, settings.Http.WriteTimeout);
        using var lines = new NdjsonLines(context, request, gate, submitter, ledger, admission, bodies, results, settings.Http.ReadTimeout);
        // Reading begins first: it is what sends the 100 that a client may wait for.
        var reading = lines.ReadAsync();
        var writing = results.WriteAsync();
        // Both, whatever becomes of either: they use the request until they end.
        await Task.WhenAll(reading, writing);
    }
}
