using EventBus.Core.Storing;
using Npgsql;
using NpgsqlTypes;

namespace EventBus.Postgres.Queries;

/// <summary>What the store knows of an event's way.</summary>
/// <param name="EventId">Its id.</param>
/// <param name="Topic">Its topic.</param>
/// <param name="Partition">Its partition.</param>
/// <param name="Offset">Its offset.</param>
/// <param name="RetryCount">How often the worker tried it again before it could store it.</param>
/// <param name="Timestamp">The client's time, UTC.</param>
/// <param name="StoredAt">When it was stored, UTC.</param>
/// <param name="Deliveries">The attempts to deliver it, in the order of time.</param>
public sealed record StoredStatus(
    string EventId, string Topic, int? Partition, long? Offset, int RetryCount, DateTime Timestamp, DateTime StoredAt,
    IReadOnlyList<StoredDelivery> Deliveries);

/// <summary>One attempt to deliver an event, as <c>event_deliveries</c> has it.</summary>
/// <param name="SubscriptionId">Whose it is.</param>
/// <param name="AttemptNumber">From 1.</param>
/// <param name="Status">Its word.</param>
/// <param name="Method">How it was sent.</param>
/// <param name="StatusCode">The endpoint's HTTP status, where there is one.</param>
/// <param name="ErrorMessage">Why it failed, where it did.</param>
/// <param name="DurationMs">How long it took, in milliseconds.</param>
/// <param name="DeliveredAt">When, UTC.</param>
/// <param name="NextRetryAt">When it is tried again, UTC.</param>
/// <param name="IsLastAttempt">Whether no other follows.</param>
public sealed record StoredDelivery(
    string SubscriptionId, int AttemptNumber, string Status, string Method, int? StatusCode, string? ErrorMessage, double? DurationMs,
    DateTime DeliveredAt, DateTime? NextRetryAt, bool IsLastAttempt);

/// <summary>Reads what the store knows of an event's way.</summary>
public sealed class StatusReader(Database database)
{
    // More than any event has, unless an operator redrives it again and again.
    private const int MaxDeliveries = 1000;

    /// <summary>Finds an event by its id.</summary>
    /// <param name="eventId">The id.</param>
    /// <param name="source">The source; null takes the newest event of this id.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The database did not answer.</exception>
    public Task<StoredStatus?> FindAsync(string eventId, string? source, CancellationToken cancellation) => Attempt.RunAsync(async () =>
    {
        await using var batch = database.Source.CreateBatch();
        batch.BatchCommands.Add(Found(eventId, source));
        batch.BatchCommands.Add(Deliveries(eventId));
        await using var reader = await batch.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        if (!await reader.ReadAsync(cancellation).ConfigureAwait(false))
            return null;
        var status = new StoredStatus(
            reader.GetString(0), reader.GetString(1), Value<int>(reader, 2), Value<long>(reader, 3), reader.GetInt32(4),
            reader.GetDateTime(5), Value<DateTime>(reader, 6) ?? TimeOf(reader.GetGuid(7)) ?? reader.GetDateTime(8), []);
        await reader.NextResultAsync(cancellation).ConfigureAwait(false);
        var deliveries = new List<StoredDelivery>();
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
        {
            deliveries.Add(new StoredDelivery(
                reader.GetString(0), reader.GetInt32(1), reader.GetString(2), reader.GetString(3), Value<int>(reader, 4),
                reader.IsDBNull(5) ? null : reader.GetString(5), Value<double>(reader, 6), reader.GetDateTime(7),
                Value<DateTime>(reader, 8), reader.GetBoolean(9)));
        }

        return status with { Deliveries = deliveries };
    });

    private static NpgsqlBatchCommand Found(string eventId, string? source)
    {
        var command = new NpgsqlBatchCommand(
            $"""
            WITH found AS MATERIALIZED (
                SELECT id, created_at FROM event_keys WHERE event_id = $1{(source is null ? "" : " AND source = $2")}
                ORDER BY created_at DESC LIMIT 1)
            SELECT e.event_id, e.topic, e.partition, e."offset", e.retry_count, e."timestamp", e.processed_at, e.id, e.created_at
            FROM events e WHERE e.id = (SELECT id FROM found) AND e.created_at = (SELECT created_at FROM found)
            """);
        command.Parameters.Add(Text(eventId));
        if (source is not null)
            command.Parameters.Add(Text(source));
        return command;
    }

    private static NpgsqlBatchCommand Deliveries(string eventId)
    {
        var command = new NpgsqlBatchCommand(
            $"""
            SELECT subscription_id, attempt_number, status, method, status_code, error_message, duration_ms, delivered_at, next_retry_at,
                is_last_attempt
            FROM event_deliveries WHERE event_id = $1 ORDER BY delivered_at, subscription_id, attempt_number LIMIT {MaxDeliveries}
            """);
        command.Parameters.Add(Text(eventId));
        return command;
    }

    private static NpgsqlParameter<string> Text(string value) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Varchar };

    private static T? Value<T>(NpgsqlDataReader reader, int column)
        where T : struct => reader.IsDBNull(column) ? null : reader.GetFieldValue<T>(column);

    /// <summary>The time in a row's key, a UUID of version 7 made when the row was stored; null for a key of another kind.</summary>
    private static DateTime? TimeOf(Guid id)
    {
        if (id.Version != 7)
            return null;
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        var milliseconds = System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(bytes) >>> 16;
        return DateTime.UnixEpoch.AddMilliseconds(milliseconds);
    }
}
