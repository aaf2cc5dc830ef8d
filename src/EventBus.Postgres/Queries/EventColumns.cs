using System.Buffers;
using Npgsql;

namespace EventBus.Postgres.Queries;

/// <summary>The columns of an event in the order in which they are read: the payload last, since it is not held by the client library.</summary>
internal static class EventColumns
{
    /// <summary>The select list over <c>events e</c>.</summary>
    public const string List =
        """
        e.event_id, e.event_type, e.topic, e.source, e."timestamp", e.created_at, e.partition, e."offset", e.priority, e.is_replayable,
        e.content_type, e.key, e.session_id, e.player_id, e.headers, e.payload IS NOT NULL,
        COALESCE(octet_length(e.payload), octet_length(e.payload_bytes), -1), COALESCE(convert_to(e.payload, 'UTF8'), e.payload_bytes)
        """;

    private const int LengthColumn = 16;

    /// <summary>Reads the row that <paramref name="reader"/> stands at.</summary>
    /// <param name="reader">A reader with sequential access.</param>
    /// <param name="buffer">A rented array for the payload, replaced where it is too small.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async ValueTask<StoredEvent> ReadAsync(NpgsqlDataReader reader, PayloadBuffer buffer, CancellationToken cancellation)
    {
        var row = new StoredEvent
        {
            EventId = reader.GetString(0),
            EventType = reader.GetString(1),
            Topic = reader.GetString(2),
            Source = reader.GetString(3),
            Timestamp = reader.GetDateTime(4),
            CreatedAt = reader.GetDateTime(5),
            Partition = reader.IsDBNull(6) ? null : reader.GetInt32(6),
            Offset = reader.IsDBNull(7) ? null : reader.GetInt64(7),
            Priority = reader.GetString(8),
            IsReplayable = reader.GetBoolean(9),
            ContentType = Text(reader, 10),
            Key = Text(reader, 11),
            SessionId = Text(reader, 12),
            PlayerId = Text(reader, 13),
            Headers = Text(reader, 14),
            PayloadIsText = reader.GetBoolean(15),
        };
        var length = reader.GetInt32(LengthColumn);
        if (length < 0)
            return row;
        var payload = buffer.Of(length);
        await using var content = await reader.GetStreamAsync(LengthColumn + 1, cancellation).ConfigureAwait(false);
        await content.ReadExactlyAsync(payload, cancellation).ConfigureAwait(false);
        return row with { Payload = payload };
    }

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}

/// <summary>One rented array that the payloads of a page share, one after the other.</summary>
internal sealed class PayloadBuffer : IDisposable
{
    private byte[] _bytes = [];

    /// <summary>Room for a payload; what was there before is overwritten.</summary>
    public Memory<byte> Of(int length)
    {
        if (_bytes.Length < length)
        {
            Dispose();
            _bytes = ArrayPool<byte>.Shared.Rent(length);
        }

        return _bytes.AsMemory(0, length);
    }

    public void Dispose()
    {
        if (_bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }
}
