using EventBus.Core.Storing;
using Npgsql;

namespace EventBus.Postgres.Queries;

/// <summary>A page of events, read one by one: no more than one payload is in memory. Holds a connection until it is disposed of.</summary>
public sealed class EventPage : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;
    private readonly NpgsqlDataReader? _reader;
    private readonly SemaphoreSlim _pages;
    private readonly PayloadBuffer _payload = new();

    internal EventPage(
        NpgsqlConnection connection, NpgsqlTransaction transaction, NpgsqlDataReader? reader, EventPosition? next, SemaphoreSlim pages)
    {
        _connection = connection;
        _transaction = transaction;
        _reader = reader;
        _pages = pages;
        Next = next;
    }

    /// <summary>Where the next page begins: the last event of this one. Null where this page is the last.</summary>
    public EventPosition? Next { get; }

    /// <summary>The next event, or null after the last. The one before is no longer valid.</summary>
    /// <exception cref="StoreUnavailableException">The database did not answer.</exception>
    public async ValueTask<StoredEvent?> ReadAsync(CancellationToken cancellation)
    {
        if (_reader is null)
            return null;
        try
        {
            return await _reader.ReadAsync(cancellation).ConfigureAwait(false)
                ? await EventColumns.ReadAsync(_reader, _payload, cancellation).ConfigureAwait(false)
                : null;
        }
        catch (Exception e) when (DatabaseErrors.IsOfDatabase(e))
        {
            throw DatabaseErrors.Unavailable(e);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_reader is not null)
                await _reader.DisposeAsync().ConfigureAwait(false);
            await _transaction.DisposeAsync().ConfigureAwait(false);
            await _connection.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (DatabaseErrors.IsOfDatabase(e))
        {
            // A broken connection has nothing to give back.
        }
        finally
        {
            _payload.Dispose();
            _pages.Release();
        }
    }
}
