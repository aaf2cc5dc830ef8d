namespace EventBus.Core.Storing;

/// <summary>Where events are kept for audit, status and replay, with how far the sink has come.</summary>
public interface IEventStore
{
    /// <summary>Where reading must go on, per partition; a partition that the store does not know yet is entered at its given start.</summary>
    /// <param name="partitions">The partitions, each with the first offset that the log still has.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The next offset to store, in the order of <paramref name="partitions"/>.</returns>
    /// <exception cref="StoreUnavailableException">The store cannot be reached or cannot write now; try later.</exception>
    Task<IReadOnlyList<long>> PositionsAsync(IReadOnlyList<PartitionStart> partitions, CancellationToken cancellation);

    /// <summary>Stores rows and moves the positions, all or nothing.</summary>
    /// <returns>How many rows were stored, and how many were duplicates of an event of the same source and id.</returns>
    /// <exception cref="PositionConflictException">Another owner moved a position: nothing was stored, read the positions anew.</exception>
    /// <exception cref="RowsRefusedException">The store can never take some rows: nothing was stored, send the batch without them.</exception>
    /// <exception cref="StoreUnavailableException">
    /// The store cannot be reached or cannot write now. Whether the batch was stored may be unknown: read the positions anew.
    /// </exception>
    Task<StoreResult> StoreAsync(StoreBatch batch, CancellationToken cancellation);
}
