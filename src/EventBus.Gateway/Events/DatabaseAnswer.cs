using EventBus.Contracts;
using EventBus.Core.Publishing;
using EventBus.Core.Storing;
using EventBus.Gateway.Publishing;

namespace EventBus.Gateway.Events;

/// <summary>What an endpoint that reads the database answers when there is none, or none that answers.</summary>
internal static class DatabaseAnswer
{
    /// <summary>The longest that one request may read: a client that takes its time must not keep a connection from others.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>The endpoint of a gateway without a database.</summary>
    public static Task NotConfiguredAsync(HttpContext context) => context.RefuseAsync(
        new Refusal(ErrorCode.DatabaseNotConfigured, "This needs EVENT_BUS_DATABASE_URL.")).AsTask();

    /// <summary>Runs an endpoint within the limit, and answers for it where the database does not.</summary>
    public static RequestDelegate Guard(Func<HttpContext, CancellationToken, Task> endpoint) => async context =>
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        deadline.CancelAfter(Limit);
        try
        {
            await endpoint(context, deadline.Token);
        }
        catch (StoreUnavailableException)
        {
            // Begun answers are cut: a page that ends early must not look whole. Why the database is away is the log's and not a client's.
            await context.RefuseAsync(new Refusal(ErrorCode.DatabaseUnavailable, "The database does not answer now."));
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            await context.RefuseAsync(new Refusal(ErrorCode.DatabaseUnavailable, "The answer took too long; ask for less at once."));
        }
        catch (OperationCanceledException)
        {
            // Nobody is left to answer.
        }
    };
}
