using System.Text;
using System.Text.Json;
using EventBus.Core.Parsing;
using FsCheck.Xunit;

namespace EventBus.UnitTests.Parsing;

/// <summary>Whatever a client sends gets a frame or a refusal; FsCheck prints the seed.</summary>
public sealed class EventParserPropertyTests
{
    private static readonly string[] Pieces =
    [
        "a", "Z", "0", " ", "/", "'", "{", "}", "[", "]", ":", ",", "é", "世", "😀", "\u007f", "\u0080", "\uffff",
        "\\n", "\\r", "\\t", "\\b", "\\f", "\\\\", "\\/", "\\\"", "\\u0041", "\\u00e9", "\\u4e16", "\\ud83d\\ude00", "\\uD834\\uDD1E", "\\uFFFF",
    ];

    // What no record may have: half of a surrogate pair, the two halves the wrong way round, and U+0000.
    private static readonly string[] Bad = ["\\ud800", "\\udc00", "\\udc00\\ud800", "\\ud800\\u0041", "\\ud800x", "\\u0000"];

    private readonly ParserFixture _fixture = new();

    [Property(MaxTest = 1000)]
    public void TryParse_AnyStringContent_IsWhatSystemTextJsonUnescapes(int seed)
    {
        var random = new Random(seed);
        var content = new StringBuilder();
        for (var i = random.Next(40); i > 0; i--)
            content.Append(random.Next(60) == 0 ? Bad[random.Next(Bad.Length)] : Pieces[random.Next(Pieces.Length)]);
        var json = $$"""{"event_type":"game.kill","topic":"game.events","source":"s","payload":"{{content}}"}""";
        var expected = Unescaped(json);

        var outcome = _fixture.Parse(json);

        if (expected is null)
            outcome.IsRefused("invalid_string", "/payload");
        else
            Assert.Equal(expected, outcome.Frame.ValueText);
    }

    [Property(MaxTest = 1000)]
    public void TryParse_AnyBytes_GivesFrameOrRefusal(byte[] junk)
    {
        foreach (var form in Enum.GetValues<EventForm>())
            _fixture.Parse(junk, form, ParserFixture.Context());
    }

    [Property(MaxTest = 4000)]
    public void TryParse_DamagedEvent_GivesRefusalOrWhatContractSays(int seed)
    {
        var random = new Random(seed);
        var isGame = random.Next(2) == 0;
        var corpus = isGame ? Corpus.Game : Corpus.Generic;
        var json = Damage(random, Encoding.UTF8.GetBytes(corpus[random.Next(corpus.Count)]));

        var outcome = _fixture.Parse(json, isGame ? EventForm.Game : EventForm.Generic, ParserFixture.Context());

        if (outcome.Composed is { } frame)
            Contract.Same(isGame ? Contract.Game(json, outcome.Id) : Contract.Generic(json, outcome.Id), frame);
    }

    [Property(MaxTest = 2000)]
    public void TryParse_DamagedCloudEvent_GivesFrameOrRefusal(int seed)
    {
        var random = new Random(seed);
        var json = Damage(random, Encoding.UTF8.GetBytes(
            """{"specversion":"1.0","id":"1","source":"/s","type":"game.kill","time":"2024-01-10T10:30:00Z","ext":true,"n":1,"data_base64":"AAEC/w==","datacontenttype":"text/plain"}"""));

        _fixture.Parse(json, EventForm.CloudEvent, ParserFixture.Context());
    }

    private static string? Unescaped(string json)
    {
        using var document = JsonDocument.Parse(json);
        try
        {
            var text = document.RootElement.GetProperty("payload").GetString()!;
            return text.Contains('\0', StringComparison.Ordinal) ? null : text;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static byte[] Damage(Random random, byte[] json)
    {
        const string likely = "\"\\{}[],:0-.eE ux/ndNtf\u0001";
        var bytes = json.ToList();
        for (var i = random.Next(4); i >= 0; i--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] = (byte)likely[random.Next(likely.Length)];
                    break;
                case 2:
                    bytes.RemoveAt(at);
                    break;
                case 3:
                    bytes.InsertRange(at, Encoding.ASCII.GetBytes(Bad[random.Next(Bad.Length)]));
                    break;
                default:
                    bytes.InsertRange(at, bytes.Skip(random.Next(bytes.Count)).Take(random.Next(20)).ToList());
                    break;
            }
        }

        return [.. bytes];
    }
}
