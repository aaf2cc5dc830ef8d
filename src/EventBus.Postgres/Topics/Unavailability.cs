using EventBus.Core.Storing;
using Npgsql;

namespace EventBus.Postgres.Topics;

/// <summary>Tells a database that cannot be used now from a defect of ours.</summary>
internal static class Unavailability
{
    /// <summary>Runs a query; its failure is a <see cref="StoreUnavailableException"/> unless the query itself is wrong.</summary>
    public static async Task<T> TranslateAsync<T>(Func<Task<T>> query)
    {
        try
        {
            return await query().ConfigureAwait(false);
        }
        catch (PostgresException e) when (DatabaseErrors.IsOfRow(e))
        {
            // A value that the database can never take.
            throw;
        }
        catch (Exception e) when (DatabaseErrors.IsOfDatabase(e))
        {
            throw DatabaseErrors.Unavailable(e);
        }
    }
}
