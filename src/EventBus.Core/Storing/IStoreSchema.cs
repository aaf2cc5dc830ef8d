namespace EventBus.Core.Storing;

/// <summary>How the store's schema stands to what this binary needs.</summary>
public enum SchemaState
{
    /// <summary>Not known: the store cannot be asked.</summary>
    Unreachable,

    /// <summary>As this binary needs it.</summary>
    UpToDate,

    /// <summary>Migrations are missing.</summary>
    Behind,

    /// <summary>A newer binary has migrated it.</summary>
    Newer,
}

/// <summary>What a look at the schema found.</summary>
/// <param name="State">How it stands.</param>
/// <param name="Detail">At which version it is, or what is wrong: one line for an operator.</param>
public sealed record SchemaReport(SchemaState State, string Detail);

/// <summary>The store's schema: looks whether it is what this binary needs, and brings it there.</summary>
public interface IStoreSchema
{
    /// <summary>What the last look found.</summary>
    SchemaReport Report { get; }

    /// <summary>Looks, and migrates where something is missing and the settings ask for that.</summary>
    Task<SchemaReport> CheckAsync(CancellationToken cancellation);

    /// <summary>Applies what is missing; of processes that do so at once, one does and the others find it done.</summary>
    Task<SchemaReport> MigrateAsync(CancellationToken cancellation);

    /// <summary>Checks every few seconds, so that <see cref="Report"/> says how the store is, until it is cancelled.</summary>
    Task RunAsync(CancellationToken cancellation);
}
