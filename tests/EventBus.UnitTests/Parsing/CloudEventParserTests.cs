using System.Text;
using EventBus.Core.Events;
using EventBus.Core.Parsing;

namespace EventBus.UnitTests.Parsing;

public sealed class CloudEventParserTests
{
    private readonly ParserFixture _fixture = new();

    [Fact]
    public void TryParse_AllAttributes_BecomeRecord()
    {
        var frame = Parse("""
            {"specversion":"1.0","id":"A-1","source":"/shop/é","type":"game.kill","time":"2024-01-10T10:30:00+02:00","datacontenttype":"application/json",
            "subject":"x","partitionkey":"k","priority":"high","replayable":false,"sessionid":"s","playerid":"p","gamemode":"g","mapname":"m",
            "serverid":"sv","region":"r","gameversion":"v","truth":true,"number":-7,"nothing":null,"data":{"a": 1}}
            """).Frame;

        Assert.Equal(
            [
                ("ce_specversion", "1.0"), ("ce_id", "A-1"), ("ce_source", "/shop/é"), ("ce_type", "game.kill"),
                ("ce_time", "2024-01-10T08:30:00.000000Z"), ("content-type", "application/json"), ("ce_partitionkey", "k"), ("ce_priority", "high"),
                ("ce_replayable", "false"), ("ce_sessionid", "s"), ("ce_playerid", "p"), ("ce_gamemode", "g"), ("ce_mapname", "m"),
                ("ce_serverid", "sv"), ("ce_region", "r"), ("ce_gameversion", "v"), ("ce_subject", "x"), ("ce_truth", "true"), ("ce_number", "-7"),
            ],
            frame.Headers);
        Assert.Equal("k", frame.KeyText);
        Assert.Equal("""{"a": 1}""", frame.ValueText);
    }

    [Theory]
    [InlineData("", "", null)]
    [InlineData("\"data\":null", "", null)]
    [InlineData("\"data\":\"text\"", "\"text\"", "application/json")]
    [InlineData("\"data\":[1, 2]", "[1, 2]", "application/json")]
    [InlineData("\"data\":12", "12", "application/json")]
    [InlineData("\"data\":\"a\\n\\u00e9\",\"datacontenttype\":\"text/plain\"", "a\né", "text/plain")]
    [InlineData("\"datacontenttype\":\"application/json; charset=utf-8\",\"data\":\"a\"", "\"a\"", "application/json; charset=utf-8")]
    [InlineData("\"datacontenttype\":\"Application/JSON\",\"data\":\"a\"", "\"a\"", "Application/JSON")]
    [InlineData("\"datacontenttype\":\"application/geo+json\",\"data\":\"a\"", "\"a\"", "application/geo+json")]
    [InlineData("\"datacontenttype\":\"text/xml\",\"data\":{\"a\":1}", "{\"a\":1}", "text/xml")]
    [InlineData("\"data_base64\":\"AAEC/w==\",\"datacontenttype\":\"image/png\"", "\u0000\u0001\u0002\uFFFD", "image/png")]
    [InlineData("\"data_base64\":\"AGE\\u003d\"", "\u0000a", null)]
    [InlineData("\"data_base64\":\"\"", "", null)]
    public void TryParse_Data_IsBytesOfValue(string data, string value, string? contentType)
    {
        var frame = Parse(Event(data)).Frame;

        Assert.Equal(value, frame.ValueText);
        Assert.Equal(contentType, frame["content-type"]);
    }

    [Theory]
    [InlineData("", "game.events")]
    [InlineData("\"topic\":\"system.events\"", "system.events")]
    public void TryParse_WithoutTopicInRequest_IsExtensionOrDomains(string field, string topic) =>
        Assert.Equal(topic, Parse(Event(field)).Topic);

    [Fact]
    public void TryParse_TopicInRequest_Wins()
    {
        var context = ParserFixture.Context();
        context.Topic = "analytics.player_stats"u8;

        Assert.Equal("analytics.player_stats", _fixture.Parse(Encoding.UTF8.GetBytes(Event("\"topic\":\"system.events\"")), EventForm.CloudEvent, context).Topic);
    }

    [Theory]
    [InlineData("\"partitionkey\":\"k\",\"sessionid\":\"s\",\"playerid\":\"p\"", "k")]
    [InlineData("\"sessionid\":\"s\",\"playerid\":\"p\"", "s")]
    [InlineData("\"playerid\":\"p\"", "p")]
    [InlineData("", "1")]
    public void TryParse_Key_IsFirstOfKeySessionPlayerId(string fields, string key)
    {
        var outcome = Parse(Event(fields));

        Assert.Equal(key, outcome.Frame.KeyText);
        Assert.True(outcome.HasClientId);
        Assert.Equal(EventPriority.Normal, outcome.Priority);
    }

    [Theory]
    [InlineData("""{"id":"1","source":"s","type":"game.kill"}""", "invalid_cloudevent", "/specversion")]
    [InlineData("""{"specversion":"0.3","id":"1","source":"s","type":"game.kill"}""", "invalid_cloudevent", "/specversion")]
    [InlineData("""{"specversion":"1.0","source":"s","type":"game.kill"}""", "invalid_cloudevent", "/id")]
    [InlineData("""{"specversion":"1.0","id":"","source":"s","type":"game.kill"}""", "invalid_cloudevent", "/id")]
    [InlineData("""{"specversion":"1.0","id":"1","type":"game.kill"}""", "invalid_cloudevent", "/source")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"s"}""", "invalid_cloudevent", "/type")]
    [InlineData("[]", "invalid_type", "")]
    [InlineData("", "invalid_json", null)]
    [InlineData("""{"specversion":"1.0"} x""", "invalid_json", null)]
    public void TryParse_Envelope_NamesWhatIsWrong(string json, string code, string? field) => Parse(json).IsRefused(code, field);

    [Theory]
    [InlineData("\"data\":1,\"data_base64\":\"AA==\"", "invalid_cloudevent", "/data_base64")]
    [InlineData("\"data_base64\":\"A\"", "invalid_cloudevent", "/data_base64")]
    [InlineData("\"data_base64\":\"AA=A\"", "invalid_cloudevent", "/data_base64")]
    [InlineData("\"data_base64\":\"-_==\"", "invalid_cloudevent", "/data_base64")]
    [InlineData("\"data_base64\":5", "invalid_cloudevent", "/data_base64")]
    [InlineData("\"data\":1,\"data\":2", "duplicate_field", "/data")]
    [InlineData("\"Ext\":1", "invalid_cloudevent", "/Ext")]
    [InlineData("\"my_ext\":1", "invalid_cloudevent", "/my_ext")]
    [InlineData("\"\":1", "invalid_cloudevent", "/")]
    [InlineData("\"ext\":1.5", "invalid_cloudevent", "/ext")]
    [InlineData("\"ext\":3000000000", "invalid_cloudevent", "/ext")]
    [InlineData("\"ext\":{}", "invalid_cloudevent", "/ext")]
    [InlineData("\"ext\":1,\"ext\":1", "invalid_cloudevent", "/ext")]
    [InlineData("\"ext\":\"\\u0000\"", "invalid_string", "/ext")]
    [InlineData("\"ext\":\"\\ud800\"", "invalid_string", null)]
    [InlineData("\"datacontenttype\":\"text/plain\",\"data\":\"\\u0000\"", "invalid_string", "/data")]
    [InlineData("\"priority\":\"urgent\"", "invalid_priority", "/priority")]
    [InlineData("\"replayable\":\"yes\"", "invalid_type", "/replayable")]
    [InlineData("\"time\":\"yesterday\"", "invalid_timestamp", "/time")]
    [InlineData("\"time\":\"1999-01-01T00:00:00Z\"", "invalid_timestamp", "/time")]
    [InlineData("\"topic\":\"game.nowhere\"", "unknown_topic", "/topic")]
    [InlineData("\"topic\":\"Game.events\"", "invalid_topic", "/topic")]
    public void TryParse_Member_NamesIt(string field, string code, string? path) => Parse(Event(field)).IsRefused(code, path);

    [Fact]
    public void TryParse_InvalidUtf8_InvalidString()
    {
        byte[] json = [.. "{\"specversion\":\"1.0\",\"id\":\""u8, 0xFF, .. "\"}"u8];

        _fixture.Parse(json, EventForm.CloudEvent, ParserFixture.Context()).IsRefused("invalid_string", null);
    }

    [Theory]
    [InlineData("source", 100, "😀", true)]
    [InlineData("source", 101, "😀", false)]
    [InlineData("sessionid", 101, "a", false)]
    [InlineData("partitionkey", 1025, "a", false)]
    public void TryParse_Length_CountsAsInOtherForms(string name, int count, string character, bool valid)
    {
        var text = string.Concat(Enumerable.Repeat(character, count));
        var json = name == "source"
            ? $$"""{"specversion":"1.0","id":"1","source":"{{text}}","type":"game.kill"}"""
            : Event($"\"{name}\":\"{text}\"");

        var outcome = Parse(json);

        if (valid)
            Assert.NotNull(outcome.Frame);
        else
            outcome.IsRefused("too_long", "/" + name);
    }

    [Fact]
    public void TryParse_UnknownType_NamesType() =>
        Parse("""{"specversion":"1.0","id":"1","source":"s","type":"com.example.sold"}""").IsRefused("invalid_event_type", "/type");

    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(127)]
    public void Add_ControlCharacter_IsRefused(byte control) =>
        Assert.Equal("invalid_cloudevent", new CloudEventAttributes().Add("a", [(byte)'x', control]).Error?.Code);

    [Fact]
    public void Add_ManyAttributes_AtMost64Of8KiB()
    {
        var many = new CloudEventAttributes();
        for (var i = 0; i < 64; i++)
            Assert.False(many.Add($"a{i}", "x"u8.ToArray()).IsRefused);
        Assert.Equal("invalid_cloudevent", many.Add("b", "x"u8.ToArray()).Error?.Code);

        var large = new CloudEventAttributes();
        Assert.False(large.Add("a", [.. Enumerable.Repeat((byte)'x', 8191)]).IsRefused);
        Assert.Equal("invalid_cloudevent", large.Add("b", "x"u8.ToArray()).Error?.Code);
    }

    [Fact]
    public void TryParse_BinaryMode_IsSameRecordAsStructured()
    {
        var attributes = new CloudEventAttributes();
        foreach (var (name, value) in new[] { ("specversion", "1.0"), ("id", "1"), ("source", "s"), ("type", "game.kill"), ("ext", "x"), ("datacontenttype", "text/plain") })
            Assert.False(attributes.Add(name, Encoding.UTF8.GetBytes(value)).IsRefused);

        var valid = _fixture.CloudEvents.TryParse(attributes, "body"u8, ParserFixture.Context(), out var parsed, out var refusal);

        Contract.Same(Parse(Event("\"ext\":\"x\",\"datacontenttype\":\"text/plain\",\"data\":\"body\"")).Frame, Outcome.Of(valid, parsed, refusal).Frame);
    }

    private static string Event(string members) =>
        """{"specversion":"1.0","id":"1","source":"s","type":"game.kill" """ + (members.Length > 0 ? "," + members : "") + "}";

    private Outcome Parse(string json) => _fixture.Parse(json, EventForm.CloudEvent);
}
