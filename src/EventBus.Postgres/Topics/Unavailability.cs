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
        catch (PostgresException e) when (e.SqlState.StartsWith("22", StringComparison.Ordinal) || e.SqlState.StartsWith("23", StringComparison.Ordinal))
        {
            // A value that the database can never take.
            throw;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or System.Net.Sockets.SocketException)
        {
            throw new StoreUnavailableException(e is PostgresException answer ? $"{answer.SqlState}: {answer.MessageText}" : e.Message, e);
        }
    }
}
