using System.Globalization;
using System.Text;
using EventBus.Contracts;
using EventBus.Core.Events;
using EventBus.Core.Publishing;

namespace EventBus.Gateway.Events;

/// <summary>
/// Reads a request's query parameters strictly: one that is not known, or is given twice, is refused, since a misspelt filter that is
/// dropped in silence answers another question than was asked. The first fault stands; read all values, then look at it.
/// </summary>
internal sealed class QueryParameters
{
    private readonly IQueryCollection _query;

    /// <param name="request">The request.</param>
    /// <param name="known">The names of the parameters that it takes.</param>
    public QueryParameters(HttpRequest request, params ReadOnlySpan<string> known)
    {
        _query = request.Query;
        foreach (var (name, values) in _query)
        {
            if (!known.Contains(name))
                Fail(ErrorCode.InvalidParameter, name, $"There is no such parameter here; there are {string.Join(", ", known!)}.");
            else if (values.Count > 1)
                Fail(ErrorCode.InvalidParameter, name, "Give the parameter once.");
        }
    }

    /// <summary>The first fault; not refused where there is none.</summary>
    public Refusal Refusal { get; private set; }

    /// <summary>A text of 1 to <paramref name="maxLength"/> characters, or null where it is not given.</summary>
    public string? Text(string name, int maxLength)
    {
        if (!_query.TryGetValue(name, out var values))
            return null;
        var text = values.ToString();
        if (text.Length == 0 || text.Length > maxLength || text.Contains('\0', StringComparison.Ordinal))
            Fail(ErrorCode.InvalidParameter, name, $"Give 1 to {maxLength} characters, or leave the parameter out.");
        return text;
    }

    /// <summary>One of these words, or the first where it is not given.</summary>
    public string Word(string name, params ReadOnlySpan<string> words)
    {
        if (!_query.TryGetValue(name, out var values))
            return words[0];
        var word = values.ToString();
        if (!words.Contains(word))
            Fail(ErrorCode.InvalidParameter, name, $"Give one of {string.Join(", ", words!)}.");
        return word;
    }

    /// <summary>A whole number in this range, or the default.</summary>
    public int Number(string name, int preset, int min, int max)
    {
        if (!_query.TryGetValue(name, out var values))
            return preset;
        if (!int.TryParse(values.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < min || number > max)
            Fail(ErrorCode.InvalidParameter, name, $"Give a whole number from {min} to {max}.");
        return number;
    }

    /// <summary>An RFC 3339 time, in UTC and to the microsecond, or null where it is not given.</summary>
    public DateTime? Time(string name)
    {
        if (!_query.TryGetValue(name, out var values))
            return null;
        if (!EventTime.TryParse(Encoding.UTF8.GetBytes(values.ToString()), out var ticks))
            Fail(ErrorCode.InvalidTimestamp, name, "Give an RFC 3339 time with its offset, as 2024-01-10T10:30:00Z; a + must be written %2B.");
        return new DateTime(ticks - (ticks % TimeSpan.TicksPerMicrosecond), DateTimeKind.Utc);
    }

    /// <summary>Notes a fault, unless there is one already.</summary>
    public void Fail(ErrorCode error, string name, string detail)
    {
        if (!Refusal.IsRefused)
            Refusal = new Refusal(error, detail, "/" + name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal));
    }
}
