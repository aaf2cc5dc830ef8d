namespace EventBus.Core.Resilience;

/// <summary>
/// Whether an engine can be asked at all, so that callers are refused at once while it is away instead of waiting for it.
/// </summary>
/// <remarks>
/// The state follows probes (an engine's watcher trips and closes it), not the outcomes of calls: a publish that fails says nothing of
/// when Kafka is back, and letting trial publishes through would make clients wait for the probe's answer. A library's breaker, such
/// as Polly's, wraps calls and counts their failures, which is why none is used here.
/// </remarks>
/// <param name="time">The clock that state changes are stamped with.</param>
/// <param name="onChange">
/// Called after each change, one call at a time and in their order, with a lock held: it must be short and must not come back here.
/// </param>
public sealed class CircuitBreaker(TimeProvider time, Action<CircuitState>? onChange = null)
{
    private readonly Lock _changing = new();
    private volatile CircuitState _state = new(false, null, time.GetUtcNow());
    private long _trips;

    /// <summary>True while the engine is away. Lock-free: asked for every request.</summary>
    public bool IsOpen => _state.IsOpen;

    /// <summary>The state, its reason and since when it holds: one consistent picture.</summary>
    public CircuitState State => _state;

    /// <summary>How often the circuit went from closed to open.</summary>
    public long Trips => Interlocked.Read(ref _trips);

    /// <summary>Opens the circuit. While it is open the first reason stands.</summary>
    /// <param name="reason">What is wrong, for logs and health answers.</param>
    /// <returns>False if it was open already.</returns>
    public bool Trip(string reason)
    {
        lock (_changing)
        {
            if (_state.IsOpen)
                return false;

            Interlocked.Increment(ref _trips);
            Change(new CircuitState(true, reason, time.GetUtcNow()));
            return true;
        }
    }

    /// <summary>Closes the circuit: the engine answers again.</summary>
    /// <returns>False if it was closed already.</returns>
    public bool Close()
    {
        lock (_changing)
        {
            if (!_state.IsOpen)
                return false;

            Change(new CircuitState(false, null, time.GetUtcNow()));
            return true;
        }
    }

    private void Change(CircuitState state)
    {
        _state = state;
        onChange?.Invoke(state);
    }
}
