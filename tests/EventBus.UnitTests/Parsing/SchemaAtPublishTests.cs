using EventBus.Core.Parsing;
using EventBus.Core.Schemas;

namespace EventBus.UnitTests.Parsing;

public sealed class SchemaAtPublishTests
{
    private readonly ParserFixture _fixture = new();

    [Theory]
    [InlineData(EventForm.Generic, """{"event_type":"game.score","topic":"game.events","source":"s","payload":{"v":1}}""", null)]
    [InlineData(EventForm.Generic, """{"event_type":"game.score","topic":"game.events","source":"s","payload":"{\"v\":1}"}""", null)]
    [InlineData(EventForm.Generic, """{"event_type":"game.score","topic":"game.events","source":"s","payload":{"v":"x"}}""", "/payload/v")]
    [InlineData(EventForm.Generic, """{"event_type":"game.score","topic":"game.events","source":"s","payload":"text"}""", "/payload")]
    [InlineData(EventForm.Game, """{"player_id":"p","session_id":"s","action_type":"kill","v":1}""", null)]
    [InlineData(EventForm.Game, """{"player_id":"p","session_id":"s","action_type":"kill","v":"x"}""", "/v")]
    [InlineData(EventForm.CloudEvent, """{"specversion":"1.0","id":"1","source":"s","type":"game.score","data":{"v":1}}""", null)]
    [InlineData(EventForm.CloudEvent, """{"specversion":"1.0","id":"1","source":"s","type":"game.score","data":{"v":"x"}}""", "/data/v")]
    public void TryParse_ATopicWithASchema_HoldsItsEventsToIt(EventForm form, string json, string? field)
    {
        _fixture.Current.TryGet("game.events"u8, out var topic);
        topic!.Schema = TopicSchema.TryCompile("""{"type":"object","properties":{"v":{"type":"integer"}}}""", out _);

        var outcome = _fixture.Parse(json, form);

        Assert.Equal((field is null ? null : "schema_mismatch", field), (outcome.Refusal.Error?.Code, outcome.Refusal.Field));
    }
}
