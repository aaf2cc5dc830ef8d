namespace EventBus.UnitTests.Parsing;

public sealed class ClientHeadersTests
{
    private readonly ParserFixture _fixture = new();

    [Theory]
    [InlineData("""{"a":"1","a":"2"}""", "duplicate_field", "/headers/a")]
    [InlineData("""{"a":"1","\u0061":"2"}""", "duplicate_field", "/headers/a")]
    [InlineData("""{"a/b~":1}""", "invalid_type", "/headers/a~1b~0")]
    [InlineData("""{"a":null}""", "invalid_type", "/headers/a")]
    [InlineData("""{"a":{"b":"c"}}""", "invalid_type", "/headers/a")]
    [InlineData("""{"a":"\ud800"}""", "invalid_string", "/headers/a")]
    [InlineData("""{"a":"\u0000"}""", "invalid_string", "/headers/a")]
    [InlineData("""{"\ud800":"a"}""", "invalid_string", "/headers")]
    [InlineData("""{"\u0000":"a"}""", "invalid_string", "/headers")]
    [InlineData("""{"":"a"}""", "invalid_header", "/headers/")]
    [InlineData("""{"a":"line\nbreak"}""", "invalid_header", "/headers/a")]
    [InlineData("""{"a":"\u007f"}""", "invalid_header", "/headers/a")]
    [InlineData("""{"ce_id":"1"}""", "invalid_header", "/headers/ce_id")]
    [InlineData("""{"CE_anything":"1"}""", "invalid_header", "/headers/CE_anything")]
    [InlineData("""{"eb_replay":"1"}""", "invalid_header", "/headers/eb_replay")]
    [InlineData("""{"Webhook-Id":"1"}""", "invalid_header", "/headers/Webhook-Id")]
    [InlineData("""{"Content-Type":"1"}""", "invalid_header", "/headers/Content-Type")]
    [InlineData("""{"traceparent":"1"}""", "invalid_header", "/headers/traceparent")]
    [InlineData("""{"TraceState":"1"}""", "invalid_header", "/headers/TraceState")]
    public void Copy_WrongHeader_NamesIt(string headers, string code, string field) => Parse(headers).IsRefused(code, field);

    [Theory]
    [InlineData("""{"ce":"1","eb":"2","webhook":"3","content-types":"4","xtraceparent":"5"}""")]
    [InlineData("""{"é":"世","quote\"":"\\"}""")]
    public void Copy_NameNearReserved_Taken(string headers) => Assert.NotNull(Parse(headers).Frame);

    [Theory]
    [InlineData(32, 1, true)]
    [InlineData(33, 1, false)]
    [InlineData(1, 8192 - 3, true)]
    [InlineData(1, 8192 - 2, false)]
    [InlineData(4, 2048 - 3, true)]
    [InlineData(4, 2048 - 2, false)]
    public void Copy_ManyOrLarge_AtMost32Of8KiB(int count, int valueLength, bool valid)
    {
        var members = Enumerable.Range(0, count).Select(i => $"\"h{i % 10}{i / 10}\":\"{new string('v', valueLength)}\"");

        var outcome = Parse("{" + string.Join(",", members) + "}");

        if (valid)
            Assert.Equal(count, outcome.Frame.Headers.Count(h => h.Name.StartsWith('h')));
        else
            outcome.IsRefused("invalid_header", "/headers");
    }

    private Outcome Parse(string headers) =>
        _fixture.Parse($$"""{"event_type":"game.kill","topic":"game.events","source":"s","payload":"x","headers":{{headers}}}""");
}
