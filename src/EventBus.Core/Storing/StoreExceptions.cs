namespace EventBus.Core.Storing;

/// <summary>The store cannot be reached, or cannot write now (read-only, failing over, no connection left).</summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A position was not where its mover left it: somebody else owns the partition, or an unanswered commit went through.</summary>
public sealed class PositionConflictException(string message) : Exception(message);

/// <summary>Rows that the store can never take, found by halving the batch.</summary>
public sealed class RowsRefusedException(IReadOnlyList<RefusedRow> rows) : Exception($"the store refuses {rows.Count} rows: {rows[0].Reason}")
{
    /// <summary>The rows, in their order.</summary>
    public IReadOnlyList<RefusedRow> Rows { get; } = rows;
}
