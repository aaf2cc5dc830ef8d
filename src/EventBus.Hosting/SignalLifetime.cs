using System.Runtime.InteropServices;
using EventBus.Hosting.Health;
using EventBus.Hosting.Settings;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EventBus.Hosting;

/// <summary>
/// The end of the process by SIGTERM or SIGINT. The first signal makes it unready at once and starts the graceful stop; a second one ends it
/// on the spot with 128 and the signal's number, as shells write it: whoever sends it does not want to wait any longer.
/// </summary>
internal sealed class SignalLifetime(
    HealthState health, OperationsSettings settings, IHostApplicationLifetime application, TimeProvider time, ILogger<SignalLifetime> logger)
    : IHostLifetime, IDisposable
{
    private const int SignalExitBase = 128;

    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _signals;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => OnSignal(context, 15)));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, context => OnSignal(context, 2)));
        application.ApplicationStarted.Register(health.MarkStarted);
        // Also where the host stops for another reason, such as a service that failed.
        application.ApplicationStopping.Register(health.MarkStopping);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
    }

    private void OnSignal(PosixSignalContext context, int number)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _signals) > 1)
            Environment.Exit(SignalExitBase + number);
        health.MarkStopping();
        logger.StopRequested(context.Signal, settings.ShutdownTimeout);
        _ = StopAsync();
    }

    private async Task StopAsync()
    {
        if (settings.ShutdownDelay > TimeSpan.Zero)
            await Task.Delay(settings.ShutdownDelay, time);
        application.StopApplication();
    }
}
