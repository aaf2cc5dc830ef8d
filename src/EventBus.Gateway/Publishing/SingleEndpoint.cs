using System.Buffers;
using EventBus.Contracts;
using EventBus.Core.Parsing;
using EventBus.Core.Publishing;
using EventBus.Gateway.Status;
using EventBus.Hosting.Http;

namespace EventBus.Gateway.Publishing;

/// <summary><c>POST /events/publish</c> and <c>/events/game/publish</c>: one event, answered once all in-sync replicas have it.</summary>
internal sealed class SingleEndpoint(PublishGate gate, RequestBody bodies, EventSubmitter submitter, PublishLedger ledger, RecentEvents recent)
{
    /// <summary>The most bytes of an event's body.</summary>
    public const int MaxEventBytes = 1024 * 1024;

    /// <summary>A generic event.</summary>
    public Task PublishAsync(HttpContext context) => HandleAsync(context, EventForm.Generic);

    /// <summary>A game event.</summary>
    public Task PublishGameAsync(HttpContext context) => HandleAsync(context, EventForm.Game);

    /// <summary>Awaits a sealed batch of one and answers it. Gives the batch back.</summary>
    public async Task AnswerAsync(HttpContext context, PublishBatch batch, RequestInfo request)
    {
        if (request.IsAsync && batch.Items[0].State != PublishState.Refused)
        {
            recent.NotePending(batch);
            AnswerQueued(context, batch);
            _ = FinishQueuedAsync(batch);
            return;
        }

        await batch.WaitAsync();
        if (!TryAnswer(context, batch))
            await AnswerOtherAsync(context, batch);
    }

    private async Task HandleAsync(HttpContext context, EventForm form)
    {
        var request = RequestInfo.Read(context, out var refusal);
        if (!refusal.IsRefused && ContentTypes.Is(context.Request, ContentTypes.Json, out refusal))
            refusal = gate.Check();
        if (!refusal.IsRefused)
            refusal = gate.CheckRate(context, 1);
        if (refusal.IsRefused)
        {
            await context.RefuseAsync(refusal);
            return;
        }

        gate.Touch(context, 1);
        Body body;
        try
        {
            body = await bodies.ReadAsync(context, MaxEventBytes, ErrorCode.EventTooLarge);
        }
        catch (BadHttpRequestException e)
        {
            await RequestRefusal.WriteAsync(context, e);
            return;
        }

        var batch = body.Refusal.IsRefused ? null : ledger.TryRent(1);
        if (batch is null)
        {
            bodies.Release(body);
            refusal = body.Refusal.IsRefused ? body.Refusal : PublishGate.Full;
            await context.RefuseAsync(refusal);
            return;
        }

        if (Submit(batch, body.Buffer, form, request) is { } deferred)
            await submitter.FinishAsync(batch, deferred, body.Buffer.ToArray(), form, request, 0);
        bodies.Release(body);
        batch.Seal();
        submitter.Wake();
        if (request.IsAsync)
        {
            await AnswerAsync(context, batch, request);
            return;
        }

        // As AnswerAsync, without its state: the one await that every request really waits at.
        await batch.WaitAsync();
        if (!TryAnswer(context, batch))
            await AnswerOtherAsync(context, batch);
    }

    private DeferredEvent? Submit(PublishBatch batch, in ReadOnlySequence<byte> body, EventForm form, RequestInfo request)
    {
        if (body.IsSingleSegment)
            return submitter.Submit(batch, body.FirstSpan, form, request, 0);
        var length = (int)body.Length;
        var copy = ArrayPool<byte>.Shared.Rent(length);
        body.CopyTo(copy);
        var deferred = submitter.Submit(batch, copy.AsSpan(0, length), form, request, 0);
        ArrayPool<byte>.Shared.Return(copy);
        return deferred;
    }

    /// <summary>Answers a published event that has no claim to settle: nearly every one.</summary>
    private bool TryAnswer(HttpContext context, PublishBatch batch)
    {
        ref var item = ref batch.Items[0];
        if (item.Outcome != PublishState.Published || item.Claim is not null)
            return false;
        recent.Note(batch);
        try
        {
            AnswerWriter.WriteSingle(context.Response, batch, item);
        }
        finally
        {
            batch.Return();
        }

        return true;
    }

    private async Task AnswerOtherAsync(HttpContext context, PublishBatch batch)
    {
        recent.Note(batch);
        await submitter.SettleAsync(batch);
        var isPublished = batch.Items[0].Outcome == PublishState.Published;
        var refusal = batch.Items[0].Reason;
        if (isPublished)
            AnswerWriter.WriteSingle(context.Response, batch, batch.Items[0]);
        batch.Return();
        if (!isPublished)
            await context.RefuseAsync(refusal);
    }

    private static void AnswerQueued(HttpContext context, PublishBatch batch)
    {
        var response = context.Response;
        response.StatusCode = StatusCodes.Status202Accepted;
        response.ContentType = ContentTypes.Json;
        response.Headers["Preference-Applied"] = "respond-async";
        response.Headers.Location = "/events/" + Uri.EscapeDataString(System.Text.Encoding.UTF8.GetString(batch.IdOf(batch.Items[0]))) + "/status";
        AnswerWriter.WriteQueued(response.BodyWriter, batch, batch.Items[0]);
    }

    /// <summary>Nobody waits for a queued event; its claim is settled with its outcome all the same.</summary>
    private async Task FinishQueuedAsync(PublishBatch batch)
    {
        await batch.WaitAsync();
        recent.NoteOutcome(batch);
        if (batch.Items[0].Claim is not null)
            await submitter.SettleAsync(batch);
        batch.Return();
    }
}
