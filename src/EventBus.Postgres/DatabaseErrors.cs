using System.Net.Sockets;
using EventBus.Core.Storing;
using Npgsql;

namespace EventBus.Postgres;

/// <summary>What the database's errors mean. SQLSTATE classes: appendix A of PostgreSQL's manual.</summary>
internal static class DatabaseErrors
{
    /// <summary>Anything that comes of the database or of the way to it, rather than of a mistake in this program.</summary>
    public static bool IsOfDatabase(Exception e) => e is NpgsqlException or TimeoutException or SocketException or IOException;

    /// <summary>What a later try may not meet: it says nothing of the statement.</summary>
    public static bool IsPassing(PostgresException e) => e.SqlState[..2] switch
    {
        // Connections; roles and passwords that are being changed; resources; what an operator does; the system.
        "08" or "28" or "53" or "57" or "58" => true,
        // A database that is not there (yet); read-only; conflicts with others; a lock that was not had in time.
        _ => e.SqlState is PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.LockNotAvailable
            || IsConflict(e),
    };

    /// <summary>Two transactions in each other's way: the same one may go through at once when tried again.</summary>
    public static bool IsConflict(PostgresException e) =>
        e.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure;

    /// <summary>The row itself is what is refused: its values, a constraint on them, or an index entry that is too large.</summary>
    public static bool IsOfRow(PostgresException e) =>
        e.SqlState[..2] is "22" or "23" || e.SqlState is PostgresErrorCodes.ProgramLimitExceeded;

    /// <summary>The exception that the ports of Core promise, in one line and without the connection string.</summary>
    public static StoreUnavailableException Unavailable(Exception e) => new(
        e is PostgresException p ? $"PostgreSQL: {p.MessageText} ({p.SqlState})" : $"PostgreSQL: {(e.InnerException ?? e).Message.ReplaceLineEndings(" ")}", e);
}
