using System.Text;
using EventBus.Core.Buffering;
using EventBus.Core.Parsing;

namespace EventBus.UnitTests.Parsing;

public sealed class EventParserAllocationTests
{
    private const int Events = 1000;

    private readonly ParserFixture _fixture = new();

    [Theory]
    [InlineData(EventForm.Generic, """{"event_type":"game.kill","topic":"game.events","source":"s","payload":"{\"a\":\"\u00e9\"}","priority":"high","timestamp":"2024-01-10T10:30:00Z","session_id":"s\n1"}""")]
    [InlineData(EventForm.Generic, """{"event_type":"game.kill","topic":"game.events","source":"s","payload":{"a":1},"is_replayable":false,"key":"k"}""")]
    [InlineData(EventForm.Game, """{"player_id":"p","session_id":"s","action_type":"kill","position":{"x":1,"y":2,"z":3},"action_data":{"a":1}}""")]
    public void TryParse_ValidEventInSteadyState_AllocatesNothing(EventForm form, string text)
    {
        var json = Encoding.UTF8.GetBytes(text);
        Parse(json, form);

        // The least of a few: the runtime itself may allocate once, where it compiles a method again meanwhile.
        Assert.Equal(0, Enumerable.Range(0, 5).Min(_ => Allocated(json, form)));
    }

    private long Allocated(byte[] json, EventForm form)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var bytes = Parse(json, form);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(bytes > Events * json.Length / 2);
        return allocated;
    }

    private long Parse(byte[] json, EventForm form)
    {
        long bytes = 0;
        for (var i = 0; i < Events; i++)
        {
            var context = new EventContext { UtcTicks = ParserFixture.Now.Ticks + i, Index = i };
            if (_fixture.Parser.TryParse(json, form, context, out var parsed, out _))
                bytes += FrameWriter.ForThread.Finish(parsed.Topic!.Index).Length;
        }

        return bytes;
    }
}
