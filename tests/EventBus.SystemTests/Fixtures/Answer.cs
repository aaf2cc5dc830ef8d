using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace EventBus.SystemTests.Fixtures;

/// <summary>An answer of the gateway.</summary>
public sealed record Answer(int Status, string? MediaType, string Text, HttpResponseHeaders Headers)
{
    public JsonElement Json => JsonElement.Parse(Text);

    /// <summary>Holds an answer of 200 against the shape of <c>/events/publish</c> and returns the place.</summary>
    public Published AssertPublished(string topic)
    {
        Assert.True(Status == 200, ToString());
        Assert.Equal("application/json", MediaType);
        return Published.Of(Json, topic);
    }

    /// <summary>Holds a refusal against RFC 9457 and the contract. A null <paramref name="field"/> is not looked at.</summary>
    public JsonElement AssertProblem(int status, string code, string? field = null)
    {
        Assert.True(Status == status, ToString());
        Assert.Equal("application/problem+json", MediaType);
        AssertProblem(Json, status, code, field);
        if (status is 429 or 503)
            Assert.True(Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1), $"Retry-After of {this}");
        return Json;
    }

    /// <summary>Holds a problem, also one inside a batch's item, against the contract.</summary>
    public static void AssertProblem(JsonElement problem, int status, string code, string? field = null)
    {
        Assert.True(problem.GetProperty("code").GetString() == code, $"{code} expected: {problem}");
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.Equal($"urn:event-bus:error:{code}", problem.GetProperty("type").GetString());
        Assert.False(string.IsNullOrEmpty(problem.GetProperty("title").GetString()));
        Assert.False(string.IsNullOrEmpty(problem.GetProperty("detail").GetString()));
        if (field is not null)
            Assert.True(problem.TryGetProperty("field", out var at) && at.GetString() == field, $"field {field} expected: {problem}");
    }

    public override string ToString() => $"{Status} {MediaType}: {Text[..Math.Min(Text.Length, 2_000)]}";
}

/// <summary>Where an event was stored, as answered.</summary>
public sealed partial record Published(string EventId, string Topic, int Partition, long Offset)
{
    /// <summary>Reads a single answer or an item of a batch that says published.</summary>
    public static Published Of(JsonElement answer, string topic)
    {
        Assert.True(answer.TryGetProperty("published", out var published) && published.GetBoolean(), $"published expected: {answer}");
        Assert.Equal(topic, answer.GetProperty("topic").GetString());
        return new Published(
            answer.GetProperty("event_id").GetString()!, topic, answer.GetProperty("partition").GetInt32(),
            answer.GetProperty("offset").GetInt64());
    }

    /// <summary>Whether the id is a UUID of a version, in lower case.</summary>
    public bool HasUuidOfVersion(int version) => Uuid().Match(EventId) is { Success: true } m && m.Groups[1].Value == $"{version}";

    [GeneratedRegex("^[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")]
    private static partial Regex Uuid();
}
