using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using EventBus.Postgres.Queries;

namespace EventBus.Gateway.Events;

/// <summary>
/// What stands between two pages: the last event's position, and a digest of the filters, since a position means nothing among other ones.
/// Any instance reads the cursor of any other.
/// </summary>
internal static class EventCursor
{
    private const byte Version = 1;
    private const int DigestLength = 8;
    private const int Length = 1 + 8 + 16 + DigestLength;

    /// <summary>The cursor of the page after <paramref name="position"/>.</summary>
    public static string Write(EventQuery query, EventPosition position)
    {
        Span<byte> bytes = stackalloc byte[Length];
        bytes[0] = Version;
        BinaryPrimitives.WriteInt64BigEndian(bytes[1..], position.CreatedAt.Ticks);
        position.Id.TryWriteBytes(bytes[9..], bigEndian: true, out _);
        Digest(query, bytes[25..]);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Reads a cursor; false where it is not ours or belongs to other filters.</summary>
    public static bool TryRead(EventQuery query, string cursor, out EventPosition position)
    {
        position = default;
        Span<byte> bytes = stackalloc byte[Length];
        if (cursor.Length != Base64Url.GetEncodedLength(Length)
            || Base64Url.DecodeFromChars(cursor, bytes, out _, out var written) != System.Buffers.OperationStatus.Done
            || written != Length || bytes[0] != Version)
            return false;
        Span<byte> digest = stackalloc byte[DigestLength];
        Digest(query, digest);
        var ticks = BinaryPrimitives.ReadInt64BigEndian(bytes[1..]);
        if (!digest.SequenceEqual(bytes[25..]) || ticks < 0 || ticks > DateTime.MaxValue.Ticks)
            return false;
        position = new EventPosition(new DateTime(ticks, DateTimeKind.Utc), new Guid(bytes[9..25], bigEndian: true));
        return true;
    }

    private static void Digest(EventQuery query, Span<byte> target)
    {
        // Lengths go in front, so that no two sets of filters run together into one text.
        string?[] parts =
        [
            query.Topic, query.Type, query.Source, query.SessionId, $"{query.Since?.Ticks}", $"{query.Until?.Ticks}", query.IsAscending ? "asc" : "desc",
        ];
        var text = new StringBuilder();
        foreach (var part in parts)
            text.Append(part is null ? "-" : $"{part.Length}:{part}").Append(';');
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()), hash);
        hash[..DigestLength].CopyTo(target);
    }
}
