using EventBus.Core.Storing;

namespace EventBus.Postgres.Statistics;

/// <summary>The deployment's numbers, as far as the database knows them.</summary>
/// <param name="Consumed">Records that the sink has handled since the first: stored, duplicates and dead letters.</param>
/// <param name="ActiveTopics">Topics in the registry that may be published to.</param>
/// <param name="ActiveSubscriptions">Subscriptions that are served.</param>
/// <param name="PublishedRecently">Events that the gateways published in the last five minutes.</param>
/// <param name="FailedRecently">Events and records that failed in the last five minutes.</param>
/// <param name="ConsumedRecently">Records that the workers handled in the last five minutes.</param>
/// <param name="AverageProcessingTime">Seconds for one record, over the last five minutes; 0 where there was none.</param>
/// <param name="PublishedPerSecond">Events published per second, over the last five minutes.</param>
public sealed record StoredStatistics(
    long Consumed, int ActiveTopics, int ActiveSubscriptions, long PublishedRecently, long FailedRecently, long ConsumedRecently,
    double AverageProcessingTime, double PublishedPerSecond)
{
    /// <summary>Failed to all, over the last five minutes: 0 to 1.</summary>
    public double ErrorRate
    {
        get
        {
            var all = FailedRecently + PublishedRecently + ConsumedRecently;
            return all == 0 ? 0 : (double)FailedRecently / all;
        }
    }
}

/// <summary>Reads the deployment's numbers: from counters that the sink keeps, however many events are stored.</summary>
public sealed class StatisticsReader(Database database)
{
    // A process's counters start at its start, so what it did within the time is its last beat less its first; one that began within it
    // counts from zero, which its first beat is near enough to. Rates are over the time that there are beats of, in a young deployment less.
    private const string Query =
        """
        WITH span AS (
            SELECT kind,
                max(published) - min(published) AS published, max(failed) - min(failed) AS failed,
                max(consumed) - min(consumed) AS consumed, max(processing_seconds) - min(processing_seconds) AS processing,
                min(at) AS first, max(at) AS last
            FROM heartbeats WHERE at > now() - INTERVAL '5 minutes' GROUP BY instance, kind
        )
        SELECT
            (SELECT coalesce(sum(stored + duplicates + dead_lettered), 0)::bigint FROM sink_offsets),
            (SELECT count(*)::integer FROM topics WHERE status = 'active'),
            (SELECT count(*)::integer FROM event_subscriptions WHERE is_active AND status = 'active'),
            coalesce(sum(published), 0)::bigint, coalesce(sum(failed), 0)::bigint, coalesce(sum(consumed), 0)::bigint,
            coalesce(sum(processing) / nullif(sum(consumed), 0), 0)::double precision,
            coalesce(sum(published) / nullif(extract(epoch FROM max(last) - min(first)), 0), 0)::double precision
        FROM span
        """;

    /// <summary>Reads them.</summary>
    /// <exception cref="StoreUnavailableException">The database is away.</exception>
    public async Task<StoredStatistics> ReadAsync(CancellationToken cancellation)
    {
        try
        {
            await using var command = database.Source.CreateCommand(Query);
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            await reader.ReadAsync(cancellation);
            return new StoredStatistics(
                reader.GetInt64(0), reader.GetInt32(1), reader.GetInt32(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5),
                reader.GetDouble(6), reader.GetDouble(7));
        }
        catch (Exception e) when (DatabaseErrors.IsOfDatabase(e))
        {
            throw DatabaseErrors.Unavailable(e);
        }
    }
}
