using System.Diagnostics;
using EventBus.Contracts;
using EventBus.Gateway.Publishing;
using EventBus.Postgres.Queries;
using Microsoft.AspNetCore.Http.Extensions;

namespace EventBus.Gateway.Events;

/// <summary><c>GET /events</c>: pages of stored events, newest first, of those that all given filters let through.</summary>
internal sealed class SearchEndpoint(EventReader events)
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1000;
    private const int MaxTopicLength = 255;
    private const int MaxTextLength = 100;
    private const int MaxCursorLength = 200;

    public async Task SearchAsync(HttpContext context, CancellationToken cancellation)
    {
        if (!TryRead(context.Request, out var query, out var parameters))
        {
            await context.RefuseAsync(parameters.Refusal);
            return;
        }

        var form = AnswerForms.Of(context.Request);
        // A page is an array, so whoever asks for CloudEvents gets the batch format.
        if (form == AnswerForm.CloudEvent)
            form = AnswerForm.CloudEventBatch;
        var started = Stopwatch.GetTimestamp();
        await using var page = await events.SearchAsync(query, cancellation);
        QueryMetrics.Observe("event_search", started);
        context.Response.ContentType = form.MediaType();
        context.Response.Headers.CacheControl = "no-store";
        if (page.Next is { } next)
            context.Response.Headers.Link = LinkTo(context.Request, EventCursor.Write(query, next));
        // Begun before it is written: if the database then fails, the answer is cut, and no problem is appended to half a page.
        await context.Response.StartAsync(cancellation);
        using var writer = new EventWriter(context.Response.BodyWriter, form, cancellation);
        writer.BeginArray();
        while (await page.ReadAsync(cancellation) is { } stored)
            await writer.WriteAsync(stored);
        writer.EndArray();
        await writer.EndAsync();
    }

    private static bool TryRead(HttpRequest request, out EventQuery query, out QueryParameters parameters)
    {
        parameters = new QueryParameters(request, "topic", "type", "source", "session_id", "since", "until", "order", "limit", "cursor");
        query = new EventQuery
        {
            Topic = parameters.Text("topic", MaxTopicLength),
            Type = parameters.Text("type", MaxTextLength),
            Source = parameters.Text("source", MaxTextLength),
            SessionId = parameters.Text("session_id", MaxTextLength),
            Since = parameters.Time("since"),
            Until = parameters.Time("until"),
            IsAscending = parameters.Word("order", "desc", "asc") == "asc",
            Limit = parameters.Number("limit", DefaultLimit, 1, MaxLimit),
        };
        if (query.Since >= query.Until)
            parameters.Fail(ErrorCode.InvalidParameter, "until", "It must be later than since.");
        if (parameters.Text("cursor", MaxCursorLength) is { } cursor)
        {
            if (EventCursor.TryRead(query, cursor, out var after))
                query = query with { After = after };
            else
                parameters.Fail(ErrorCode.InvalidCursor, "cursor", "Take the cursor from a Link header, and keep the filters and the order that it came with.");
        }

        return !parameters.Refusal.IsRefused;
    }

    private static string LinkTo(HttpRequest request, string cursor)
    {
        var builder = new QueryBuilder();
        foreach (var (name, values) in request.Query)
        {
            if (name != "cursor")
                builder.Add(name, values.ToString());
        }

        builder.Add("cursor", cursor);
        return $"<{request.Path}{builder}>; rel=\"next\"";
    }
}
