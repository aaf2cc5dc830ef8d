using System.Text.Json;
using EventBus.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace EventBus.Hosting.Http;

/// <summary>Answers a request with an RFC 9457 problem: the one way in which anything is refused.</summary>
public static class ProblemWriter
{
    /// <summary>The media type of RFC 9457, section 3.</summary>
    public const string ContentType = "application/problem+json";

    /// <summary>Seconds of <c>Retry-After</c> where a later try may help: engines come back, and rings empty, within a second or two.</summary>
    private const string RetryAfterSeconds = "1";

    /// <summary>
    /// Answers <paramref name="context"/> with the problem of <paramref name="error"/>. Does nothing but end the connection where an answer has
    /// begun already: a second status cannot be sent, and a cut answer is at least no wrong one.
    /// </summary>
    /// <param name="context">The request to answer.</param>
    /// <param name="error">What kind of refusal it is; decides status, code and <c>Retry-After</c>.</param>
    /// <param name="detail">What was wrong this time, and what would be right.</param>
    /// <param name="field">A JSON Pointer (RFC 6901) to the field at fault, where one is.</param>
    public static async ValueTask WriteAsync(HttpContext context, ErrorCode error, string detail, string? field = null)
    {
        var response = context.Response;
        if (response.HasStarted)
        {
            context.Abort();
            return;
        }

        var body = JsonSerializer.SerializeToUtf8Bytes(Problem.Of(error, detail, field), PublishJsonContext.Default.Problem);
        response.StatusCode = error.Status;
        response.ContentType = ContentType;
        response.ContentLength = body.Length;
        if (error.Retry)
            response.Headers[HeaderNames.RetryAfter] = RetryAfterSeconds;

        // RequestAborted and not a token of the caller's: a refusal is sent whatever ended the work itself.
        if (!HttpMethods.IsHead(context.Request.Method))
            await response.Body.WriteAsync(body, context.RequestAborted);
    }
}
