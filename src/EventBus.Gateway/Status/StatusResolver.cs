using System.Diagnostics;
using System.Globalization;
using System.Text;
using EventBus.Contracts;
using EventBus.Core.Publishing;
using EventBus.Core.Storing;
using EventBus.Gateway.Events;
using EventBus.Kafka.Topics;
using EventBus.Postgres.Queries;

namespace EventBus.Gateway.Status;

/// <summary>The state of an event: what the store says, else what this instance remembers. Exactly one of the two is given, or neither.</summary>
internal readonly record struct FoundStatus(StoredStatus? Stored, RecentEvent? Recent, bool IsDeadLettered = false);

/// <summary>
/// Tells what became of an event, so that the answer is right on every instance: from the store, from this instance's memory of what it
/// published, and where neither knows the event, by waiting until the sink has passed all that the log held when it was asked for.
/// </summary>
internal sealed class StatusResolver(StatusReader store, RecentEvents recent, SinkProgress progress, SinkPositionReader positions, TimeProvider time)
{
    /// <summary>How long another instance may have an event in hand that it has told its client of.</summary>
    private static readonly TimeSpan InHand = TimeSpan.FromMinutes(1);

    /// <summary>The answer for an id that is nowhere.</summary>
    public static Refusal Unknown { get; } = new(ErrorCode.UnknownEvent, "No event with this id is stored or on its way.");

    /// <summary>Finds an event, or the refusal that says why not.</summary>
    /// <exception cref="StoreUnavailableException">The database did not answer, and this instance does not know the event.</exception>
    public async Task<(FoundStatus Found, Refusal Refusal)> ResolveAsync(string eventId, string? source, CancellationToken cancellation)
    {
        // By the id alone: with a source, only the store can tell.
        var isRecent = recent.TryFind(Encoding.UTF8.GetBytes(eventId), out var event_) && source is null;
        try
        {
            if (await FindAsync(eventId, source, cancellation) is { } stored)
                return (new FoundStatus(stored, null), default);
            if (isRecent && event_.State == RecentState.Published && await IsPassedAsync(event_, cancellation))
            {
                // Passed and not stored: it was stored between the two looks, or the sink could not store it.
                return await FindAsync(eventId, source, cancellation) is { } now
                    ? (new FoundStatus(now, null), default)
                    : (new FoundStatus(null, event_, IsDeadLettered: true), default);
            }
        }
        catch (StoreUnavailableException) when (isRecent && event_.State != RecentState.Unknown)
        {
            return (new FoundStatus(null, event_), default);
        }

        if (isRecent && event_.State != RecentState.Unknown)
            return (new FoundStatus(null, event_), default);
        var refusal = await ExplainAbsenceAsync(eventId, source, cancellation);
        if (refusal.IsRefused)
            return (default, refusal);
        return await FindAsync(eventId, source, cancellation) is { } late ? (new FoundStatus(late, null), default) : (default, Unknown);
    }

    /// <summary>
    /// Why the store may not have an event although it exists; no refusal once the sink has passed all that was in the log, so that another
    /// look decides.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The database did not answer.</exception>
    public async Task<Refusal> ExplainAbsenceAsync(string eventId, string? source, CancellationToken cancellation)
    {
        var isRecent = recent.TryFind(Encoding.UTF8.GetBytes(eventId), out var event_);
        if (isRecent && event_.State == RecentState.Pending)
            return NotReady("The event is queued and not acknowledged yet.");
        if (isRecent && event_.State == RecentState.Unknown && event_.Age < InHand)
            return NotReady("The broker did not say whether it has the event.");
        if (!isRecent && AgeOf(eventId) < InHand)
            return NotReady("The id is younger than a minute; another instance may have the event in hand.");
        try
        {
            return await progress.CatchUpAsync(cancellation)
                ? default
                : NotReady("The event store is behind the log; the event may be in what it has yet to read.");
        }
        catch (LogEndsUnavailableException e)
        {
            return NotReady($"Kafka did not say what the event store has yet to read: {e.Message}");
        }
    }

    private static Refusal NotReady(string detail) => new(ErrorCode.StatusNotReady, detail);

    private async Task<StoredStatus?> FindAsync(string eventId, string? source, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        var found = await store.FindAsync(eventId, source, cancellation);
        QueryMetrics.Observe("event_status", started);
        return found;
    }

    /// <summary>
    /// Whether the sink is past an event. A position tells it by the topic's name, which a topic that was deleted before had too: only
    /// where one says so is it worth asking whether the sink has passed the end of all that is in the log.
    /// </summary>
    private async Task<bool> IsPassedAsync(RecentEvent published, CancellationToken cancellation)
    {
        var mayBe = published.Offset >= 0 && (await positions.ReadAsync(cancellation)).Any(p =>
            p.Partition.Topic == published.Topic!.Name && p.Partition.Partition == published.Partition && p.Next > published.Offset);
        try
        {
            return mayBe && await progress.CatchUpAsync(cancellation);
        }
        catch (LogEndsUnavailableException)
        {
            return false;
        }
    }

    /// <summary>The age of an id by the time in it; a long one where it has none.</summary>
    private TimeSpan AgeOf(string eventId)
    {
        if (eventId.Length != 36 || eventId[14] != '7' || !Guid.TryParseExact(eventId, "D", out _))
            return TimeSpan.MaxValue;
        var milliseconds = long.Parse(string.Concat(eventId.AsSpan(0, 8), eventId.AsSpan(9, 4)), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return time.GetUtcNow() - DateTimeOffset.UnixEpoch - TimeSpan.FromMilliseconds(milliseconds);
    }
}
