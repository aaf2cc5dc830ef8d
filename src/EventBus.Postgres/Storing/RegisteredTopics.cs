using EventBus.Core.Storing;

namespace EventBus.Postgres.Storing;

/// <summary>The names in the registry. They are read again only when its version changed.</summary>
public sealed class RegisteredTopics(Database database) : IRegisteredTopics
{
    private IReadOnlyCollection<string> _names = [];
    private long _version = -1;

    /// <inheritdoc />
    /// <remarks>A row that says <c>creating</c> may be taken back; its topic has no events before it is active.</remarks>
    public async Task<IReadOnlyCollection<string>> ReadAsync(CancellationToken cancellation)
    {
        try
        {
            // The version first: a change in between is then seen the next time, rather than never.
            var version = await VersionAsync(cancellation);
            if (version == _version)
                return _names;
            await using var command = database.Source.CreateCommand("SELECT name FROM topics WHERE status <> 'creating'");
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            var names = new List<string>();
            while (await reader.ReadAsync(cancellation))
                names.Add(reader.GetString(0));
            (_names, _version) = (names, version);
            return names;
        }
        catch (Exception e) when (DatabaseErrors.IsOfDatabase(e))
        {
            throw DatabaseErrors.Unavailable(e);
        }
    }

    private async Task<long> VersionAsync(CancellationToken cancellation)
    {
        await using var command = database.Source.CreateCommand("SELECT version FROM registry_versions WHERE name = 'topics'");
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }
}
