using EventBus.Contracts;
using EventBus.Core.Publishing;
using Microsoft.Net.Http.Headers;

namespace EventBus.Gateway.Publishing;

/// <summary>Media types of request bodies.</summary>
internal static class ContentTypes
{
    public const string Json = "application/json";
    public const string Ndjson = "application/x-ndjson";

    /// <summary>Whether a body of JSON text is of this type, in UTF-8 and not compressed; the refusal otherwise.</summary>
    public static bool Is(HttpRequest request, string expected, out Refusal refusal)
    {
        refusal = default;
        // What nearly every request sends, compared first: nothing is parsed.
        if (request.ContentType == expected && request.Headers.ContentEncoding.Count == 0)
            return true;
        if (CheckEncoding(request) is { } encoding)
        {
            refusal = encoding;
            return false;
        }

        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !type.MediaType.Equals(expected, StringComparison.OrdinalIgnoreCase))
        {
            refusal = new Refusal(ErrorCode.UnsupportedMediaType, $"Send the body as {expected}.");
            return false;
        }

        if (type.Charset.Length > 0 && !HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
        {
            refusal = new Refusal(ErrorCode.UnsupportedMediaType, "Send the body in UTF-8.");
            return false;
        }

        return true;
    }

    /// <summary>The refusal of a compressed body.</summary>
    public static Refusal? CheckEncoding(HttpRequest request)
    {
        var encoding = request.Headers.ContentEncoding;
        return encoding.Count == 0 || encoding.All(e => string.Equals(e, "identity", StringComparison.OrdinalIgnoreCase))
            ? null
            : new Refusal(ErrorCode.UnsupportedMediaType, "Send the body without Content-Encoding.");
    }

    /// <summary>Whether the request's media type is this one, whatever its parameters.</summary>
    public static bool HasType(HttpRequest request, string mediaType) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.MediaType.Equals(mediaType, StringComparison.OrdinalIgnoreCase);
}
