using System.Text;
using EventBus.Core.Parsing;

namespace EventBus.UnitTests.Parsing;

/// <summary>Every refusal of an event, with its code and the field it names.</summary>
public sealed class EventParserRefusalTests
{
    private const string Rest = ""","topic":"game.events","source":"s","payload":"x"}""";

    private readonly ParserFixture _fixture = new();

    [Theory]
    [InlineData("", null)]
    [InlineData("  ", null)]
    [InlineData("{", null)]
    [InlineData("{\"event_type\":\"game.kill\"", null)]
    [InlineData("{} x", null)]
    [InlineData("{}{}", null)]
    [InlineData("{\"a\":1,}", null)]
    [InlineData("{'a':1}", null)]
    [InlineData("{\"a\":01}", null)]
    [InlineData("{\"a\":NaN}", null)]
    [InlineData("{\"a\":\"\u0001\"}", null)]
    [InlineData("{\"a\":\"\\x\"}", null)]
    [InlineData("{\"a\":\"\\u00g0\"}", null)]
    [InlineData("\uFEFF{}", null)]
    [InlineData("{/* no */}", null)]
    public void TryParse_NotJson_InvalidJson(string json, string? field) => _fixture.Parse(json).IsRefused("invalid_json", field);

    [Theory]
    [InlineData(62, true)]
    [InlineData(63, true)]
    [InlineData(64, false)]
    [InlineData(100_000, false)]
    public void TryParse_Depth_AtMost64WithRoot(int arrays, bool valid)
    {
        var json = $$"""{"event_type":"game.kill","deep":{{new string('[', arrays)}}{{new string(']', arrays)}}{{Rest}}""";

        var outcome = _fixture.Parse(json);

        if (valid)
            Assert.NotNull(outcome.Frame);
        else
            outcome.IsRefused("invalid_json", null);
    }

    [Theory]
    [InlineData("[]", "")]
    [InlineData("1", "")]
    [InlineData("null", "")]
    [InlineData("\"{}\"", "")]
    public void TryParse_RootIsNoObject_InvalidType(string json, string field) => _fixture.Parse(json).IsRefused("invalid_type", field);

    [Theory]
    [InlineData("""{"topic":"game.events","source":"s","payload":"x"}""", "missing_field", "/event_type")]
    [InlineData("""{"event_type":null,"topic":"game.events","source":"s","payload":"x"}""", "missing_field", "/event_type")]
    [InlineData("""{"event_type":"","topic":"game.events","source":"s","payload":"x"}""", "missing_field", "/event_type")]
    [InlineData("""{"event_type":"game.kill","source":"s","payload":"x"}""", "missing_field", "/topic")]
    [InlineData("""{"event_type":"game.kill","topic":"","source":"s","payload":"x"}""", "missing_field", "/topic")]
    [InlineData("""{"event_type":"game.kill","topic":"game.events","payload":"x"}""", "missing_field", "/source")]
    [InlineData("""{"event_type":"game.kill","topic":"game.events","source":"","payload":"x"}""", "missing_field", "/source")]
    [InlineData("""{"event_type":"game.kill","topic":"game.events","source":"s"}""", "missing_field", "/payload")]
    [InlineData("""{"event_type":"game.kill","topic":"game.events","source":"s","payload":null}""", "missing_field", "/payload")]
    [InlineData("""{"event_type":1,"topic":"game.events","source":"s","payload":"x"}""", "invalid_type", "/event_type")]
    [InlineData("""{"event_type":"game.kill","topic":{},"source":"s","payload":"x"}""", "invalid_type", "/topic")]
    [InlineData("""{"event_type":"game.kill","topic":"game.events","source":["s"],"payload":"x"}""", "invalid_type", "/source")]
    [InlineData("""{"event_type":"game.kill","topic":"game.events","source":"s","payload":1}""", "invalid_type", "/payload")]
    [InlineData("""{"event_type":"game.kill","topic":"game.events","source":"s","payload":true}""", "invalid_type", "/payload")]
    [InlineData("""{"Event_Type":"game.kill","topic":"game.events","source":"s","payload":"x"}""", "missing_field", "/event_type")]
    public void TryParse_RequiredField_NamesIt(string json, string code, string field) => _fixture.Parse(json).IsRefused(code, field);

    [Theory]
    [InlineData("\"priority\":\"urgent\"", "invalid_priority", "/priority")]
    [InlineData("\"priority\":\"High\"", "invalid_priority", "/priority")]
    [InlineData("\"priority\":\"\"", "invalid_priority", "/priority")]
    [InlineData("\"priority\":3", "invalid_type", "/priority")]
    [InlineData("\"is_replayable\":\"true\"", "invalid_type", "/is_replayable")]
    [InlineData("\"is_replayable\":0", "invalid_type", "/is_replayable")]
    [InlineData("\"event_id\":7", "invalid_type", "/event_id")]
    [InlineData("\"key\":{}", "invalid_type", "/key")]
    [InlineData("\"session_id\":false", "invalid_type", "/session_id")]
    [InlineData("\"player_id\":[]", "invalid_type", "/player_id")]
    [InlineData("\"timestamp\":1704882600", "invalid_type", "/timestamp")]
    [InlineData("\"timestamp\":\"\"", "invalid_timestamp", "/timestamp")]
    [InlineData("\"timestamp\":\"2024-01-10T10:30:00\"", "invalid_timestamp", "/timestamp")]
    [InlineData("\"timestamp\":\"1999-12-31T23:59:59Z\"", "invalid_timestamp", "/timestamp")]
    [InlineData("\"timestamp\":\"2026-03-05T05:06:08Z\"", "invalid_timestamp", "/timestamp")]
    [InlineData("\"headers\":[]", "invalid_type", "/headers")]
    [InlineData("\"headers\":\"a\"", "invalid_type", "/headers")]
    [InlineData("\"event_id\":\"\\u0000\"", "invalid_string", "/event_id")]
    [InlineData("\"event_id\":\"\\udc00\"", "invalid_string", "/event_id")]
    [InlineData("\"key\":\"a\\ud800\"", "invalid_string", "/key")]
    [InlineData("\"event_id\":\"a\",\"event_id\":\"a\"", "duplicate_field", "/event_id")]
    [InlineData("\"topic\":\"game.events\"", "duplicate_field", "/topic")]
    [InlineData("\"t\\u006fpic\":\"game.events\"", "duplicate_field", "/topic")]
    [InlineData("\"new/~\":1,\"new/~\":2", "duplicate_field", "/new~1~0")]
    [InlineData("\"\\ud800\":1", "invalid_string", null)]
    public void TryParse_OptionalField_NamesIt(string field, string code, string? path) =>
        _fixture.Parse("{\"event_type\":\"game.kill\"," + field + Rest).IsRefused(code, path);

    [Theory]
    [InlineData("event_id", 100, "é", true)]
    [InlineData("event_id", 101, "é", false)]
    [InlineData("event_id", 100, "😀", true)]
    [InlineData("session_id", 101, "a", false)]
    [InlineData("player_id", 101, "a", false)]
    [InlineData("key", 1024, "a", true)]
    [InlineData("key", 1025, "a", false)]
    [InlineData("key", 512, "é", true)]
    [InlineData("key", 513, "é", false)]
    public void TryParse_Length_CountsCharactersAndForKeysBytes(string field, int count, string character, bool valid)
    {
        var text = string.Concat(Enumerable.Repeat(character, count));

        var outcome = _fixture.Parse($$"""{"event_type":"game.kill","{{field}}":"{{text}}"{{Rest}}""");

        if (valid)
            Assert.NotNull(outcome.Frame);
        else
            outcome.IsRefused("too_long", "/" + field);
    }

    [Theory]
    [InlineData("game", "game.events", "invalid_event_type", "/event_type")]
    [InlineData("Game.kill", "game.events", "invalid_event_type", "/event_type")]
    [InlineData("mail.sent", "game.events", "invalid_event_type", "/event_type")]
    [InlineData("game.a.b.c.d.e", "game.events", "invalid_event_type", "/event_type")]
    [InlineData("game.kill", "game..events", "invalid_topic", "/topic")]
    [InlineData("game.kill", "__consumer_offsets", "invalid_topic", "/topic")]
    [InlineData("game.kill", "game.events.dlq", "invalid_topic", "/topic")]
    [InlineData("game.kill", "game.nowhere", "unknown_topic", "/topic")]
    public void TryParse_TypeOrTopic_NamesIt(string type, string topic, string code, string field) =>
        _fixture.Parse($$"""{"event_type":"{{type}}","topic":"{{topic}}","source":"s","payload":"x"}""").IsRefused(code, field);

    [Theory]
    [InlineData("{\"event_type\":\"game.kill\",\"topic\":\"game.events\",\"source\":\"@\",\"payload\":\"x\"}", "/source")]
    [InlineData("{\"event_type\":\"game.kill\",\"topic\":\"game.events\",\"source\":\"s\",\"payload\":\"@\"}", "/payload")]
    [InlineData("{\"event_type\":\"game.kill\",\"topic\":\"game.events\",\"source\":\"s\",\"payload\":{\"a\":\"@\"}}", "/payload/a")]
    [InlineData("{\"event_type\":\"game.kill\",\"topic\":\"game.events\",\"source\":\"s\",\"payload\":\"x\",\"headers\":{\"a\":\"@\"}}", "/headers/a")]
    public void TryParse_InvalidUtf8_NamesField(string template, string field)
    {
        byte[][] invalid = [[0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80]];
        foreach (var bytes in invalid)
        {
            var at = template.IndexOf('@', StringComparison.Ordinal);
            byte[] json = [.. Encoding.UTF8.GetBytes(template[..at]), .. bytes, .. Encoding.UTF8.GetBytes(template[(at + 1)..])];

            _fixture.Parse(json, EventForm.Generic, ParserFixture.Context()).IsRefused("invalid_string", field);
        }
    }

    [Fact]
    public void TryParse_Utf16_InvalidJson()
    {
        byte[] json = [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("{}")];

        _fixture.Parse(json, EventForm.Generic, ParserFixture.Context()).IsRefused("invalid_json", null);
    }

    [Fact]
    public void TryParse_LongUnknownNameTwice_PointerIsCutAndStillText()
    {
        var name = new string('a', 127) + "😀";

        var field = _fixture.Parse($$"""{"{{name}}":1,"{{name}}":2}""").Refusal.Field!;

        Assert.Equal("/" + new string('a', 127), field);
        Assert.DoesNotContain(field, char.IsSurrogate);
    }

    [Theory]
    [InlineData("""{"session_id":"s","action_type":"kill"}""", "missing_field", "/player_id")]
    [InlineData("""{"player_id":"p","action_type":"kill"}""", "missing_field", "/session_id")]
    [InlineData("""{"player_id":"p","session_id":"s"}""", "missing_field", "/action_type")]
    [InlineData("""{"player_id":"p","session_id":"s","action_type":""}""", "missing_field", "/action_type")]
    [InlineData("""{"player_id":"p","session_id":"s","action_type":"Kill"}""", "invalid_event_type", "/action_type")]
    [InlineData("""{"player_id":"p","session_id":"s","action_type":"kill","topic":"game.nowhere"}""", "unknown_topic", "/topic")]
    [InlineData("""{"player_id":"p","session_id":"s","action_type":"kill","action_data":"{}"}""", "invalid_type", "/action_data")]
    [InlineData("""{"player_id":"p","session_id":"s","action_type":"kill","position":[1,2,3]}""", "invalid_type", "/position")]
    [InlineData("""{"player_id":"p","session_id":"s","action_type":"kill","position":{"x":1,"y":2}}""", "missing_field", "/position/z")]
    [InlineData("""{"player_id":"p","session_id":"s","action_type":"kill","position":{"x":1,"y":null,"z":0}}""", "invalid_type", "/position/y")]
    [InlineData("""{"player_id":"p","session_id":"s","action_type":"kill","position":{"x":"1","y":2,"z":0}}""", "invalid_type", "/position/x")]
    [InlineData("""{"player_id":"p","session_id":"s","action_type":"kill","position":{"x":"NaN","y":2,"z":0}}""", "not_finite", "/position/x")]
    [InlineData("""{"player_id":"p","session_id":"s","action_type":"kill","position":{"x":"-Infinity","y":2,"z":0}}""", "not_finite", "/position/x")]
    [InlineData("""{"player_id":"p","session_id":"s","action_type":"kill","position":{"x":1e999,"y":2,"z":0}}""", "not_finite", "/position/x")]
    [InlineData("""{"player_id":"p","session_id":"s","action_type":"kill","position":{"x":1,"y":2,"z":0,"\u0078":1}}""", "duplicate_field", "/position/x")]
    [InlineData("""{"player_id":"p","session_id":"s","action_type":"kill","position":{"x":1,"y":2,"z":0,"w":1,"w":1}}""", "duplicate_field", "/position/w")]
    [InlineData("""{"player_id":"p","session_id":"s","action_type":"kill","position":{"x":1,"y":2,"z":0,"\ud800":1}}""", "invalid_string", "/position")]
    [InlineData("""{"player_id":"p","session_id":"s","action_type":"kill","position":{"x":"\ud800","y":2,"z":0}}""", "invalid_string", "/position")]
    public void TryParse_GameField_NamesIt(string json, string code, string field) => _fixture.Parse(json, EventForm.Game).IsRefused(code, field);
}
