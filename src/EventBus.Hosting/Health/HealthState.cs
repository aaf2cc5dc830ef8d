using System.Collections.Immutable;
using EventBus.Contracts;

namespace EventBus.Hosting.Health;

/// <summary>How well a part of the process, or the whole, is.</summary>
public enum HealthStatus
{
    /// <summary>All works.</summary>
    Healthy,

    /// <summary>Something that can be done without for a while is away.</summary>
    Degraded,

    /// <summary>The process cannot do its work.</summary>
    Unhealthy,
}

/// <summary>What a check found.</summary>
/// <param name="Status">How well the part is.</param>
/// <param name="Detail">What is wrong, for an operator; null where nothing is.</param>
public readonly record struct HealthResult(HealthStatus Status, string? Detail = null)
{
    /// <summary>All works.</summary>
    public static HealthResult Healthy => default;
}

/// <summary>The numbers of <c>GET /health</c>; the binary that knows them gives them.</summary>
/// <param name="KafkaConnected">Whether Kafka answered the last time it was asked.</param>
/// <param name="TopicsActive">Topics that events can be published to.</param>
/// <param name="SubscribersActive">Active subscriptions.</param>
public readonly record struct HealthNumbers(bool KafkaConnected, int TopicsActive, int SubscribersActive);

/// <summary>
/// How well this process is. Parts register checks; a probe runs them all, so a check only looks at what is known already: it never waits.
/// </summary>
/// <param name="time">The clock of the answers' timestamps.</param>
public sealed class HealthState(TimeProvider time)
{
    private const string Domain = "event-bus-service";

    private ImmutableArray<(string Name, Func<HealthResult> Run)> _checks = [];
    private volatile bool _started;
    private volatile bool _stopping;

    /// <summary>Gives the numbers of <c>GET /health</c>; zeros until it is set.</summary>
    public Func<HealthNumbers> Numbers { get; set; } = static () => default;

    /// <summary>True from the first shutdown signal.</summary>
    public bool IsStopping => _stopping;

    /// <summary>Adds a check. It runs on every probe: it looks at what is known already, and never blocks or waits.</summary>
    /// <param name="name">The part's name, for operators.</param>
    /// <param name="run">Finds how the part is.</param>
    public void AddCheck(string name, Func<HealthResult> run) =>
        ImmutableInterlocked.Update(ref _checks, static (checks, check) => checks.Add(check), (name, run));

    /// <summary>The process listens and its parts have started.</summary>
    public void MarkStarted() => _started = true;

    /// <summary>The process was told to stop: it is not ready from here on.</summary>
    public void MarkStopping() => _stopping = true;

    /// <summary>Runs the checks: the worst of them, and the details of all that are not healthy.</summary>
    public (HealthStatus Status, string Detail) Check()
    {
        var worst = HealthStatus.Healthy;
        List<string>? details = null;
        foreach (var (name, run) in _checks)
        {
            var result = Run(run);
            if (result.Status == HealthStatus.Healthy)
                continue;
            worst = (HealthStatus)Math.Max((int)worst, (int)result.Status);
            (details ??= []).Add(result.Detail is null ? name : $"{name}: {result.Detail}");
        }

        return (worst, details is null ? "" : string.Join("; ", details));
    }

    /// <summary>Whether requests should be sent here, and if not, why.</summary>
    public (bool IsReady, string Reason) CheckReady()
    {
        if (_stopping)
            return (false, "shutting down");
        if (!_started)
            return (false, "starting");
        var (status, detail) = Check();
        return (status != HealthStatus.Unhealthy, detail);
    }

    /// <summary>The answer of <c>GET /health</c>.</summary>
    public (HealthStatus Status, HealthResponse Response) Report()
    {
        var (status, detail) = Check();
        var numbers = Numbers();
        var word = status switch
        {
            HealthStatus.Healthy => "healthy",
            HealthStatus.Degraded => "degraded",
            _ => "unhealthy",
        };
        return (status, new HealthResponse(
            word, Domain, time.GetUtcNow().UtcDateTime, BinaryIdentity.Version, numbers.KafkaConnected, numbers.TopicsActive, numbers.SubscribersActive,
            detail.Length == 0 ? null : detail));
    }

    /// <summary>A check that throws has found something wrong that its author did not foresee.</summary>
    private static HealthResult Run(Func<HealthResult> check)
    {
        try
        {
            return check();
        }
#pragma warning disable CA1031 // A probe answers whatever a check does.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new HealthResult(HealthStatus.Unhealthy, $"the check failed with {e.GetType().Name}");
        }
    }
}
