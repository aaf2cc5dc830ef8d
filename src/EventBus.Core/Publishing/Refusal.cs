using EventBus.Contracts;

namespace EventBus.Core.Publishing;

/// <summary>Why one event was not published.</summary>
/// <param name="Error">The stable code with its HTTP status.</param>
/// <param name="Detail">What was wrong this time.</param>
/// <param name="Field">A JSON Pointer to the field at fault, where one is.</param>
public readonly record struct Refusal(ErrorCode? Error, string Detail, string? Field = null)
{
    /// <summary>True where there is a reason to refuse.</summary>
    public bool IsRefused => Error is not null;
}
