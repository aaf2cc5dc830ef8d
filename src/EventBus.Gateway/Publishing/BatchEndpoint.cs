using EventBus.Core.Publishing;
using EventBus.Contracts;
using EventBus.Hosting.Http;

namespace EventBus.Gateway.Publishing;

/// <summary><c>POST /events/publish/batch</c>: a JSON array, or a stream of NDJSON.</summary>
internal sealed class BatchEndpoint(PublishGate gate, ArrayPublisher arrays, NdjsonPublisher streams)
{
    public async Task PublishAsync(HttpContext context)
    {
        var request = RequestInfo.Read(context, out var refusal);
        var isStream = ContentTypes.HasType(context.Request, ContentTypes.Ndjson);
        if (!refusal.IsRefused && ContentTypes.Is(context.Request, isStream ? ContentTypes.Ndjson : ContentTypes.Json, out refusal))
            refusal = gate.Check();
        if (!refusal.IsRefused && isStream && !request.IdempotencyKey.IsEmpty)
            refusal = new Refusal(ErrorCode.InvalidIdempotencyKey, "A stream takes no Idempotency-Key: give each of its events an event_id.");
        try
        {
            if (refusal.IsRefused)
                await context.RefuseAsync(refusal);
            else if (isStream)
                await streams.PublishAsync(context, request);
            else
                await arrays.PublishAsync(context, request, Core.Parsing.EventForm.Either);
        }
        catch (BadHttpRequestException e)
        {
            await RequestRefusal.WriteAsync(context, e);
        }
    }
}
