using EventBus.Core.Settings;
using EventBus.Hosting.Settings;

namespace EventBus.Worker.Settings;

/// <summary>All that the worker is told: read from the environment once, at start, and never changed.</summary>
/// <param name="Operations">Ports, log and end of the process.</param>
/// <param name="Kafka">How to reach Kafka.</param>
/// <param name="Database">How to reach PostgreSQL.</param>
/// <param name="Roles"><c>EVENT_BUS_WORKER_ROLES</c>.</param>
/// <param name="Domains"><c>EVENT_BUS_DOMAINS</c>.</param>
/// <param name="DeadLetterTopic"><c>EVENT_BUS_DEAD_LETTER_TOPIC</c>.</param>
public sealed record WorkerSettings(
    OperationsSettings Operations, KafkaSettings Kafka, DatabaseSettings Database, IReadOnlyList<string> Roles,
    IReadOnlyList<string> Domains, string DeadLetterTopic)
{
    /// <summary>Reads them.</summary>
    /// <param name="environment">The variables.</param>
    /// <param name="isTerminal">Whether the log goes to a terminal.</param>
    /// <exception cref="SettingsException">A value is not taken.</exception>
    public static WorkerSettings Read(EnvironmentReader environment, bool isTerminal)
    {
        SettingsTable.Check(environment);
        var kafka = KafkaSettingsReader.Read(environment);
        if (kafka.IsEmbedded)
        {
            throw EnvironmentReader.Error(SettingsTable.KafkaBrokers,
                "\"embedded\" cannot be used by the worker: it takes the address that the gateway prints of its embedded cluster");
        }

        return new WorkerSettings(
            OperationsSettings.Read(environment, isTerminal),
            kafka,
            DatabaseSettingsReader.Read(environment),
            environment.Get(SettingsTable.WorkerRoles),
            environment.Get(SettingsTable.Domains),
            environment.Get(SettingsTable.DeadLetterTopic));
    }
}
