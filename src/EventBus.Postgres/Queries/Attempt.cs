using EventBus.Core.Storing;

namespace EventBus.Postgres.Queries;

/// <summary>Runs a query, so that its callers know one exception for a database that cannot answer.</summary>
internal static class Attempt
{
    /// <summary>Runs <paramref name="query"/>.</summary>
    /// <exception cref="StoreUnavailableException">The database did not answer, or not in time.</exception>
    public static async Task<T> RunAsync<T>(Func<Task<T>> query)
    {
        try
        {
            return await query().ConfigureAwait(false);
        }
        catch (Exception e) when (DatabaseErrors.IsOfDatabase(e))
        {
            throw DatabaseErrors.Unavailable(e);
        }
    }
}
