namespace EventBus.Contracts;

/// <summary>The body of every refusal: RFC 9457 <c>application/problem+json</c> with a stable <c>code</c>.</summary>
/// <param name="Type">A URN naming the code.</param>
/// <param name="Title">What the code means, the same for every occurrence.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What was wrong this time, and what would be right.</param>
/// <param name="Code">The stable, machine-readable word.</param>
/// <param name="Field">A JSON Pointer (RFC 6901) to the field at fault, where one is.</param>
public sealed record Problem(string Type, string Title, int Status, string Detail, string Code, string? Field = null)
{
    /// <summary>The problem of <paramref name="error"/>, said of this occurrence.</summary>
    public static Problem Of(ErrorCode error, string detail, string? field = null) =>
        new(error.Type, error.Title, error.Status, detail, error.Code, field);
}
