using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using EventBus.Contracts;
using EventBus.Core.Idempotency;
using EventBus.Core.Parsing;
using EventBus.Core.Publishing;
using EventBus.Gateway.Status;

namespace EventBus.Gateway.Publishing;

/// <summary>
/// Publishes a JSON array: read whole and checked as JSON before any of it is published; then each event has its own outcome, in order.
/// 200 where all were published, 207 where some were not.
/// </summary>
internal sealed class ArrayPublisher(
    PublishGate gate, RequestBody bodies, EventSubmitter submitter, PublishLedger ledger, IIdempotencyWindow window,
    RecentEvents recent)
{
    /// <summary>The most bytes of an array.</summary>
    public const int MaxArrayBytes = 16 * 1024 * 1024;

    /// <summary>The most events of an array.</summary>
    public const int MaxArrayEvents = 10_000;

    /// <summary>Reads, publishes and answers an array whose elements have this form.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask PublishAsync(HttpContext context, RequestInfo request, EventForm form)
    {
        var body = await bodies.ReadAsync(context, MaxArrayBytes, ErrorCode.EventTooLarge);
        if (body.Refusal.IsRefused)
        {
            bodies.Release(body);
            await context.RefuseAsync(body.Refusal);
            return;
        }

        var length = (int)body.Buffer.Length;
        var json = ArrayPool<byte>.Shared.Rent(length);
        body.Buffer.CopyTo(json);
        body.Consume();
        var lists = Lists.Rent();
        Submission submission;
        try
        {
            submission = await SubmitAsync(context, request, form, json.AsMemory(0, length), lists.Elements, lists.Groups);
        }
        finally
        {
            // Before the outcomes are awaited: the events are in the ring, and their JSON need not wait with them.
            ArrayPool<byte>.Shared.Return(json);
            bodies.Forget(body);
        }

        if (submission.Refusal.IsRefused)
            await context.RefuseAsync(submission.Refusal);
        else
            await (request.IsAsync ? AnswerQueuedAsync(context, submission, lists.Groups) : AnswerAsync(context, submission, lists.Groups));
        lists.Return();
    }

    /// <summary>What became of a request as a whole, and its claim where it has to settle one.</summary>
    private readonly record struct Submission(Refusal Refusal, IdempotencyKey? Claim = null);

    /// <summary>
    /// Settles the request's own claim, before the answer: whoever has that may send the request again at once, to another instance. The
    /// claim only tells another body under the same key; each event has its claim and answer of its own.
    /// </summary>
    private ValueTask SettleAsync(Submission submission, bool isAnyPublished)
    {
        if (submission.Claim is not { } claim)
            return ValueTask.CompletedTask;
        return isAnyPublished ? window.CompleteAsync(claim, new BodyAnswer(StatusCodes.Status200OK, default)) : window.AbandonAsync(claim);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Submission> SubmitAsync(
        HttpContext context, RequestInfo request, EventForm form, ReadOnlyMemory<byte> json, List<Range> elements, List<PublishBatch> groups)
    {
        var refusal = ArrayElements.Read(json.Span, elements, MaxArrayEvents);
        if (!refusal.IsRefused)
            refusal = gate.CheckRate(context, elements.Count);
        if (refusal.IsRefused)
            return new Submission(refusal);

        IdempotencyKey? claim = null;
        if (!request.IdempotencyKey.IsEmpty)
        {
            var key = IdempotencyKey.Create(IdempotencyKind.Header, default, request.IdempotencyKey);
            var fingerprint = RequestFingerprint.Create(Encoding.UTF8.GetBytes(context.Request.Path), new ReadOnlySequence<byte>(json));
            var outcome = (await window.BeginAsync(key, fingerprint, CancellationToken.None)).Outcome;
            if (outcome is not (IdempotencyOutcome.Started or IdempotencyOutcome.Completed))
                return new Submission(EventSubmitter.RefusalOf(outcome));
            claim = outcome == IdempotencyOutcome.Started ? key : null;
        }

        if (!ledger.TryRentGroups(elements.Count, groups))
        {
            if (claim is { } unused)
                await window.AbandonAsync(unused);
            return new Submission(PublishGate.Full);
        }

        gate.Touch(context, elements.Count);
        await SubmitAsync(request, form, json, elements, groups);
        return new Submission(default, claim);
    }

    private async ValueTask SubmitAsync(
        RequestInfo request, EventForm form, ReadOnlyMemory<byte> json, List<Range> elements, List<PublishBatch> groups)
    {
        for (var i = 0; i < elements.Count; i++)
        {
            var group = groups[i / PublishLedger.GroupCapacity];
            var element = json[elements[i]];
            if (element.Length > SingleEndpoint.MaxEventBytes)
                group.AddRefused(new Refusal(ErrorCode.EventTooLarge, $"An event may have at most {SingleEndpoint.MaxEventBytes} bytes."));
            else if (submitter.Submit(group, element.Span, form, request, i) is { } deferred)
                await submitter.FinishAsync(group, deferred, element, form, request, i);
            if (group.Count == PublishLedger.GroupCapacity || i == elements.Count - 1)
                Close(group);
        }
    }

    private void Close(PublishBatch group)
    {
        group.Seal();
        submitter.Wake();
    }

    /// <summary>Awaits all outcomes, then answers.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask AnswerAsync(HttpContext context, Submission submission, List<PublishBatch> groups)
    {
        var (published, refused) = (0, 0);
        foreach (var group in groups)
        {
            await group.WaitAsync();
            recent.Note(group);
            await submitter.SettleAsync(group);
            foreach (ref var item in group.Items)
                _ = item.Outcome == PublishState.Published ? published++ : refused++;
        }

        await SettleAsync(submission, published > 0);
        try
        {
            Start(context, refused == 0 ? StatusCodes.Status200OK : StatusCodes.Status207MultiStatus);
            await WriteAsync(context, groups, static (writer, group, i) => AnswerWriter.Write(writer, group, group.Items[i]));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client is gone; what was published is published.
        }
        finally
        {
            foreach (var group in groups)
                group.Return();
        }
    }

    private async ValueTask AnswerQueuedAsync(HttpContext context, Submission submission, List<PublishBatch> groups)
    {
        context.Response.Headers["Preference-Applied"] = "respond-async";
        groups.ForEach(recent.NotePending);
        await SettleAsync(submission, groups.Exists(static g => g.Submitted > 0));
        try
        {
            Start(context, StatusCodes.Status202Accepted);
            await WriteAsync(context, groups, static (writer, group, i) => AnswerWriter.WriteQueued(writer, group, group.Items[i]));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client is gone; its events are queued all the same.
        }
        finally
        {
            foreach (var group in groups)
                _ = FinishQueuedAsync(group);
        }
    }

    private async Task FinishQueuedAsync(PublishBatch group)
    {
        await group.WaitAsync();
        recent.NoteOutcome(group);
        await submitter.SettleAsync(group);
        group.Return();
    }

    private static void Start(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = ContentTypes.Json;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask WriteAsync(HttpContext context, List<PublishBatch> groups, Action<System.IO.Pipelines.PipeWriter, PublishBatch, int> write)
    {
        var writer = context.Response.BodyWriter;
        writer.Write("["u8);
        var first = true;
        foreach (var group in groups)
        {
            for (var i = 0; i < group.Count; i++)
            {
                if (!first)
                    writer.Write(","u8);
                first = false;
                write(writer, group, i);
            }

            // Per group, so that a large answer is not held whole.
            await writer.FlushAsync(context.RequestAborted);
        }

        writer.Write("]"u8);
        await writer.FlushAsync(context.RequestAborted);
    }

    /// <summary>Where the elements of one array stand and the groups that they went to, kept for the next array.</summary>
    private sealed class Lists
    {
        private const int MaxKept = 64;

        private static readonly ConcurrentQueue<Lists> Pool = new();

        public List<Range> Elements { get; } = [];

        public List<PublishBatch> Groups { get; } = [];

        public static Lists Rent() => Pool.TryDequeue(out var lists) ? lists : new Lists();

        public void Return()
        {
            Elements.Clear();
            Groups.Clear();
            if (Pool.Count < MaxKept)
                Pool.Enqueue(this);
        }
    }
}
