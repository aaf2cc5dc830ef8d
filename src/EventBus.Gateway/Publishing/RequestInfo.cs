using System.Buffers;
using System.Diagnostics;
using System.Text;
using EventBus.Contracts;
using EventBus.Core.Parsing;
using EventBus.Core.Publishing;

namespace EventBus.Gateway.Publishing;

/// <summary>What a request's headers say about all of its events. The plain request, without any of them, shares one instance.</summary>
internal sealed class RequestInfo
{
    private const int MaxKeyLength = 255;
    private const int MaxTraceStateLength = 512;

    // RFC 9110, section 5.6.2.
    private static readonly SearchValues<char> InTokens =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly RequestInfo Plain = new();

    private byte[] _traceParent = [];
    private byte[] _traceState = [];
    private byte[] _idempotencyKey = [];
    private byte[] _topic = [];

    /// <summary>True for <c>Prefer: respond-async</c> (RFC 7240): answer as soon as the event is queued.</summary>
    public bool IsAsync { get; private init; }

    /// <summary>The <c>Idempotency-Key</c>, without quotes; empty where there is none.</summary>
    public ReadOnlySpan<byte> IdempotencyKey => _idempotencyKey;

    /// <summary>Reads the headers.</summary>
    public static RequestInfo Read(HttpContext context, out Refusal refusal)
    {
        refusal = default;
        var headers = context.Request.Headers;
        var key = headers["Idempotency-Key"];
        var prefer = headers["Prefer"];
        var traceParent = Activity.Current?.Id ?? headers.TraceParent.ToString();
        if (key.Count == 0 && prefer.Count == 0 && traceParent.Length == 0 && !context.Request.QueryString.HasValue)
            return Plain;

        var info = new RequestInfo { IsAsync = prefer.Any(IsRespondAsync) };
        if (context.Request.Query["topic"] is [{ Length: > 0 } topic, ..])
            info._topic = Encoding.UTF8.GetBytes(topic);
        if (IsTraceParent(traceParent))
        {
            info._traceParent = Encoding.ASCII.GetBytes(traceParent);
            var state = Activity.Current?.TraceStateString ?? headers.TraceState.ToString();
            if (state.Length is > 0 and <= MaxTraceStateLength && Ascii.IsValid(state))
                info._traceState = Encoding.ASCII.GetBytes(state);
        }

        if (key.Count > 0 && !TryReadKey(key, out info._idempotencyKey))
        {
            refusal = new Refusal(
                ErrorCode.InvalidIdempotencyKey,
                $"Idempotency-Key takes one quoted string of 1 to {MaxKeyLength} printable ASCII characters, such as \"8e03978e-40d5-43dd-bc93-6894a57f9324\".");
        }

        return info;
    }

    /// <summary>The context of the request's event number <paramref name="index"/>.</summary>
    public EventContext ContextOf(int index, long utcTicks) => new()
    {
        UtcTicks = utcTicks,
        TraceParent = _traceParent,
        TraceState = _traceState,
        IdempotencyKey = _idempotencyKey,
        Topic = _topic,
        Index = index,
    };

    private static bool IsRespondAsync(string? value) =>
        value is not null && value.Split(',').Any(p => p.Split(';')[0].Trim().Equals("respond-async", StringComparison.OrdinalIgnoreCase));

    /// <summary>The form of version 00 (W3C Trace Context, section 3.2); anything else is not carried on.</summary>
    private static bool IsTraceParent(string text) =>
        text.Length == 55 && text[2] == '-' && text[35] == '-' && text[52] == '-' && ActivityContext.TryParse(text, null, out _);

    /// <summary>A quoted string (RFC 8941, section 3.3.3), or a bare token.</summary>
    private static bool TryReadKey(Microsoft.Extensions.Primitives.StringValues values, out byte[] key)
    {
        key = [];
        if (values.Count != 1 || values[0] is not { Length: > 0 } text || text.Any(c => c is < ' ' or > '~'))
            return false;
        var result = text;
        if (text[0] == '"')
        {
            if (!TryUnquote(text, out result))
                return false;
        }
        else if (text.AsSpan().ContainsAnyExcept(InTokens))
        {
            return false;
        }

        key = Encoding.ASCII.GetBytes(result);
        return key.Length is >= 1 and <= MaxKeyLength;
    }

    private static bool TryUnquote(string text, out string result)
    {
        result = string.Empty;
        if (text.Length < 2 || text[^1] != '"')
            return false;
        var content = new StringBuilder(text.Length);
        for (var i = 1; i < text.Length - 1; i++)
        {
            if (text[i] == '"' || (text[i] == '\\' && (++i == text.Length - 1 || text[i] is not ('"' or '\\'))))
                return false;
            content.Append(text[i]);
        }

        result = content.ToString();
        return true;
    }
}
