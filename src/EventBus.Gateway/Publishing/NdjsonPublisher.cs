using EventBus.Core.Publishing;
using EventBus.Gateway.Settings;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace EventBus.Gateway.Publishing;

/// <summary>
/// Publishes a stream of NDJSON of any length in bounded memory: lines are read while the results of earlier ones are written, in order.
/// </summary>
internal sealed class NdjsonPublisher(
    PublishGate gate, EventSubmitter submitter, PublishLedger ledger, Admission admission, GatewaySettings settings)
{
    public async Task PublishAsync(HttpContext context, RequestInfo request)
    {
        // A stream may be as slow as it likes, as long as it is not silent.
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
        gate.Touch(context, NdjsonResults.MaxEvents);
        context.Response.ContentType = ContentTypes.Ndjson;
        await context.Response.StartAsync(context.RequestAborted);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);

        using var results = new NdjsonResults(context, submitter, settings.Http.WriteTimeout);
        using var lines = new NdjsonLines(context, request, gate, submitter, ledger, admission, results, settings.Http.ReadTimeout);
        var writing = results.WriteAsync();
        await lines.ReadAsync();
        await writing;
    }
}
