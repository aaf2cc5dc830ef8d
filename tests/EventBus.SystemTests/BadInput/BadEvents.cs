using System.Text;
using EventBus.SystemTests.Fixtures;

namespace EventBus.SystemTests.BadInput;

/// <summary>A body that must be refused. <c>{T}</c> in it stands for an existing topic.</summary>
/// <param name="Name">What is wrong with it.</param>
/// <param name="Path">Where it is sent.</param>
/// <param name="Body">The body, one byte a character (Latin-1).</param>
/// <param name="Status">The status of the answer.</param>
/// <param name="Code">The code of the answer.</param>
/// <param name="Field">The JSON Pointer of the answer; null where no field is at fault.</param>
public sealed record BadEvent(string Name, string Path, string Body, int Status, string Code, string? Field = null);

/// <summary>The rows about what an event says.</summary>
public static class BadEvents
{
    private static readonly BadEvent[] Rows =
    [
        .. Syntax(), .. Types(), .. Duplicates(), .. Missing(), .. Strings(), .. Names(), .. Times(),
        .. Headers(), .. Lengths(), .. Positions(),
    ];

    private static string[] GameTexts => ["game_mode", "map_name", "region", "version"];

    public static IReadOnlyList<BadEvent> All => Rows;

    public static TheoryData<string> AllNames => [.. Rows.Select(r => r.Name)];

    public static BadEvent Named(string name) => Rows.Single(r => r.Name == name);

    private static string Event(string more = "") => Api.Event("{T}", more);

    /// <summary>The smallest event with one field in place of its own.</summary>
    private static string With(string field, string value) => field switch
    {
        "event_type" => Event().Replace("\"game.score\"", value, StringComparison.Ordinal),
        "topic" => Event().Replace("\"topic\":\"{T}\"", $"\"topic\":{value}", StringComparison.Ordinal),
        "source" => Event().Replace("\"source\":\"{T}\"", $"\"source\":{value}", StringComparison.Ordinal),
        "payload" => Event().Replace("\"{}\"", value, StringComparison.Ordinal),
        _ => Event($",\"{field}\":{value}"),
    };

    private static string Without(string field) => field switch
    {
        "event_type" => Event().Replace("\"event_type\":\"game.score\",", "", StringComparison.Ordinal),
        "topic" => Event().Replace("\"topic\":\"{T}\",", "", StringComparison.Ordinal),
        "source" => Event().Replace("\"source\":\"{T}\",", "", StringComparison.Ordinal),
        _ => Event().Replace(",\"payload\":\"{}\"", "", StringComparison.Ordinal),
    };

    private static string Game(string more) => Api.GameEvent("{T}", more);

    private static BadEvent Field(string what, string field, string value, string code, string? pointer = null, int status = 400) =>
        new($"{field} {what}", Api.Publish, With(field, value), status, code, pointer ?? $"/{field}");

    private static BadEvent GameField(string what, string field, string value, string code, string? pointer = null) =>
        new($"game {field} {what}", Api.PublishGame, Game($",\"{field}\":{value}"), 400, code, pointer ?? $"/{field}");

    private static IEnumerable<BadEvent> Syntax()
    {
        BadEvent Json(string what, string body) => new(what, Api.Publish, body, 400, "invalid_json");
        yield return Json("empty body", "");
        yield return Json("white space only", " \r\n\t");
        yield return Json("truncated object", Event()[..^1]);
        yield return Json("truncated string", Event()[..^3]);
        yield return Json("truncated literal", With("is_replayable", "tru"));
        yield return Json("trailing comma", Event(","));
        yield return Json("trailing data", Event() + "x");
        yield return Json("second object", Event() + Event());
        yield return Json("byte order mark", "\u00ef\u00bb\u00bf" + Event());
        yield return Json("comment", Event("/* a */"));
        yield return Json("single quotes", Event(",'key':'k'"));
        yield return Json("unquoted name", Event(",key:\"k\""));
        yield return Json("number with leading zero", Event(",\"n\":01"));
        yield return Json("NaN literal", Game(",\"position\":{\"x\":NaN,\"y\":0,\"z\":0}"));
        yield return Json("raw control character", With("source", "\"a\u0001b\""));
        yield return Json("bad escape", With("source", "\"a\\xb\""));
        yield return Json("deeper than 64", With("payload", new string('[', 64) + new string(']', 64)));
        yield return Json("unclosed inside the payload", With("payload", "{\"a\":[1,2}"));
        yield return new("game truncated object", Api.PublishGame, Game("")[..^1], 400, "invalid_json");
        yield return new("game empty body", Api.PublishGame, "", 400, "invalid_json");
    }

    private static IEnumerable<BadEvent> Types()
    {
        foreach (var root in new[] { "[]", "\"x\"", "17", "true", "null" })
        {
            yield return new($"root {root}", Api.Publish, root, 400, "invalid_type");
            yield return new($"game root {root}", Api.PublishGame, root, 400, "invalid_type");
        }

        string[] strings = ["event_type", "topic", "source", "priority", "event_id", "key", "timestamp", "session_id", "player_id"];
        foreach (var field in strings)
        {
            yield return Field("is a number", field, "1", "invalid_type");
            yield return Field("is an object", field, "{}", "invalid_type");
        }

        yield return Field("is a number", "payload", "1", "invalid_type");
        yield return Field("is true", "payload", "true", "invalid_type");
        yield return Field("is a string", "is_replayable", "\"true\"", "invalid_type");
        yield return Field("is a number", "is_replayable", "1", "invalid_type");
        yield return Field("is an array", "headers", "[]", "invalid_type");
        yield return Field("has a number", "headers", "{\"a\":1}", "invalid_type", "/headers/a");
        yield return Field("has a name with a slash and a tilde", "headers", "{\"a/b~c\":1}", "invalid_type", "/headers/a~1b~0c");
        foreach (var field in GameTexts)
            yield return GameField("is a number", field, "1", "invalid_type");
        yield return GameField("is a string", "action_data", "\"x\"", "invalid_type");
        yield return GameField("is an array", "action_data", "[]", "invalid_type");
        yield return GameField("is an array", "position", "[1,2,3]", "invalid_type");
        yield return GameField("x is a string", "position", "{\"x\":\"1\",\"y\":0,\"z\":0}", "invalid_type", "/position/x");
        yield return Field("is unknown", "priority", "\"urgent\"", "invalid_priority");
        yield return Field("is upper case", "priority", "\"HIGH\"", "invalid_priority");
        yield return Field("is empty", "priority", "\"\"", "invalid_priority");
        yield return GameField("is unknown", "priority", "\"urgent\"", "invalid_priority");
    }

    private static IEnumerable<BadEvent> Duplicates()
    {
        BadEvent Twice(string what, string body, string field, string path = Api.Publish) =>
            new(what, path, body, 400, "duplicate_field", field);
        yield return Twice("source twice", Event(",\"source\":\"b\""), "/source");
        yield return Twice("payload twice", Event(",\"payload\":{}"), "/payload");
        yield return Twice("optional field twice", Event(",\"key\":\"a\",\"key\":\"a\""), "/key");
        yield return Twice("unknown field twice", Event(",\"later\":1,\"later\":2"), "/later");
        yield return Twice("twice by an escape", Event(",\"s\\u006furce\":\"b\""), "/source");
        yield return Twice("header twice", Event(",\"headers\":{\"a\":\"1\",\"a\":\"1\"}"), "/headers/a");
        yield return Twice("game field twice", Game(",\"player_id\":\"p\""), "/player_id", Api.PublishGame);
        yield return Twice(
            "position twice by name", Game(",\"position\":{\"x\":1,\"y\":1,\"z\":1,\"x\":2}"), "/position/x", Api.PublishGame);
    }

    private static IEnumerable<BadEvent> Missing()
    {
        foreach (var field in new[] { "event_type", "topic", "source", "payload" })
        {
            yield return new($"{field} missing", Api.Publish, Without(field), 400, "missing_field", $"/{field}");
            yield return Field("is null", field, "null", "missing_field");
            if (field != "payload")
                yield return Field("is empty", field, "\"\"", "missing_field");
        }

        foreach (var (field, value) in new[] { ("player_id", "p1"), ("session_id", "s1"), ("action_type", "kill") })
        {
            BadEvent Row(string what, string? with) => new(
                $"game {field} {what}",
                Api.PublishGame,
                Game("").Replace($"\"{field}\":\"{value}\",", with is null ? "" : $"\"{field}\":{with},", StringComparison.Ordinal),
                400,
                "missing_field",
                $"/{field}");
            yield return Row("missing", null);
            yield return Row("is null", "null");
            yield return Row("is empty", "\"\"");
        }
    }

    private static IEnumerable<BadEvent> Strings()
    {
        var broken = new (string What, string Value)[]
        {
            ("has a bad continuation byte", "\"a\u00c3(\""), ("is overlong UTF-8", "\"a\u00c0\u0080\""),
            ("has a surrogate in UTF-8", "\"a\u00ed\u00a0\u0080\""),
            ("is cut inside a character", "\"a\u00e2\u0082\""), ("has a lone high surrogate", "\"a\\ud800\""),
            ("has a lone low surrogate", "\"\\udc00b\""),
            ("has U+0000", "\"a\\u0000b\""),
        };
        foreach (var field in new[] { "source", "payload", "key", "event_id", "session_id" })
        {
            foreach (var (what, value) in broken)
                yield return Field(what, field, value, "invalid_string");
        }

        foreach (var (what, value) in broken)
        {
            // U+0000 in a header is wrong by two rows; either code will do, so it is not asked here.
            if (what != "has U+0000")
                yield return Field($"has a value that {what}", "headers", $"{{\"a\":{value}}}", "invalid_string", "/headers/a");
            yield return GameField(what, "region", value, "invalid_string");
        }
    }

    private static IEnumerable<BadEvent> Names()
    {
        var bad = new[]
        {
            "games.kill", "Game.kill", "game.Kill", "game", "game.a.b.c.d.e", "game..kill", ".game.kill", "game.kill.",
            "..", "__consumer_offsets",
            "game.ki-ll", "game.kill ", "game.k\u00c3\u00b6", "game/kill", "dead-letter-events",
        };
        foreach (var name in bad)
        {
            yield return Field($"is {name}", "event_type", $"\"{name}\"", "invalid_event_type");
            yield return Field($"is {name}", "topic", $"\"{name}\"", "invalid_topic");
        }

        yield return Field("is of 101 characters", "event_type", $"\"game.{new string('a', 96)}\"", "invalid_event_type");
        yield return Field("is of 246 characters", "topic", $"\"game.{new string('a', 241)}\"", "invalid_topic");
        yield return Field("is a dead-letter topic", "topic", "\"game.events.dlq\"", "invalid_topic");
        yield return Field("is a subscription's own", "topic", "\"sub.0190c1c5\"", "invalid_topic");
        yield return Field("does not exist", "topic", "\"game.no.such.topic\"", "unknown_topic", status: 404);
        yield return new(
            "game action_type is upper case",
            Api.PublishGame,
            Game("").Replace("\"kill\"", "\"Kill\"", StringComparison.Ordinal),
            400,
            "invalid_event_type",
            "/action_type");
    }

    private static IEnumerable<BadEvent> Times()
    {
        var ahead = TimeProvider.System.GetUtcNow().AddHours(25).ToString("yyyy-MM-ddTHH:mm:ssZ");
        foreach (var time in new[]
        {
            "2026-05-06T07:08:09", "1999-12-31T23:59:59Z", ahead, "yesterday", "", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
            "2026-05-06T25:00:00Z", "2026-05-06", "1750000000", "2026-05-06T07:08:09+25:00",
        })
            yield return Field(
                time == ahead ? "is a day and an hour ahead" : $"is '{time}'", "timestamp", $"\"{time}\"", "invalid_timestamp");
    }

    private static IEnumerable<BadEvent> Headers()
    {
        foreach (var name in new[] { "ce_id", "ce_custom", "eb_reason", "webhook-id", "content-type", "traceparent", "tracestate" })
            yield return Field($"has the reserved {name}", "headers", $"{{\"{name}\":\"x\"}}", "invalid_header", $"/headers/{name}");
        yield return Field("has a value with a line feed", "headers", "{\"a\":\"b\\nc\"}", "invalid_header", "/headers/a");
        yield return Field("has a value with DEL", "headers", "{\"a\":\"b\\u007fc\"}", "invalid_header", "/headers/a");
        yield return Field("has a name with a tab", "headers", "{\"a\\tb\":\"c\"}", "invalid_header", "/headers/a\tb");
        var many = string.Join(',', Enumerable.Range(0, 33).Select(i => $"\"h{i}\":\"v\""));
        yield return new("33 headers", Api.Publish, With("headers", $"{{{many}}}"), 400, "invalid_header");
        yield return new(
            "8 KiB of headers and one byte", Api.Publish, With("headers", $"{{\"a\":\"{new string('v', 8192)}\"}}"), 400, "invalid_header");
    }

    private static IEnumerable<BadEvent> Lengths()
    {
        foreach (var field in new[] { "event_id", "source", "session_id", "player_id" })
            yield return Field("is of 101 characters", field, $"\"{new string('a', 101)}\"", "too_long");
        yield return Field("is of 1025 bytes", "key", $"\"{new string('a', 1025)}\"", "too_long");
        foreach (var field in GameTexts)
            yield return GameField("is of 101 characters", field, $"\"{new string('a', 101)}\"", "too_long");
    }

    private static IEnumerable<BadEvent> Positions()
    {
        yield return GameField("x is too large", "position", "{\"x\":1e999,\"y\":0,\"z\":0}", "not_finite", "/position/x");
        yield return GameField("y is too small", "position", "{\"x\":1,\"y\":-1e999,\"z\":0}", "not_finite", "/position/y");
        yield return GameField("z is too large", "position", "{\"x\":1,\"y\":0,\"z\":1e400}", "not_finite", "/position/z");
    }

    /// <summary>The bytes to send for a row.</summary>
    public static byte[] Bytes(BadEvent row, string topic) =>
        Encoding.Latin1.GetBytes(row.Body.Replace("{T}", topic, StringComparison.Ordinal));
}
