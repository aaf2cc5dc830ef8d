namespace EventBus.Core.Resilience;

/// <summary>The state of a <see cref="CircuitBreaker"/> at one moment.</summary>
/// <param name="IsOpen">True while the engine is away.</param>
/// <param name="Reason">Why it is open; null while closed.</param>
/// <param name="Since">When it came into this state.</param>
public sealed record CircuitState(bool IsOpen, string? Reason, DateTimeOffset Since);
