using System.Text;
using BenchmarkDotNet.Attributes;
using EventBus.Core.Buffering;
using EventBus.Core.Events;
using EventBus.Core.Parsing;
using EventBus.Core.Publishing;
using EventBus.Core.Topics;

namespace EventBus.Benchmarks;

/// <summary>The hot path of one event up to the ring: parsed and composed as a frame, then written and drained. Both must allocate nothing.</summary>
[MemoryDiagnoser]
public unsafe class ParseEventBenchmarks : ITopicRegistry
{
    private static readonly EventRing Ring = new(1024 * 1024);

    private readonly byte[] _body = Encoding.UTF8.GetBytes(
        """{"event_type":"game.match.end","topic":"game.events","source":"match-service","key":"session-000042","payload":"{\"match_id\":\"123456\",\"winner\":\"player456\",\"duration\":1800,\"map\":\"Neon_City_by_night\"}","priority":"normal","is_replayable":true}""");

    private readonly EventRing.FrameHandler _drain = static _ => { };
    private EventParser? _parser;

    /// <inheritdoc />
    public TopicSnapshot Current { get; } = new([new Topic(0, "game.events")]);

    [GlobalSetup]
    public void Setup()
    {
        var names = new EventNames(["game"]);
        _parser = new EventParser(new EventResolver(this, new EventTypeTable(names), names));
        if (!Parse())
            throw new InvalidOperationException("the event was not parsed");
    }

    /// <summary>From JSON to the finished frame.</summary>
    [Benchmark]
    public bool Parse() =>
        _parser!.TryParse(_body, EventForm.Generic, new EventContext { UtcTicks = 639_000_000_000_000_000 }, out _, out _);

    /// <summary>The same, and through the ring.</summary>
    [Benchmark]
    public int ParseAndPass()
    {
        Parse();
        Ring.TryWrite(FrameWriter.ForThread.Finish(0), ticket: 1);
        Ring.Wake();
        return Ring.Drain(_drain, 1);
    }
}
