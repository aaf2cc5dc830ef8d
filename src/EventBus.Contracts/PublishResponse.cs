namespace EventBus.Contracts;

/// <summary>What became of one published event.</summary>
/// <param name="EventId">The event's id, made here or the client's own.</param>
/// <param name="Topic">The topic it was written to.</param>
/// <param name="Partition">The Kafka partition; absent until acknowledged.</param>
/// <param name="Offset">The record's offset; null in the rare case that the broker confirmed a retry without saying where.</param>
/// <param name="Published">True only once all in-sync replicas have it.</param>
/// <param name="Status"><c>pending</c> in an asynchronous answer, else absent.</param>
public sealed record PublishResponse(
    string EventId, string Topic, int? Partition, long? Offset, bool Published, string? Status = null);
