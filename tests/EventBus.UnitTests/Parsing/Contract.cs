using System.Globalization;
using System.Text;
using System.Text.Json;
using EventBus.Contracts;

namespace EventBus.UnitTests.Parsing;

/// <summary>The record that an event must become, worked out from the source-generated contract and SPEC 4.9 alone.</summary>
internal static class Contract
{
    /// <summary>The frame of a generic event, whose id is <paramref name="id"/> where it names none.</summary>
    public static Frame Generic(byte[] json, string id)
    {
        var request = JsonSerializer.Deserialize(json, PublishJsonContext.Default.PublishEventRequest)!;
        var isText = request.Payload.ValueKind == JsonValueKind.String;
        var value = isText ? request.Payload.GetString()! : request.Payload.GetRawText();
        id = Given(request.EventId) ?? id;
        var headers = new List<(string, string)>
        {
            (RecordHeaders.SpecVersion, "1.0"), (RecordHeaders.Id, id), (RecordHeaders.Source, request.Source),
            (RecordHeaders.Type, request.EventType), (RecordHeaders.Time, Time(request.Timestamp)),
            (RecordHeaders.ContentType, !isText || IsObjectOrArray(value) ? "application/json" : "text/plain; charset=utf-8"),
        };
        AddCommon(headers, request.Key, request.Priority, request.IsReplayable, request.SessionId, request.PlayerId);
        AddOwn(headers, request.Headers);
        var key = Given(request.Key) ?? Given(request.SessionId) ?? Given(request.PlayerId) ?? id;
        return Record(request.Topic, Encoding.UTF8.GetBytes(value), key, headers);
    }

    /// <summary>The frame of a game event.</summary>
    public static Frame Game(byte[] json, string id)
    {
        var request = JsonSerializer.Deserialize(json, PublishJsonContext.Default.PublishGameEventRequest)!;
        id = Given(request.EventId) ?? id;
        var headers = new List<(string, string)>
        {
            (RecordHeaders.SpecVersion, "1.0"), (RecordHeaders.Id, id), (RecordHeaders.Source, Given(request.ServerId) ?? "game-server"),
            (RecordHeaders.Type, "game." + request.ActionType), (RecordHeaders.Time, Time(request.Timestamp)),
            (RecordHeaders.ContentType, "application/json"),
        };
        AddCommon(headers, request.Key, request.Priority, request.IsReplayable, request.SessionId, request.PlayerId);
        Add(headers, RecordHeaders.GameMode, request.GameMode);
        Add(headers, RecordHeaders.MapName, request.MapName);
        Add(headers, RecordHeaders.ServerId, request.ServerId);
        Add(headers, RecordHeaders.Region, request.Region);
        Add(headers, RecordHeaders.GameVersion, request.Version);
        AddOwn(headers, request.Headers);
        var text = Encoding.UTF8.GetString(json).Trim(' ', '\t', '\r', '\n');
        return Record(Given(request.Topic) ?? "game.events", Encoding.UTF8.GetBytes(text), Given(request.Key) ?? request.SessionId, headers);
    }

    /// <summary>Asserts that two frames are one.</summary>
    public static void Same(Frame expected, Frame actual)
    {
        Assert.Equal(expected.Topic, actual.Topic);
        Assert.Equal(expected.Value, actual.Value);
        Assert.Equal(expected.KeyText, actual.KeyText);
        Assert.Equal(expected.Headers, actual.Headers);
    }

    private static Frame Record(string topic, byte[] value, string key, List<(string, string)> headers) => new(
        new ParserFixture().Current.Topics.Single(t => t.Name == topic).Index, 0, value, Encoding.UTF8.GetBytes(key), headers);

    private static void AddCommon(
        List<(string, string)> headers, string? key, string? priority, bool? isReplayable, string? session, string? player)
    {
        Add(headers, RecordHeaders.PartitionKey, key);
        Add(headers, RecordHeaders.Priority, priority == "normal" ? null : priority);
        Add(headers, RecordHeaders.Replayable, isReplayable == false ? "false" : null);
        Add(headers, RecordHeaders.SessionId, session);
        Add(headers, RecordHeaders.PlayerId, player);
    }

    private static void AddOwn(List<(string, string)> headers, Dictionary<string, string>? own)
    {
        foreach (var (name, value) in own ?? [])
            headers.Add((name, value));
    }

    private static void Add(List<(string, string)> headers, string name, string? value)
    {
        if (Given(value) is { } given)
            headers.Add((name, given));
    }

    private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static string Time(string? timestamp) => timestamp is null
        ? ParserFixture.NowText
        : DateTimeOffset.Parse(timestamp, CultureInfo.InvariantCulture).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    private static bool IsObjectOrArray(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind is JsonValueKind.Object or JsonValueKind.Array;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
