using System.Net;
using Microsoft.Extensions.Logging;

namespace EventBus.Hosting.Settings;

/// <summary>How a log entry is written.</summary>
public enum LogFormat
{
    /// <summary>A JSON object a line.</summary>
    Json,

    /// <summary>A readable line.</summary>
    Text,
}

/// <summary>What either binary needs to be run: its operations ports, its log, its end.</summary>
public sealed record OperationsSettings
{
    /// <summary><c>EVENT_BUS_BIND</c>; null is all interfaces (the diagnostics' port: loopback).</summary>
    public IPAddress? Bind { get; init; }

    /// <summary><c>EVENT_BUS_METRICS_PORT</c>.</summary>
    public required int MetricsPort { get; init; }

    /// <summary><c>EVENT_BUS_DIAGNOSTICS_PORT</c>; null is off.</summary>
    public int? DiagnosticsPort { get; init; }

    /// <summary><c>EVENT_BUS_SHUTDOWN_TIMEOUT</c>.</summary>
    public required TimeSpan ShutdownTimeout { get; init; }

    /// <summary><c>EVENT_BUS_SHUTDOWN_DELAY</c>: a part of <see cref="ShutdownTimeout"/>.</summary>
    public required TimeSpan ShutdownDelay { get; init; }

    /// <summary><c>EVENT_BUS_LOG_LEVEL</c>.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary><c>EVENT_BUS_LOG_FORMAT</c>, with <c>auto</c> decided.</summary>
    public LogFormat LogFormat { get; init; }

    /// <summary><c>EVENT_BUS_LOG_SAMPLING</c>: the share of entries below warning that is kept, 0 to 1.</summary>
    public double LogSampling { get; init; } = 1;

    /// <summary>Reads them.</summary>
    /// <param name="environment">The variables.</param>
    /// <param name="isTerminal">Whether the log goes to a terminal; decides what <c>auto</c> means.</param>
    /// <exception cref="SettingsException">A value is not taken.</exception>
    public static OperationsSettings Read(EnvironmentReader environment, bool isTerminal)
    {
        var settings = new OperationsSettings
        {
            Bind = environment.GetOrNull(SettingsTable.Bind),
            MetricsPort = environment.Get(SettingsTable.MetricsPort),
            DiagnosticsPort = environment.GetValueOrNull(SettingsTable.DiagnosticsPort),
            ShutdownTimeout = environment.Get(SettingsTable.ShutdownTimeout),
            ShutdownDelay = environment.Get(SettingsTable.ShutdownDelay),
            LogLevel = Enum.Parse<LogLevel>(environment.Get(SettingsTable.LogLevel), ignoreCase: true),
            LogFormat = environment.Get(SettingsTable.LogFormat) switch
            {
                "json" => LogFormat.Json,
                "text" => LogFormat.Text,
                _ => isTerminal ? LogFormat.Text : LogFormat.Json,
            },
            LogSampling = environment.Get(SettingsTable.LogSampling),
        };
        if (settings.DiagnosticsPort == settings.MetricsPort)
            throw Taken(SettingsTable.DiagnosticsPort, settings.MetricsPort, SettingsTable.MetricsPort);
        if (settings.ShutdownDelay >= settings.ShutdownTimeout)
        {
            throw EnvironmentReader.Error(SettingsTable.ShutdownDelay,
                $"{EnvironmentReader.Show(environment.Variables[SettingsTable.ShutdownDelay.Name])} cannot be used: "
                + "it takes a duration below EVENT_BUS_SHUTDOWN_TIMEOUT");
        }

        return settings;
    }

    /// <summary>Checks that no port of the HTTP API is an operations port too.</summary>
    /// <exception cref="SettingsException">One is.</exception>
    public void CheckPortsApart(HttpSettings http)
    {
        if (MetricsPort == http.Port || MetricsPort == http.H2cPort)
            throw Taken(SettingsTable.MetricsPort, MetricsPort, MetricsPort == http.Port ? SettingsTable.Port : SettingsTable.H2cPort);
        if (DiagnosticsPort is { } port && (port == http.Port || port == http.H2cPort))
            throw Taken(SettingsTable.DiagnosticsPort, port, port == http.Port ? SettingsTable.Port : SettingsTable.H2cPort);
    }

    private static SettingsException Taken(Setting setting, int port, Setting by) =>
        EnvironmentReader.Error(setting, $"\"{port}\" cannot be used: it takes another port than {by.Name}");
}
