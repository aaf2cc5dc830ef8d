using System.Diagnostics;
using EventBus.Contracts;
using EventBus.Core.Publishing;
using EventBus.Gateway.Publishing;
using EventBus.Gateway.Status;
using EventBus.Postgres.Queries;
using Microsoft.AspNetCore.Http.Features;

namespace EventBus.Gateway.Events;

/// <summary><c>GET /events/{eventId}</c>: one stored event with its payload.</summary>
internal sealed class EventEndpoint(EventReader events, StatusResolver statuses)
{
    /// <summary>Characters of an id or a source.</summary>
    public const int MaxIdLength = 100;

    public async Task GetAsync(HttpContext context, CancellationToken cancellation)
    {
        if (!TryReadId(context, out var eventId, out var source, out var refusal))
        {
            await context.RefuseAsync(refusal);
            return;
        }

        var stored = await FindAsync(eventId, source, cancellation);
        if (stored is null && (refusal = await statuses.ExplainAbsenceAsync(eventId, source, cancellation)) is { IsRefused: false })
            stored = await FindAsync(eventId, source, cancellation);
        if (stored is null)
        {
            await context.RefuseAsync(refusal.IsRefused ? refusal : StatusResolver.Unknown);
            return;
        }

        var form = AnswerForms.Of(context.Request);
        context.Response.ContentType = form.MediaType();
        context.Response.Headers.CacheControl = "no-store";
        using var writer = new EventWriter(context.Response.BodyWriter, form, cancellation);
        if (form == AnswerForm.CloudEventBatch)
            writer.BeginArray();
        await writer.WriteAsync(stored);
        if (form == AnswerForm.CloudEventBatch)
            writer.EndArray();
        await writer.EndAsync();
    }

    /// <summary>The id of the path and the <c>source</c> of the query.</summary>
    public static bool TryReadId(HttpContext context, out string eventId, out string? source, out Refusal refusal)
    {
        eventId = ReadId(context);
        var parameters = new QueryParameters(context.Request, "source");
        source = parameters.Text("source", MaxIdLength);
        // No event has such an id, and PostgreSQL would refuse to look for one with a U+0000.
        if (eventId.Length > MaxIdLength || eventId.Contains('\0', StringComparison.Ordinal))
            parameters.Fail(ErrorCode.TooLong, "event_id", $"Event ids have 1 to {MaxIdLength} characters.");
        refusal = parameters.Refusal;
        return !refusal.IsRefused;
    }

    /// <summary>
    /// The path's segment. Kestrel leaves an escaped slash in its path as it came, so that it cannot be told from the text "%2F" there: an id
    /// with a percent sign is read from the request line.
    /// </summary>
    private static string ReadId(HttpContext context)
    {
        var id = (string)context.GetRouteValue("eventId")!;
        if (!id.Contains('%', StringComparison.Ordinal))
            return id;
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget.Split('?')[0].Split('/');
        var place = Array.LastIndexOf(target, "events");
        return place >= 0 && place + 1 < target.Length ? Uri.UnescapeDataString(target[place + 1]) : id;
    }

    private async Task<StoredEvent?> FindAsync(string eventId, string? source, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        var found = await events.FindAsync(eventId, source, cancellation);
        QueryMetrics.Observe("event_by_id", started);
        return found;
    }
}
