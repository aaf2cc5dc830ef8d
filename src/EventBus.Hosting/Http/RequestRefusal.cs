using EventBus.Contracts;
using Microsoft.AspNetCore.Http;

namespace EventBus.Hosting.Http;

/// <summary>Answers what Kestrel found wrong with a request while its body was read.</summary>
public static class RequestRefusal
{
    /// <summary>
    /// The problem of a <see cref="BadHttpRequestException"/>, with the connection closed after it: what else the client sends on it can no
    /// longer be told apart from the body that failed.
    /// </summary>
    public static ValueTask WriteAsync(HttpContext context, BadHttpRequestException refusal)
    {
        if (!context.Response.HasStarted)
            context.Response.Headers.Connection = "close";
        return refusal.StatusCode switch
        {
            StatusCodes.Status408RequestTimeout =>
                ProblemWriter.WriteAsync(context, ErrorCode.RequestTimeout, "The request's body arrived too slowly."),
            StatusCodes.Status413PayloadTooLarge =>
                ProblemWriter.WriteAsync(context, ErrorCode.EventTooLarge, "The request's body is larger than is taken here."),
            _ => ProblemWriter.WriteAsync(context, ErrorCode.InvalidRequest, refusal.Message),
        };
    }
}

/// <summary>
/// Metadata of an endpoint that answers every failure itself, with <see cref="RequestRefusal"/> for Kestrel's. It runs without
/// <see cref="HttpEdge"/>'s guard, whose state would be one more allocation for each request.
/// </summary>
public sealed class AnswersOwnFailures
{
    /// <summary>The one instance.</summary>
    public static AnswersOwnFailures Instance { get; } = new();

    private AnswersOwnFailures()
    {
    }
}
