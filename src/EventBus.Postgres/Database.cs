using EventBus.Core.Settings;
using Npgsql;

namespace EventBus.Postgres;

/// <summary>The database: one pool of connections for a process. Nothing is connected before the first use.</summary>
/// <remarks>
/// Made for PgBouncer in transaction mode as well: no prepared statements, session locks or LISTEN, and everything that must hold together
/// in one transaction.
/// </remarks>
public sealed class Database : IAsyncDisposable
{
    /// <summary>Makes the pool.</summary>
    /// <param name="settings">How to reach it.</param>
    /// <param name="applicationName">What <c>pg_stat_activity</c> shows.</param>
    /// <exception cref="FormatException">Npgsql cannot read the connection string.</exception>
    public Database(DatabaseSettings settings, string applicationName)
    {
        var connection = ConnectionString.Read(settings.Url);
        connection.ApplicationName ??= applicationName;
        connection.MaxPoolSize = settings.PoolSize;
        var builder = new NpgsqlSlimDataSourceBuilder(connection.ConnectionString);
        // The slim builder knows neither unless told so, and says it only at run time.
        builder.EnableTransportSecurity();
        builder.EnableArrays();
        Source = builder.Build();
        Settings = settings;
    }

    internal NpgsqlDataSource Source { get; }

    internal DatabaseSettings Settings { get; }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => Source.DisposeAsync();
}
