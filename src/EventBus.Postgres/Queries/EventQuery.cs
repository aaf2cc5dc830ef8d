namespace EventBus.Postgres.Queries;

/// <summary>Which events are asked for: all that are given must hold. Times are the ingest time, in UTC.</summary>
public sealed record EventQuery
{
    /// <summary>The topic.</summary>
    public string? Topic { get; init; }

    /// <summary>The event type.</summary>
    public string? Type { get; init; }

    /// <summary>The source.</summary>
    public string? Source { get; init; }

    /// <summary>The session.</summary>
    public string? SessionId { get; init; }

    /// <summary>The earliest ingest time, inclusive.</summary>
    public DateTime? Since { get; init; }

    /// <summary>The latest ingest time, exclusive.</summary>
    public DateTime? Until { get; init; }

    /// <summary>Oldest first; else newest first.</summary>
    public bool IsAscending { get; init; }

    /// <summary>The last event of the page before; null for the first page.</summary>
    public EventPosition? After { get; init; }

    /// <summary>The most events of the page.</summary>
    public required int Limit { get; init; }
}

/// <summary>Where an event stands in the order of pages.</summary>
/// <param name="CreatedAt">Its ingest time, UTC, to the microsecond.</param>
/// <param name="Id">Its row.</param>
public readonly record struct EventPosition(DateTime CreatedAt, Guid Id);
