using EventBus.Core.Storing;

namespace EventBus.Core.Consuming;

/// <summary>A record that cannot be handled.</summary>
/// <param name="Record">The record as it came.</param>
/// <param name="Origin">Where it lies.</param>
/// <param name="Offset">Its offset.</param>
/// <param name="Rejection">Why it is one.</param>
/// <param name="Attempts">How often it was tried.</param>
public readonly record struct DeadLetter(RecordFrame Record, LogPartition Origin, long Offset, Rejection Rejection, int Attempts);

/// <summary>Where records go that cannot be handled.</summary>
public interface IDeadLetters
{
    /// <summary>Sends dead letters; ends once all in-sync replicas have all of them. After a failure some may be there.</summary>
    /// <exception cref="LogUnavailableException">Not all could be sent; try later.</exception>
    Task SendAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellation);
}
