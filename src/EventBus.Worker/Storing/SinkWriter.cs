using EventBus.Core.Consuming;
using EventBus.Core.Storing;

namespace EventBus.Worker.Storing;

/// <summary>Writes a batch: its dead letters first, since nothing may pass a record before its dead letter is safe.</summary>
internal sealed class SinkWriter(IEventStore store, IDeadLetters deadLetters, SinkMetrics metrics, TimeProvider time)
{
    /// <summary>Ends when the batch is stored and its positions have moved.</summary>
    public async Task<StoreResult> WriteAsync(SinkBatch batch, CancellationToken cancellation)
    {
        while (true)
        {
            if (batch.DeadSent < batch.Dead.Count)
            {
                await deadLetters.SendAsync([.. batch.Dead.Skip(batch.DeadSent)], cancellation).ConfigureAwait(false);
                batch.DeadSent = batch.Dead.Count;
            }

            var began = time.GetTimestamp();
            try
            {
                return await store.StoreAsync(batch.ToStoreBatch(), cancellation).ConfigureAwait(false);
            }
            catch (RowsRefusedException e)
            {
                // Each round has fewer rows, so this ends.
                batch.Reject(e.Rows);
            }
            finally
            {
                metrics.Asked(time.GetElapsedTime(began));
            }
        }
    }
}
