using System.Text;
using EventBus.Core.Events;
using EventBus.Core.Parsing;
using EventBus.Core.Publishing;

namespace EventBus.UnitTests.Parsing;

/// <summary>Two readings of one contract drift apart: the hand-written parser is held against the source-generated one, field by field.</summary>
public sealed class EventParserGoldenTests
{
    private readonly ParserFixture _fixture = new();

    public static TheoryData<string> Generic => [.. Corpus.Generic];

    public static TheoryData<string> Game => [.. Corpus.Game];

    [Theory]
    [MemberData(nameof(Generic))]
    public void TryParse_GenericEvent_IsWhatContractSays(string json)
    {
        foreach (var form in new[] { EventForm.Generic, EventForm.Either })
        {
            var outcome = _fixture.Parse(json, form);

            Contract.Same(Contract.Generic(Encoding.UTF8.GetBytes(json), outcome.Id), outcome.Frame);
            Assert.Equal(outcome.Frame["ce_id"], outcome.Id);
            Assert.Equal(outcome.Frame["ce_source"], outcome.Source);
            Assert.Equal(outcome.Frame["ce_type"], outcome.Type);
            Assert.Equal(outcome.Frame["ce_priority"] ?? "normal", Encoding.ASCII.GetString(PriorityNames.Of(outcome.Priority)));
        }
    }

    [Theory]
    [MemberData(nameof(Game))]
    public void TryParse_GameEvent_IsWhatContractSays(string json)
    {
        foreach (var form in new[] { EventForm.Game, EventForm.Either })
        {
            var outcome = _fixture.Parse(json, form);

            Contract.Same(Contract.Game(Encoding.UTF8.GetBytes(json), outcome.Id), outcome.Frame);
        }
    }

    [Fact]
    public void TryParse_WithoutId_MakesVersion7OfIngest()
    {
        var outcome = _fixture.Parse(Corpus.Generic[0]);

        Assert.False(outcome.HasClientId);
        var id = Guid.ParseExact(outcome.Id, "D");
        Assert.Equal(7, id.Version);
        Assert.Equal(outcome.Id, outcome.Frame.KeyText);
        var milliseconds = Convert.ToInt64(outcome.Id[..8] + outcome.Id[9..13], 16);
        Assert.Equal(ParserFixture.Now, DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).UtcDateTime);
    }

    [Fact]
    public void TryParse_IdempotencyKey_MakesSameVersion8Again()
    {
        var json = Encoding.UTF8.GetBytes(Corpus.Generic[0]);

        var first = _fixture.Parse(json, EventForm.Generic, ParserFixture.Context("key", 3));
        var again = _fixture.Parse(json, EventForm.Generic, ParserFixture.Context("key", 3));
        var next = _fixture.Parse(json, EventForm.Generic, ParserFixture.Context("key", 4));

        Assert.True(first.HasClientId);
        Assert.Equal(8, Guid.ParseExact(first.Id, "D").Version);
        Assert.Equal(first.Id, again.Id);
        Assert.NotEqual(first.Id, next.Id);
    }

    [Fact]
    public void TryParse_OwnIdAndIdempotencyKey_OwnIdWins()
    {
        var json = """{"event_type":"game.kill","topic":"game.events","source":"s","payload":"x","event_id":"own"}"""u8;

        Assert.Equal("own", _fixture.Parse(json, EventForm.Generic, ParserFixture.Context("key")).Id);
    }

    [Fact]
    public void TryParse_TraceContext_GoesBehindAttributesAndBeforeOwnHeaders()
    {
        var context = ParserFixture.Context();
        context.TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"u8;
        context.TraceState = "a=b"u8;
        var json = """{"event_type":"game.kill","topic":"game.events","source":"s","payload":"x","player_id":"p","headers":{"h":"v"}}"""u8;

        var headers = _fixture.Parse(json, EventForm.Generic, context).Frame.Headers;

        Assert.Equal(["ce_playerid", "traceparent", "tracestate", "h"], headers.Select(h => h.Name).TakeLast(4));
        Assert.Equal("a=b", headers[^2].Value);
    }

    [Fact]
    public void TryParse_EitherWithBothTypes_IsGeneric()
    {
        var json = """{"event_type":"system.error","action_type":"kill","topic":"game.events","source":"s","payload":"x"}""";

        Assert.Equal("system.error", _fixture.Parse(json, EventForm.Either).Type);
    }

    [Fact]
    public void TryParse_ValidEvent_FindsItsCounters()
    {
        _fixture.Parse(Corpus.Generic[0]);

        var series = _fixture.Types.Series.Single(s => s.EventType == "system.startup");
        Assert.Equal("system.events", series.Topic);
        Assert.NotEqual(EventTypeTable.Overflow, series.EventType);
    }

    [Fact]
    public void TryParse_RefusedEvent_StillSaysIdAndTopic()
    {
        var outcome = _fixture.Parse("""{"event_type":"game.kill","topic":"game.events","source":"s","payload":"\ud800","event_id":"own"}""");

        outcome.IsRefused("invalid_string", "/payload");
        Assert.Equal("own", outcome.Id);
        Assert.Equal("game.events", outcome.Topic);
    }
}
