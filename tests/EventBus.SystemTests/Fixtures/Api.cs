using System.Text;

namespace EventBus.SystemTests.Fixtures;

/// <summary>The publishing paths of a gateway, over HTTP as any client would.</summary>
public sealed class Api(HttpClient http)
{
    public const string Publish = "/events/publish";
    public const string PublishGame = "/events/game/publish";
    public const string PublishBatch = "/events/publish/batch";
    public const string CloudEvents = "/events";
    public const string Json = "application/json";
    public const string Ndjson = "application/x-ndjson";
    public const string CloudEvent = "application/cloudevents+json";
    public const string CloudEventBatch = "application/cloudevents-batch+json";

    /// <summary>
    /// The smallest event, whose source is its topic (so that the ids of one test are not those of another), with more fields
    /// (<c>,"name":value</c>) where given.
    /// </summary>
    public static string Event(string topic, string more = "") =>
        $$"""{"event_type":"game.score","topic":"{{topic}}","source":"{{topic}}","payload":"{}"{{more}}}""";

    /// <summary>The smallest game event, with more fields where given.</summary>
    public static string GameEvent(string topic, string more = "") =>
        $$"""{"player_id":"p1","session_id":"s1","action_type":"kill","topic":"{{topic}}","server_id":"{{topic}}"{{more}}}""";

    public Task<Answer> PostAsync(string path, string body, params (string Name, string Value)[] headers) =>
        PostAsync(path, Json, Encoding.UTF8.GetBytes(body), headers);

    public async Task<Answer> PostAsync(string path, string? contentType, byte[] body, params (string Name, string Value)[] headers)
    {
        using var content = new ByteArrayContent(body);
        if (contentType is not null)
            content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        return await SendAsync(HttpMethod.Post, path, content, headers);
    }

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null);

    public async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = content };
        foreach (var (name, value) in headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
                content!.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await http.SendAsync(request);
        return new Answer(
            (int)response.StatusCode,
            response.Content.Headers.ContentType?.MediaType,
            await response.Content.ReadAsStringAsync(),
            response.Headers);
    }

    /// <summary>A JSON string literal of a text.</summary>
    public static string Quote(string text) => $"\"{System.Text.Json.JsonEncodedText.Encode(text)}\"";

    /// <summary>The lines of a text, of which the last may end with a newline or not.</summary>
    public static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
