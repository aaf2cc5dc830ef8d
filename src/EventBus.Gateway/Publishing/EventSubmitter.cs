using System.Text;
using EventBus.Contracts;
using EventBus.Core.Buffering;
using EventBus.Core.Idempotency;
using EventBus.Core.Parsing;
using EventBus.Core.Publishing;
using EventBus.Core.Settings;
using EventBus.Core.Topics;
using EventBus.Gateway.Topics;

namespace EventBus.Gateway.Publishing;

/// <summary>Brings one event from its JSON into the ring and its batch: parsed, claimed where the client may repeat it, admitted, written.</summary>
internal sealed partial class EventSubmitter(
    EventParser parser, CloudEventParser cloudEvents, EventRing ring, Admission admission, IIdempotencyWindow window, TopicAutoCreation topics, KafkaSettings settings,
    TimeProvider time, ILogger<EventSubmitter> logger)
{
    private const int MaxWaitsForRing = 20;

    private int _waitingForRing;

    /// <summary>
    /// Submits an event to <paramref name="batch"/>. Null when that is done, whatever the outcome; else what has to be awaited first, by
    /// <c>FinishAsync</c>. Nothing is allocated for a valid event without a client's id.
    /// </summary>
    public DeferredEvent? Submit(PublishBatch batch, ReadOnlySpan<byte> json, EventForm form, RequestInfo request, int index) =>
        Submit(batch, json, form, request, index, Now);

    /// <summary>As above, with the ingest time given: one reading of the clock serves all that was read at once.</summary>
    public DeferredEvent? Submit(
        PublishBatch batch, ReadOnlySpan<byte> json, EventForm form, RequestInfo request, int index, long utcTicks)
    {
        try
        {
            var context = request.ContextOf(index, utcTicks);
            var valid = form == EventForm.CloudEvent
                ? cloudEvents.TryParse(json, context, out var parsed, out var refusal)
                : parser.TryParse(json, form, context, out parsed, out refusal);
            return Take(batch, valid, parsed, refusal, json, request);
        }
        catch (Exception e)
        {
            RefuseUnforeseen(batch, e);
            return null;
        }
    }

    /// <summary>Submits a CloudEvent whose attributes came in headers.</summary>
    public DeferredEvent? Submit(PublishBatch batch, CloudEventAttributes attributes, ReadOnlySpan<byte> data, RequestInfo request)
    {
        try
        {
            var context = request.ContextOf(0, Now);
            return Take(batch, cloudEvents.TryParse(attributes, data, context, out var parsed, out var refusal), parsed, refusal, data, request);
        }
        catch (Exception e)
        {
            RefuseUnforeseen(batch, e);
            return null;
        }
    }

    /// <summary>The ingest time of what comes now: ticks of <see cref="DateTime"/> in UTC.</summary>
    public long Now => time.GetUtcNow().Ticks;

    /// <summary>Wakes the drainer, once after a group of events.</summary>
    public void Wake() => ring.Wake();

    /// <summary>Submits a deferred event: its topic is made, or its claim awaited.</summary>
    public ValueTask FinishAsync(
        PublishBatch batch, DeferredEvent deferred, ReadOnlyMemory<byte> json, EventForm form, RequestInfo request, int index) =>
        FinishAsync(batch, deferred, () => Submit(batch, json.Span, form, request, index));

    /// <summary>As above, where <paramref name="again"/> submits the event anew once its topic was made.</summary>
    public async ValueTask FinishAsync(PublishBatch batch, DeferredEvent deferred, Func<DeferredEvent?> again)
    {
        try
        {
            if (deferred.TopicToMake is null)
                await ClaimAsync(batch, deferred);
            else if (await MakeTopicAsync(batch, deferred, again) is { } next)
                await ClaimAsync(batch, next);
        }
        catch (Exception e)
        {
            RefuseUnforeseen(batch, e);
        }
    }

    /// <summary>Makes the topic and submits the event anew; what is to be claimed then, or null where it is done.</summary>
    private async ValueTask<DeferredEvent?> MakeTopicAsync(PublishBatch batch, DeferredEvent deferred, Func<DeferredEvent?> again)
    {
        var refusal = await topics.CreateAsync(deferred.TopicToMake!);
        if (refusal.IsRefused)
        {
            batch.AddRefused(refusal with { Field = "/topic" }, deferred.Id);
            return null;
        }

        if (again() is not { } next)
            return null;
        // Once is enough: where the topic still is not there, the answer is that it is unknown.
        if (next.TopicToMake is null)
            return next;
        batch.AddRefused(next.Refusal, next.Id);
        return null;
    }

    /// <summary>A defect of ours must not cost the batch its other events, nor leave it without its end: it becomes this event's answer.</summary>
    private void RefuseUnforeseen(PublishBatch batch, Exception exception)
    {
        LogUnforeseen(exception);
        batch.AddRefused(new Refusal(ErrorCode.InternalError, "The event was not stored; the log says more."));
    }

    /// <summary>
    /// Gives every claim of a finished batch its outcome: kept where the event is stored, freed where it was refused or is unknown.
    /// </summary>
    public async ValueTask SettleAsync(PublishBatch batch)
    {
        // All at once where the window is shared: one way to Redis and back for the batch, not one for each event.
        List<Task>? pending = null;
        try
        {
            for (var i = 0; i < batch.Count; i++)
            {
                if (batch.Items[i].Claim is not { } claim)
                    continue;
                var settled = batch.Items[i].Outcome == PublishState.Published
                    ? window.CompleteAsync(claim, AnswerOf(batch.Items[i]))
                    : window.AbandonAsync(claim);
                if (!settled.IsCompletedSuccessfully)
                    (pending ??= []).Add(settled.AsTask());
            }

            if (pending is not null)
                await Task.WhenAll(pending);
        }
        catch (Exception e)
        {
            // The event's own answer stands, whatever the window makes of it.
            LogUnforeseen(e);
        }
    }

    private static PublishedAnswer AnswerOf(in PublishItem item) => new(item.Partition, item.Offset < 0 ? null : item.Offset);

    private DeferredEvent? Take(
        PublishBatch batch, bool valid, scoped in ParsedEvent parsed, in Refusal refusal, ReadOnlySpan<byte> body, RequestInfo request)
    {
        if (!valid)
        {
            if (settings.AutoCreateTopics && refusal.Error == ErrorCode.UnknownTopic)
                return DeferredEvent.ForTopic(Encoding.UTF8.GetString(parsed.TopicName), parsed.Id, refusal);
            batch.AddRefused(refusal, parsed.Id, parsed.Topic, parsed.Series);
            return null;
        }

        var frame = FrameWriter.ForThread;
        if (parsed.HasClientId)
            return DeferredEvent.ForClaim(parsed, frame, request.IdempotencyKey.IsEmpty ? frame.WrittenContent : body);
        Place(batch, parsed.Id, parsed.Topic!, parsed.Series!, parsed.Priority, frame.Finish(parsed.Topic!.Index), claim: null);
        return null;
    }

    /// <summary>Lets the event in and writes its frame, or adds it as refused for lack of room.</summary>
    private void Place(
        PublishBatch batch, ReadOnlySpan<byte> id, Topic topic, EventSeries series, Core.Events.EventPriority priority, ReadOnlySpan<byte> frame,
        IdempotencyKey? claim)
    {
        if (admission.TryEnter(priority, frame.Length))
        {
            var ticket = batch.AddPending(id, topic, series, frame.Length);
            batch.Items[^1].Claim = claim;
            if (ring.TryWrite(frame, ticket) || WriteOnceThereIsRoom(frame, ticket))
                return;
            batch.Withdraw(PublishGate.Full);
            admission.Leave(1, frame.Length);
            admission.CountShed(priority);
        }
        else
        {
            batch.AddRefused(PublishGate.Full, id, topic, series);
            batch.Items[^1].Claim = claim;
        }

        series.CountRefused();
    }

    /// <summary>
    /// A full ring of events that were let in is a burst of large ones, which the drainer takes out within a millisecond or two: worth a
    /// blocked thread rather than a refusal.
    /// </summary>
    private bool WriteOnceThereIsRoom(ReadOnlySpan<byte> frame, long ticket)
    {
        // One thread at a time: were the ring full for longer, all threads would wait for it and none be left to refuse.
        if (Interlocked.Exchange(ref _waitingForRing, 1) == 1)
            return false;
        var written = false;
        for (var i = 0; i < MaxWaitsForRing && !written; i++)
        {
            ring.Wake();
            Thread.Sleep(1);
            written = ring.TryWrite(frame, ticket);
        }

        Volatile.Write(ref _waitingForRing, 0);
        return written;
    }

    private async ValueTask ClaimAsync(PublishBatch batch, DeferredEvent deferred)
    {
        try
        {
            var claim = await window.BeginAsync(deferred.Key, deferred.Fingerprint, CancellationToken.None);
            switch (claim.Outcome)
            {
                case IdempotencyOutcome.Started:
                    Place(batch, deferred.Id, deferred.Topic!, deferred.Series!, deferred.Priority, deferred.Frame.AsSpan(0, deferred.FrameLength), deferred.Key);
                    break;
                case IdempotencyOutcome.Completed when claim.Answer is PublishedAnswer answer:
                    batch.AddPublished(deferred.Id, deferred.Topic!, deferred.Series!, answer.Partition, answer.Offset ?? -1);
                    break;
                default:
                    batch.AddRefused(RefusalOf(claim.Outcome), deferred.Id, deferred.Topic, deferred.Series);
                    break;
            }
        }
        finally
        {
            deferred.Release();
        }
    }

    /// <summary>The refusal of a claim that was not granted.</summary>
    public static Refusal RefusalOf(IdempotencyOutcome outcome) => outcome switch
    {
        IdempotencyOutcome.InFlight => new Refusal(
            ErrorCode.IdempotencyInFlight, "The first request with this key or event_id has no outcome yet."),
        IdempotencyOutcome.Mismatch => new Refusal(
            ErrorCode.IdempotencyMismatch, "This key or event_id was used for another event."),
        _ => new Refusal(ErrorCode.Overloaded, "Too many events with keys of their own are waiting."),
    };
}
