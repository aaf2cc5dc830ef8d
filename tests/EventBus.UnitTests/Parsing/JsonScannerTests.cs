using System.Text;
using System.Text.Json;
using EventBus.Core.Parsing;
using Xunit.Abstractions;

namespace EventBus.UnitTests.Parsing;

/// <summary>The quick scanner against the platform's reader: what it takes, the reader takes too, and finds the same.</summary>
public class JsonScannerTests(ITestOutputHelper output)
{
    private static readonly string[] Seeds =
    [
        """{"a":1,"b":[true,false,null],"c":{"d":"e\n\u00e9\ud83d\ude00","f":-1.5e+10}}""",
        """[[],{},[{}],"x",0,-0,1e5,0.5,1E-7]""",
        """ { "k" : [ 1 , 2 , { "x" : "\"\\\/\b\f\n\r\t" } ] } """,
        """{"event_type":"game.kill","topic":"game.events","source":"s","payload":"{\"a\":1}","priority":"high","is_replayable":true}""",
        """{"player_id":"p","session_id":"s","action_type":"kill","position":{"x":1.5,"y":-2,"z":0},"action_data":{"w":[1,2,3]}}""",
        """{"key":"0123456789abcdef0123456789abcdef","headers":{"a":"b"},"timestamp":"2024-01-10T10:30:00Z","payload":[]}""",
    ];

    [Fact]
    public void IsContainer_MutatedTexts_AgreesWithThePlatform() => Mutate((text, seed) =>
        Assert.True(PlatformTakesContainer(text) == JsonScanner.IsContainer(text), $"seed {seed}: {Encoding.UTF8.GetString(text)}"));

    [Fact]
    public void TryScan_MutatedTexts_NeverTakesWhatThePlatformRefuses() => Mutate((text, seed) =>
    {
        EventFields fields = default;
        if (!JsonScanner.TryScan(text, ref fields))
            return;
        var about = $"seed {seed}: {Encoding.UTF8.GetString(text)}";
        Assert.True(PlatformTakesContainer(text), about);
        using var document = JsonDocument.Parse(text.ToArray());
        foreach (var member in document.RootElement.EnumerateObject())
        {
            var name = FieldNames.Of(Encoding.UTF8.GetBytes(member.Name));
            Assert.NotEqual(FieldName.Unknown, name);
            var raw = Encoding.UTF8.GetString(fields[name].In(text));
            Assert.Equal(member.Value.GetRawText(), member.Value.ValueKind == JsonValueKind.String ? $"\"{raw}\"" : raw);
        }
    });

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void IsContainer_Depth_IsTakenUpTo64(int depth, bool taken) =>
        Assert.Equal(taken, JsonScanner.IsContainer(Encoding.UTF8.GetBytes(new string('[', depth) + new string(']', depth))));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("{")]
    [InlineData("{}x")]
    [InlineData("[1,]")]
    [InlineData("[01]")]
    [InlineData("[1.]")]
    [InlineData("[-]")]
    [InlineData("[1e]")]
    [InlineData("[\"\\x\"]")]
    [InlineData("[\"\\u12g4\"]")]
    [InlineData("[\"\u0001\"]")]
    [InlineData("[tru]")]
    [InlineData("{\"a\" 1}")]
    [InlineData("{1:2}")]
    [InlineData("{\"a\":1,}")]
    [InlineData("\"text\"")]
    [InlineData("1")]
    public void IsContainer_Invalid_IsRefused(string text) => Assert.False(JsonScanner.IsContainer(Encoding.UTF8.GetBytes(text)));

    private void Mutate(Action<byte[], int> check)
    {
        const int rounds = 30_000;
        const int seed = 20261125;
        output.WriteLine($"seed {seed}");
        for (var round = 0; round < rounds; round++)
        {
            var random = new Random(seed + round);
            var text = Encoding.UTF8.GetBytes(Seeds[random.Next(Seeds.Length)]).ToList();
            for (var mutation = random.Next(4); mutation > 0; mutation--)
                Change(text, random);
            check([.. text], seed + round);
        }
    }

    private static void Change(List<byte> text, Random random)
    {
        const string interesting = "{}[]\",:\\ue1.-+0tfn \n\0\u0001x";
        var at = random.Next(text.Count);
        switch (random.Next(3))
        {
            case 0 when text.Count > 1:
                text.RemoveAt(at);
                break;
            case 1:
                text.Insert(at, (byte)interesting[random.Next(interesting.Length)]);
                break;
            default:
                text[at] = (byte)interesting[random.Next(interesting.Length)];
                break;
        }
    }

    private static bool PlatformTakesContainer(ReadOnlySpan<byte> text)
    {
        try
        {
            var reader = new Utf8JsonReader(text);
            if (!reader.Read() || reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
                return false;
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
