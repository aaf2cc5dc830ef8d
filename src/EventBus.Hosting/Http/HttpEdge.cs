using EventBus.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace EventBus.Hosting.Http;

/// <summary>
/// What every request passes: first the operations ports are told apart and ambiguous framing is refused, then, after routing, whatever no
/// endpoint answers gets a problem. Neither step is an async method: on the publishing path both cost a few comparisons and allocate nothing.
/// </summary>
internal static class HttpEdge
{
    /// <summary>
    /// Where Kestrel keeps a <c>Content-Length</c> that came with <c>Transfer-Encoding</c>: it lets the latter win, as RFC 9112 permits. Both
    /// together are how requests are smuggled past a proxy that lets the former win.
    /// </summary>
    private const string OverriddenContentLength = "X-Content-Length";

    /// <summary>Adds both steps and routing between them; endpoints are mapped after it.</summary>
    /// <param name="app">The application.</param>
    /// <param name="operations">Answers requests to an operations port.</param>
    internal static void UseHttpEdge(this WebApplication app, OperationsPorts operations)
    {
        app.Use(next => context =>
        {
            if (operations.Find(context.Connection.LocalPort) is { } answer)
                return answer(context);
            var headers = context.Request.Headers;
            return headers.TransferEncoding.Count != 0 && headers.ContainsKey(OverriddenContentLength)
                ? RefuseFramingAsync(context)
                : next(context);
        });
        app.UseRouting();
        app.Use(next => context => context.GetEndpoint() switch
        {
            null => ProblemWriter.WriteAsync(context, ErrorCode.NotFound, "No such path.").AsTask(),
            { } endpoint when endpoint.Metadata.GetMetadata<AnswersOwnFailures>() is not null => next(context),
            _ => GuardAsync(context, next),
        });
    }

    private static Task RefuseFramingAsync(HttpContext context)
    {
        context.Response.Headers.Connection = "close";
        return ProblemWriter
            .WriteAsync(context, ErrorCode.InvalidRequest, "The request has both Content-Length and Transfer-Encoding; send one of them.")
            .AsTask();
    }

    private static async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (BadHttpRequestException e)
        {
            await RequestRefusal.WriteAsync(context, e);
            return;
        }

        // Routing's own endpoint for a known path and another method sets the status and Allow, and no body.
        if (context.Response is { StatusCode: StatusCodes.Status405MethodNotAllowed, HasStarted: false })
        {
            await ProblemWriter.WriteAsync(
                context, ErrorCode.MethodNotAllowed, $"This path takes {context.Response.Headers.Allow}, not {context.Request.Method}.");
        }
    }
}
