namespace EventBus.Core.Settings;

/// <summary>How to reach PostgreSQL: read from the environment once, at start, and never changed.</summary>
public sealed record DatabaseSettings
{
    /// <summary><c>EVENT_BUS_DATABASE_URL</c>: a URI or an Npgsql connection string. Never logged.</summary>
    public required string Url { get; init; }

    /// <summary><c>EVENT_BUS_AUTO_MIGRATE</c>: bring the schema up to date at the start.</summary>
    public bool AutoMigrate { get; init; }

    /// <summary><c>EVENT_BUS_STORE_RETENTION</c>: how long stored events are kept.</summary>
    public TimeSpan StoreRetention { get; init; } = TimeSpan.FromDays(30);

    /// <summary><c>EVENT_BUS_DATABASE_POOL_SIZE</c>: connections that a process holds at most.</summary>
    public int PoolSize { get; init; } = 10;
}
