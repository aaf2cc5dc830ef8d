using EventBus.Hosting.Settings;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Enrichment;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace EventBus.Hosting.Logging;

/// <summary>The log: JSON lines for machines, readable lines on a terminal; UTC in both.</summary>
internal static class LoggingSetup
{
    private const string UtcTimestamp = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>Replaces whatever providers there are by the console.</summary>
    public static void Configure(ILoggingBuilder logging, OperationsSettings settings, BinaryIdentity identity)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(settings.LogLevel);
        logging.AddFilter("Microsoft", AtLeastWarning(settings.LogLevel));
        logging.AddFilter("System", AtLeastWarning(settings.LogLevel));
        // ASP.NET Core makes an Activity and a log scope for every request if this one category can log anything at all. What it would say of
        // an unhandled exception, Kestrel says too.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);

        // A terminal that is paused, or a log collector that is stuck, must not stop the process: entries beyond the queue are dropped and counted.
        logging.Services.Configure<ConsoleLoggerOptions>(static options => options.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite);
        if (settings.LogFormat == LogFormat.Json)
        {
            // Registered by hand: AddConsoleFormatter binds options by reflection, and this formatter has none.
            logging.Services.AddSingleton<ConsoleFormatter, JsonLineFormatter>();
            logging.AddConsole(static options => options.FormatterName = JsonLineFormatter.FormatterName);
            logging.EnableEnrichment();
            logging.Services.AddStaticLogEnricher(new ServiceEnricher(identity));
        }
        else
        {
            logging.AddSimpleConsole(static options =>
            {
                options.TimestampFormat = UtcTimestamp + " ";
                options.UseUtcTimestamp = true;
                options.SingleLine = true;
            });
        }

        if (settings.LogSampling < 1)
            logging.AddRandomProbabilisticSampler(settings.LogSampling, LogLevel.Information);
    }

    private static LogLevel AtLeastWarning(LogLevel level) => level > LogLevel.Warning ? level : LogLevel.Warning;

    /// <summary>Says which process an entry is of, by OpenTelemetry's names for it. People at a terminal know.</summary>
    private sealed class ServiceEnricher(BinaryIdentity identity) : IStaticLogEnricher
    {
        public void Enrich(IEnrichmentTagCollector collector)
        {
            collector.Add("service.name", identity.Name);
            collector.Add("service.version", BinaryIdentity.Version);
            collector.Add("service.instance.id", BinaryIdentity.Instance);
        }
    }
}
