using EventBus.Core.Storing;
using NpgsqlTypes;

namespace EventBus.Postgres.Statistics;

/// <summary>What a process has done since its start: its counters, written every few seconds.</summary>
/// <param name="Instance">Which process; another one after a restart.</param>
/// <param name="Kind"><c>gateway</c> or <c>worker</c>.</param>
/// <param name="Published">Events acknowledged by Kafka.</param>
/// <param name="Failed">Events that were refused or whose outcome is unknown, and records that could not be handled.</param>
/// <param name="Consumed">Records handled.</param>
/// <param name="ProcessingSeconds">Time taken by all of them together.</param>
public readonly record struct Heartbeat(string Instance, string Kind, long Published, long Failed, long Consumed, double ProcessingSeconds);

/// <summary>Writes heartbeats; <see cref="StatisticsReader"/> reads them.</summary>
public sealed class Heartbeats(Database database)
{
    /// <summary>Writes one, at the database's own time: the differences are of one clock.</summary>
    /// <exception cref="StoreUnavailableException">The database is away; the counters go on, so that nothing is lost with a beat.</exception>
    public async Task BeatAsync(Heartbeat beat, CancellationToken cancellation)
    {
        try
        {
            await using var command = database.Source.CreateCommand(
                """
                INSERT INTO heartbeats (instance, at, kind, published, failed, consumed, processing_seconds)
                VALUES ($1, clock_timestamp(), $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
                """);
            command.Parameters.Add(Parameters.Value(beat.Instance, NpgsqlDbType.Text));
            command.Parameters.Add(Parameters.Value(beat.Kind, NpgsqlDbType.Text));
            command.Parameters.Add(Parameters.Value(beat.Published, NpgsqlDbType.Bigint));
            command.Parameters.Add(Parameters.Value(beat.Failed, NpgsqlDbType.Bigint));
            command.Parameters.Add(Parameters.Value(beat.Consumed, NpgsqlDbType.Bigint));
            command.Parameters.Add(Parameters.Value(beat.ProcessingSeconds, NpgsqlDbType.Double));
            await command.ExecuteNonQueryAsync(cancellation);
        }
        catch (Exception e) when (DatabaseErrors.IsOfDatabase(e))
        {
            throw DatabaseErrors.Unavailable(e);
        }
    }
}
