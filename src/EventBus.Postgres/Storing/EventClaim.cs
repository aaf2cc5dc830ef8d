using EventBus.Core.Storing;
using Npgsql;
using NpgsqlTypes;

namespace EventBus.Postgres.Storing;

/// <summary>
/// Claims the sources and ids of a batch's rows in <c>event_keys</c>, and so finds which rows are events and which are duplicates: of an event
/// that is stored, or of an earlier row of the batch, no more than <see cref="Window"/> older. Its memory is used again for the next batch.
/// </summary>
internal sealed class EventClaim
{
    /// <summary>For how long a source and id mean the same event (SPEC section 4.9).</summary>
    public static readonly TimeSpan Window = TimeSpan.FromHours(24);

    // In the order of the keys, so that two workers with the same ones wait for each other and never both; an unclaimed key is locked too.
    private const string Claim =
        """
        INSERT INTO event_keys AS k (event_id, source, id, created_at)
        SELECT n.event_id, n.source, n.id, n.created_at FROM unnest($1, $2, $3, $4) AS n (event_id, source, id, created_at)
        ORDER BY n.event_id COLLATE "C", n.source COLLATE "C"
        ON CONFLICT (event_id, source) DO UPDATE SET id = excluded.id, created_at = excluded.created_at
        WHERE k.created_at < excluded.created_at - INTERVAL '24 hours'
        """;

    private const string FindHolders =
        """
        SELECT n.ordinal::integer - 1, k.created_at
        FROM unnest($1, $2, $3) WITH ORDINALITY AS n (event_id, source, id, ordinal)
        JOIN event_keys k ON k.event_id = n.event_id AND k.source = n.source AND k.id <> n.id
        """;

    private readonly Dictionary<int, int> _firstOfKey;
    private readonly List<int> _firsts = [];
    private readonly List<int> _later = [];
    private readonly Dictionary<int, DateTime> _holders = [];
    private readonly List<int> _again = [];
    private IReadOnlyList<EventRow> _rows = [];
    private bool[] _isEvent = [];
    private ReadOnlyMemory<byte>[] _eventIds = [];
    private ReadOnlyMemory<byte>[] _sources = [];
    private Guid[] _ids = [];
    private DateTime[] _createdAt = [];

    public EventClaim() => _firstOfKey = new Dictionary<int, int>(new KeyOfRow(this));

    /// <summary>Claims, within the connection's transaction.</summary>
    /// <returns>For each row whether it is to be stored; valid until the next call.</returns>
    public async Task<ReadOnlyMemory<bool>> ClaimAsync(NpgsqlConnection connection, IReadOnlyList<EventRow> rows, CancellationToken cancellation)
    {
        Begin(rows);
        if (await ClaimAsync(connection, _firsts, cancellation) < _firsts.Count)
            await FindHoldersAsync(connection, cancellation);
        foreach (var first in _firsts)
            _isEvent[first] = !_holders.ContainsKey(first);
        if (_later.Count > 0)
            await ClaimLaterAsync(connection, cancellation);
        _rows = [];
        return _isEvent.AsMemory(0, rows.Count);
    }

    /// <summary>A statement must not meet a key twice: the first row of each goes first.</summary>
    private void Begin(IReadOnlyList<EventRow> rows)
    {
        _rows = rows;
        _firstOfKey.Clear();
        _holders.Clear();
        _firsts.Clear();
        _later.Clear();
        _again.Clear();
        if (_isEvent.Length < rows.Count)
        {
            _isEvent = new bool[rows.Count];
            _eventIds = new ReadOnlyMemory<byte>[rows.Count];
            _sources = new ReadOnlyMemory<byte>[rows.Count];
            _ids = new Guid[rows.Count];
            _createdAt = new DateTime[rows.Count];
        }

        Array.Clear(_isEvent);
        for (var i = 0; i < rows.Count; i++)
            (_firstOfKey.TryAdd(i, i) ? _firsts : _later).Add(i);
    }

    /// <summary>
    /// Rows whose key came before in this batch: rare, and events only where the batch reaches over more than the window. The keys are locked
    /// by now, so what holds them is known.
    /// </summary>
    private async Task ClaimLaterAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        foreach (var i in _later)
        {
            var first = _firstOfKey[i];
            var held = _holders.TryGetValue(first, out var at) ? at : _rows[first].CreatedAt;
            if (held >= _rows[i].CreatedAt - Window)
                continue;
            _holders[first] = _rows[i].CreatedAt;
            _isEvent[i] = true;
            _again.RemoveAll(earlier => _firstOfKey[earlier] == first);
            _again.Add(i);
        }

        if (_again.Count > 0 && await ClaimAsync(connection, _again, cancellation) < _again.Count)
            throw new InvalidOperationException("A key that this transaction has locked was claimed by another.");
    }

    private async Task<int> ClaimAsync(NpgsqlConnection connection, List<int> indices, CancellationToken cancellation)
    {
        for (var i = 0; i < indices.Count; i++)
        {
            var row = _rows[indices[i]];
            (_eventIds[i], _sources[i], _ids[i], _createdAt[i]) = (row.EventId, row.Source, row.Id, row.CreatedAt);
        }

        await using var command = new NpgsqlCommand(Claim, connection);
        AddKeys(command, indices.Count);
        command.Parameters.Add(Parameters.Array(_createdAt, indices.Count, NpgsqlDbType.TimestampTz));
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    private async Task FindHoldersAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(FindHolders, connection);
        AddKeys(command, _firsts.Count);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            _holders[_firsts[reader.GetInt32(0)]] = reader.GetDateTime(1);
    }

    private void AddKeys(NpgsqlCommand command, int count)
    {
        command.Parameters.Add(Parameters.Array(_eventIds, count, NpgsqlDbType.Text));
        command.Parameters.Add(Parameters.Array(_sources, count, NpgsqlDbType.Text));
        command.Parameters.Add(Parameters.Array(_ids, count, NpgsqlDbType.Uuid));
    }

    /// <summary>Rows are equal where their keys are, so that no key has to be made of them.</summary>
    private sealed class KeyOfRow(EventClaim claim) : IEqualityComparer<int>
    {
        public bool Equals(int x, int y)
        {
            var (a, b) = (claim._rows[x], claim._rows[y]);
            return a.EventId.Span.SequenceEqual(b.EventId.Span) && a.Source.Span.SequenceEqual(b.Source.Span);
        }

        public int GetHashCode(int index)
        {
            var row = claim._rows[index];
            var hash = new HashCode();
            hash.AddBytes(row.EventId.Span);
            hash.AddBytes(row.Source.Span);
            return hash.ToHashCode();
        }
    }
}
