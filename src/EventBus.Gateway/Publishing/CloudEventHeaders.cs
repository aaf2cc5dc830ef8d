using System.Text;
using System.Text.Unicode;
using EventBus.Contracts;
using EventBus.Core.Parsing;
using EventBus.Core.Publishing;

namespace EventBus.Gateway.Publishing;

/// <summary>The attributes of a CloudEvent in binary mode: <c>ce-</c> headers, percent-encoded (HTTP protocol binding, section 3.1.3.2).</summary>
internal static class CloudEventHeaders
{
    public const string Prefix = "ce-";

    /// <summary>Reads them; the content type becomes <c>datacontenttype</c>.</summary>
    public static Refusal Read(HttpRequest request, CloudEventAttributes attributes)
    {
        if (ContentTypes.CheckEncoding(request) is { } encoding)
            return encoding;
        if (request.ContentType?.StartsWith("application/cloudevents", StringComparison.OrdinalIgnoreCase) == true)
            return new Refusal(ErrorCode.UnsupportedMediaType, "The event formats taken are application/cloudevents+json and application/cloudevents-batch+json.");
        var refusal = default(Refusal);
        var found = false;
        foreach (var (name, values) in request.Headers)
        {
            if (refusal.IsRefused || !name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
                continue;
            found = true;
            refusal = Add(attributes, name[Prefix.Length..].ToLowerInvariant(), values);
        }

        if (!found)
            return CloudEventAttributes.Invalid("Send a CloudEvent: ce- headers, or application/cloudevents+json.", "specversion");
        return refusal.IsRefused || string.IsNullOrEmpty(request.ContentType)
            ? refusal
            : attributes.Add("datacontenttype", Encoding.UTF8.GetBytes(request.ContentType));
    }

    private static Refusal Add(CloudEventAttributes attributes, string name, Microsoft.Extensions.Primitives.StringValues values)
    {
        if (name is "datacontenttype" or "data")
            return CloudEventAttributes.Invalid("In binary mode the content type and the data are the request's own.", name);
        if (values.Count != 1)
            return CloudEventAttributes.Invalid("The attribute is given twice.", name);
        return TryDecode(values[0]!, out var value)
            ? attributes.Add(name, value)
            : CloudEventAttributes.Invalid("The value is not valid percent-encoded UTF-8.", name);
    }

    private static bool TryDecode(string text, out byte[] value)
    {
        // First double quotes, then percent signs, as the binding says.
        if (text.Length >= 2 && text[0] == '"' && text[^1] == '"')
            text = text[1..^1].Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal);
        var source = Encoding.UTF8.GetBytes(text);
        value = source;
        if (!source.Contains((byte)'%'))
            return true;
        var length = 0;
        var target = new byte[source.Length];
        for (var i = 0; i < source.Length; i++)
        {
            if (source[i] != '%')
            {
                target[length++] = source[i];
                continue;
            }

            if (i + 2 >= source.Length || Convert.FromHexString(source.AsSpan(i + 1, 2), target.AsSpan(length), out _, out _) != System.Buffers.OperationStatus.Done)
                return false;
            length++;
            i += 2;
        }

        value = target[..length];
        return Utf8.IsValid(value);
    }
}
