namespace EventBus.TestKit.Postgres;

/// <summary>How a private server is set up.</summary>
public sealed record PostgresServerOptions
{
    /// <summary>Writes reach the disk before they are confirmed, as in production: for measurements.</summary>
    public bool Durable { get; init; }

    /// <summary>Settings of <c>postgresql.conf</c>, such as <c>max_connections</c>.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();
}
