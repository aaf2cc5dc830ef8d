using System.Collections.Concurrent;
using System.Data;
using EventBus.Core.Storing;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace EventBus.Postgres.Storing;

/// <summary>
/// The event store in PostgreSQL: claim, rows and positions in one transaction, so that each record is stored once whatever dies when.
/// </summary>
/// <remarks>
/// Keys are claimed first, in their order, and positions moved last: two workers that hold the same partition for a moment wait for each
/// other at a key, and the second then finds the position moved.
/// </remarks>
public sealed class PostgresEventStore(Database database, TimeProvider time, ILogger<PostgresEventStore> logger) : IEventStore
{
    /// <summary>Attempts of a batch that PostgreSQL rolls back for another transaction's sake.</summary>
    private const int Attempts = 5;

    /// <summary>Longest time for a batch; a database that takes longer is away.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentBag<Workspace> _workspaces = [];

    /// <inheritdoc />
    public async Task<IReadOnlyList<long>> PositionsAsync(IReadOnlyList<PartitionStart> partitions, CancellationToken cancellation)
    {
        try
        {
            return await SinkPositions.ReadAsync(database.Source, partitions, cancellation);
        }
        catch (Exception e) when (DatabaseErrors.IsOfDatabase(e))
        {
            throw DatabaseErrors.Unavailable(e);
        }
    }

    /// <inheritdoc />
    public async Task<StoreResult> StoreAsync(StoreBatch batch, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        if (!_workspaces.TryTake(out var workspace))
            workspace = new Workspace();
        try
        {
            return await StoreAsync(batch, workspace, either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new StoreUnavailableException($"PostgreSQL did not take a batch of {batch.Rows.Count} rows within {Patience.TotalSeconds} s");
        }
        catch (Exception e) when (DatabaseErrors.IsOfDatabase(e))
        {
            throw DatabaseErrors.Unavailable(e);
        }
        finally
        {
            _workspaces.Add(workspace);
        }
    }

    private async Task<StoreResult> StoreAsync(StoreBatch batch, Workspace workspace, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await StoreOnceAsync(batch, workspace, cancellation);
            }
            catch (PostgresException e) when (DatabaseErrors.IsConflict(e) && attempt < Attempts)
            {
                // Rolled back for certain, and the other one is through.
            }
            catch (PostgresException e) when (DatabaseErrors.IsOfRow(e))
            {
                logger.RowsRefused(batch.Rows.Count, e.MessageText);
                var refused = await FindRefusedAsync(batch.Rows, workspace, cancellation);
                if (refused.Count == 0)
                    throw;
                throw new RowsRefusedException(refused);
            }
        }
    }

    private async Task<StoreResult> StoreOnceAsync(StoreBatch batch, Workspace workspace, CancellationToken cancellation)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellation);
        var isEvent = ReadOnlyMemory<bool>.Empty;
        var stored = 0;
        if (batch.Rows.Count > 0)
        {
            isEvent = await workspace.Claim.ClaimAsync(connection, batch.Rows, cancellation);
            stored = isEvent.Span.Count(true);
            if (stored > 0)
                await workspace.Copy.WriteAsync(connection, batch.Rows, 0, isEvent, Now, cancellation);
        }

        var moved = await SinkPositions.MoveAsync(connection, batch, isEvent, cancellation);
        if (moved != batch.Moves.Count)
            throw new PositionConflictException($"{batch.Moves.Count - moved} of {batch.Moves.Count} positions are not where they were left");
        await transaction.CommitAsync(cancellation);
        return new StoreResult(stored, batch.Rows.Count - stored);
    }

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    /// <summary>Copies halves, and halves of those that are refused, down to the rows; nothing of it is kept.</summary>
    private async Task<List<RefusedRow>> FindRefusedAsync(IReadOnlyList<EventRow> rows, Workspace workspace, CancellationToken cancellation)
    {
        const string savepoint = "half";
        var all = new bool[rows.Count];
        Array.Fill(all, true);
        var refused = new List<RefusedRow>();
        await using var connection = await database.Source.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellation);
        var halves = new Stack<(int First, int Count)>([(0, rows.Count)]);
        while (halves.TryPop(out var half))
        {
            await transaction.SaveAsync(savepoint, cancellation);
            try
            {
                await workspace.Copy.WriteAsync(connection, rows, half.First, all.AsMemory(0, half.Count), Now, cancellation);
            }
            catch (PostgresException e) when (DatabaseErrors.IsOfRow(e))
            {
                if (half.Count == 1)
                {
                    refused.Add(new RefusedRow(half.First, e.MessageText));
                }
                else
                {
                    // The first half is on top, so that the rows are found in their order.
                    halves.Push((half.First + (half.Count / 2), half.Count - (half.Count / 2)));
                    halves.Push((half.First, half.Count / 2));
                }
            }

            await transaction.RollbackAsync(savepoint, cancellation);
        }

        return refused;
    }

    /// <summary>The memory of one batch on its way, used again for the next; as many as there are batches at once.</summary>
    private sealed class Workspace
    {
        public EventClaim Claim { get; } = new();

        public EventCopy Copy { get; } = new();
    }
}
