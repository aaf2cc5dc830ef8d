using System.Text;
using System.Text.Json;

namespace EventBus.TestKit.Http;

/// <summary>A response as it came over the wire.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Headers">Names in lower case; several values of one name are joined by a comma.</param>
/// <param name="Body">The body, its transfer coding undone.</param>
public sealed record RawResponse(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    /// <summary>The body as text.</summary>
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The body as JSON.</summary>
    public JsonElement Json => JsonElement.Parse(Body);

    /// <summary>The media type, without parameters.</summary>
    public string? MediaType => Headers.TryGetValue("content-type", out var value) ? value.Split(';')[0].Trim() : null;
}
