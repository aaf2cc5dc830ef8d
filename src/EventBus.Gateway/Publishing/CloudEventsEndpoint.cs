using System.Buffers;
using EventBus.Contracts;
using EventBus.Core.Parsing;
using EventBus.Core.Publishing;

namespace EventBus.Gateway.Publishing;

/// <summary>
/// <c>POST /events</c>: the CloudEvents HTTP protocol binding 1.0.2 in its three modes: structured, batched, and binary, told apart by the
/// content type as the binding says (section 3).
/// </summary>
internal sealed class CloudEventsEndpoint(
    PublishGate gate, RequestBody bodies, EventSubmitter submitter, PublishLedger ledger, SingleEndpoint single, ArrayPublisher arrays)
{
    private const string StructuredType = "application/cloudevents+json";
    private const string BatchType = "application/cloudevents-batch+json";

    public async Task PublishAsync(HttpContext context)
    {
        var request = RequestInfo.Read(context, out var refusal);
        var structured = ContentTypes.HasType(context.Request, StructuredType);
        var batched = ContentTypes.HasType(context.Request, BatchType);
        var attributes = new CloudEventAttributes();
        if (!refusal.IsRefused)
            refusal = structured || batched ? CheckStructured(context.Request, batched) : CloudEventHeaders.Read(context.Request, attributes);
        if (!refusal.IsRefused)
            refusal = gate.Check();
        if (refusal.IsRefused)
        {
            await context.RefuseAsync(refusal);
            return;
        }

        if (batched)
            await arrays.PublishAsync(context, request, EventForm.CloudEvent);
        else
            await PublishOneAsync(context, request, structured ? null : attributes);
    }

    private async Task PublishOneAsync(HttpContext context, RequestInfo request, CloudEventAttributes? attributes)
    {
        var refusal = gate.CheckRate(context, 1);
        var body = refusal.IsRefused
            ? new Body(null, default, 0, refusal)
            : await bodies.ReadAsync(context, SingleEndpoint.MaxEventBytes, ErrorCode.EventTooLarge);
        var batch = body.Refusal.IsRefused ? null : ledger.TryRent(1);
        if (batch is null)
        {
            bodies.Release(body);
            refusal = body.Refusal.IsRefused ? body.Refusal : PublishGate.Full;
            await context.RefuseAsync(refusal);
            return;
        }

        var content = body.Buffer.ToArray();
        bodies.Release(body);
        DeferredEvent? Submit() => attributes is null
            ? submitter.Submit(batch, content, EventForm.CloudEvent, request, 0)
            : submitter.Submit(batch, attributes, content, request);
        if (Submit() is { } deferred)
            await submitter.FinishAsync(batch, deferred, Submit);
        batch.Seal();
        submitter.Wake();
        await single.AnswerAsync(context, batch, request);
    }

    /// <summary>A structured event says everything in its body: attributes in headers too would be two events in one request.</summary>
    private static Refusal CheckStructured(HttpRequest request, bool batched)
    {
        if (!ContentTypes.Is(request, batched ? BatchType : StructuredType, out var refusal))
            return refusal;
        return request.Headers.Any(h => h.Key.StartsWith(CloudEventHeaders.Prefix, StringComparison.OrdinalIgnoreCase))
            ? CloudEventAttributes.Invalid("A structured event takes no ce- headers.")
            : default;
    }
}
