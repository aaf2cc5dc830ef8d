using Microsoft.Extensions.Logging;

namespace EventBus.Postgres;

/// <summary>Log entries of store, migrations and maintenance: event ids 6000 to 6199.</summary>
internal static partial class DatabaseLog
{
    [LoggerMessage(6000, LogLevel.Information, "Migration {Name} is applied")]
    public static partial void Migrated(this ILogger logger, string name);

    [LoggerMessage(6001, LogLevel.Warning, "The database cannot be used: {Detail}")]
    public static partial void DatabaseNotUsable(this ILogger logger, string detail);

    [LoggerMessage(6002, LogLevel.Information, "The database can be used: {Detail}")]
    public static partial void DatabaseUsable(this ILogger logger, string detail);

    [LoggerMessage(6010, LogLevel.Information, "Partition {Name} is made; {Moved} rows moved into it")]
    public static partial void PartitionMade(this ILogger logger, string name, long moved);

    [LoggerMessage(6011, LogLevel.Information, "Partition {Name} is dropped: its day is older than the retention")]
    public static partial void PartitionDropped(this ILogger logger, string name);

    [LoggerMessage(6012, LogLevel.Warning, "Maintenance of the partitions failed, to be tried again in a minute: {Reason}")]
    public static partial void MaintenanceFailed(this ILogger logger, string reason);

    [LoggerMessage(6020, LogLevel.Warning, "A batch of {Rows} rows has some that the store refuses; finding them. It says: {Reason}")]
    public static partial void RowsRefused(this ILogger logger, int rows, string reason);
}
