using EventBus.Core.Topics;
using Npgsql;
using NpgsqlTypes;

namespace EventBus.Postgres.Topics;

/// <summary>
/// The table <c>topics</c>: the registry. A topic is made and removed in steps that another process can take up: its row says
/// <c>creating</c> before the Kafka topic is asked for, and <c>deleting</c> before it is removed.
/// </summary>
/// <remarks>Every method throws <see cref="Core.Storing.StoreUnavailableException"/> where the database does not answer or cannot write.</remarks>
public sealed class TopicStore(Database database)
{
    private const string Columns =
        "id, name, description, schema, partitions, replication_factor, retention_hours, status, category, owner_service, created_at, "
        + "updated_at, is_system_topic, requires_auth, enable_dlq";

    /// <summary>How long a row may say <c>creating</c> or <c>deleting</c> before whoever wrote it counts as dead.</summary>
    public static readonly TimeSpan HalfMade = TimeSpan.FromSeconds(30);

    /// <summary>The registry's version: another number whenever a row of it changed.</summary>
    public async Task<long> ReadVersionAsync(CancellationToken cancellation)
    {
        var versions = await QueryAsync(
            "SELECT version FROM registry_versions WHERE name = 'topics'", r => r.GetInt64(0), cancellation).ConfigureAwait(false);
        return versions.Count == 1 ? versions[0] : 0;
    }

    /// <summary>All active topics.</summary>
    public Task<List<RegisteredTopic>> ReadActiveAsync(CancellationToken cancellation) =>
        QueryAsync($"SELECT {Columns} FROM topics WHERE status = 'active'", ReadRow, cancellation);

    /// <summary>A topic's row, whatever its status.</summary>
    public async Task<RegisteredTopic?> FindAsync(string name) =>
        One(await QueryAsync($"SELECT {Columns} FROM topics WHERE name = $1", ReadRow, default, Text(name)).ConfigureAwait(false));

    /// <summary>A page of topics in the order of their names.</summary>
    /// <param name="after">The last name of the page before; empty for the first page.</param>
    /// <param name="limit">The most rows.</param>
    /// <param name="status">The status that they have.</param>
    /// <param name="category">The category that they have; null for any.</param>
    /// <param name="cancellation">Ends the query.</param>
    public Task<List<RegisteredTopic>> ListAsync(string after, int limit, string status, string? category, CancellationToken cancellation) =>
        QueryAsync(
            $"SELECT {Columns} FROM topics WHERE name > $1 AND status = $2 AND ($3::text IS NULL OR category = $3) ORDER BY name LIMIT $4",
            ReadRow, cancellation, Text(after), Text(status), Text(category), Number(limit));

    /// <summary>Takes a name: its row, with the status <c>creating</c>; null where the name is taken.</summary>
    public async Task<RegisteredTopic?> BeginAsync(RegisteredTopic topic) => One(await QueryAsync(
        $"""
        INSERT INTO topics (name, description, schema, partitions, replication_factor, retention_hours, status, category, owner_service,
            is_system_topic, requires_auth, enable_dlq)
        VALUES ($1, $2, $3, $4, $5, $6, 'creating', $7, $8, $9, $10, $11)
        ON CONFLICT (name) DO NOTHING
        RETURNING {Columns}
        """,
        ReadRow, default, [Text(topic.Name), .. Values(topic)]).ConfigureAwait(false));

    /// <summary>
    /// Makes a topic that is being made active, with what the brokers said of it; null where its name is somebody else's by now. The row is
    /// written anew where it was taken for a dead one's meanwhile and removed.
    /// </summary>
    public async Task<RegisteredTopic?> ActivateAsync(RegisteredTopic topic) => One(await QueryAsync(
        $"""
        INSERT INTO topics AS t (name, description, schema, partitions, replication_factor, retention_hours, status, category, owner_service,
            is_system_topic, requires_auth, enable_dlq, id, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, 'active', $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (name) DO UPDATE
        SET status = 'active', partitions = $4, replication_factor = $5, retention_hours = $6, updated_at = now()
        WHERE t.id = $12 AND t.status <> 'deleting'
        RETURNING {Columns}
        """,
        ReadRow, default, [Text(topic.Name), .. Values(topic), Id(topic.Id), Time(topic.CreatedAt)]).ConfigureAwait(false));

    /// <summary>Writes what may be changed of an active topic; null where somebody else changed it since it was read.</summary>
    public async Task<RegisteredTopic?> UpdateAsync(RegisteredTopic topic) => One(await QueryAsync(
        $"""
        UPDATE topics SET description = $1, schema = $2, partitions = $3, replication_factor = $4, retention_hours = $5, category = $6,
            owner_service = $7, is_system_topic = $8, requires_auth = $9, enable_dlq = $10, updated_at = clock_timestamp()
        WHERE id = $11 AND updated_at = $12 AND status = 'active'
        RETURNING {Columns}
        """,
        ReadRow, default, [.. Values(topic), Id(topic.Id), Time(topic.UpdatedAt)]).ConfigureAwait(false));

    /// <summary>Marks an active topic as being removed; null where there is none.</summary>
    public async Task<RegisteredTopic?> BeginRemovalAsync(string name) => One(await QueryAsync(
        $"UPDATE topics SET status = 'deleting', updated_at = now() WHERE name = $1 AND status = 'active' RETURNING {Columns}",
        ReadRow, default, Text(name)).ConfigureAwait(false));

    /// <summary>Takes a removal back that the brokers refused.</summary>
    public Task KeepAsync(RegisteredTopic topic) => QueryAsync(
        "UPDATE topics SET status = 'active', updated_at = now() WHERE id = $1 AND status = 'deleting' RETURNING id", r => r.GetGuid(0), default, Id(topic.Id));

    /// <summary>Removes a row for as long as it has the status that it was read with.</summary>
    public Task RemoveAsync(RegisteredTopic topic) => QueryAsync(
        "DELETE FROM topics WHERE id = $1 AND status = $2 RETURNING id", r => r.GetGuid(0), default, Id(topic.Id), Text(topic.Status));

    /// <summary>
    /// Claims a row that a dead process left half-made, for as long as <see cref="HalfMade"/>: no two processes take up the same one.
    /// </summary>
    /// <param name="name">The topic; null for any.</param>
    public async Task<RegisteredTopic?> ClaimHalfMadeAsync(string? name) => One(await QueryAsync(
        $"""
        UPDATE topics SET updated_at = now()
        WHERE id = (SELECT id FROM topics
            WHERE status IN ('creating', 'deleting') AND updated_at < now() - $1 AND ($2::text IS NULL OR name = $2)
            ORDER BY updated_at LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING {Columns}
        """,
        ReadRow, default, new NpgsqlParameter { Value = HalfMade, NpgsqlDbType = NpgsqlDbType.Interval }, Text(name)).ConfigureAwait(false));

    private Task<List<T>> QueryAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellation, params NpgsqlParameter[] parameters) =>
        Unavailability.TranslateAsync(async () =>
        {
            await using var command = database.Source.CreateCommand(sql);
            command.CommandTimeout = 10;
            command.Parameters.AddRange(parameters);
            await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
            var rows = new List<T>();
            while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
                rows.Add(read(reader));
            return rows;
        });

    private static RegisteredTopic ReadRow(NpgsqlDataReader row) => new()
    {
        Id = row.GetGuid(0),
        Name = row.GetString(1),
        Description = row.IsDBNull(2) ? null : row.GetString(2),
        Schema = row.IsDBNull(3) ? null : row.GetString(3),
        Partitions = row.GetInt32(4),
        ReplicationFactor = row.GetInt32(5),
        RetentionHours = row.GetInt32(6),
        Status = row.GetString(7),
        Category = row.GetString(8),
        OwnerService = row.IsDBNull(9) ? null : row.GetString(9),
        CreatedAt = row.GetDateTime(10),
        UpdatedAt = row.GetDateTime(11),
        IsSystemTopic = row.GetBoolean(12),
        RequiresAuth = row.GetBoolean(13),
        EnableDlq = row.GetBoolean(14),
    };

    /// <summary>The columns between name and id, in the order of the table.</summary>
    private static NpgsqlParameter[] Values(RegisteredTopic topic) =>
    [
        Text(topic.Description), Text(topic.Schema), Number(topic.Partitions), Number(topic.ReplicationFactor), Number(topic.RetentionHours),
        Text(topic.Category), Text(topic.OwnerService), Flag(topic.IsSystemTopic), Flag(topic.RequiresAuth), Flag(topic.EnableDlq),
    ];

    private static T? One<T>(List<T> rows)
        where T : class => rows.Count == 0 ? null : rows[0];

    private static NpgsqlParameter Text(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    private static NpgsqlParameter Number(int value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Integer };

    private static NpgsqlParameter Flag(bool value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Boolean };

    private static NpgsqlParameter Id(Guid value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Uuid };

    private static NpgsqlParameter Time(DateTime value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.TimestampTz };
}
