using System.Text;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using EventBus.Contracts;

namespace EventBus.Benchmarks;

/// <summary>Reading one event of 300 bytes, of the shape that the ceilings publish.</summary>
[MemoryDiagnoser]
public class ReadEventBenchmarks
{
    private const int BodyBytes = 300;
    private byte[] _body = [];

    [GlobalSetup]
    public void Setup()
    {
        _body = Encoding.UTF8.GetBytes(Body(new string('x', BodyBytes - Body("").Length)));
        if (SourceGenerator()?.Key != "session-000042")
            throw new InvalidOperationException("the event was not read");
    }

    /// <summary>The source generator's reader: what the hot parser is measured against.</summary>
    [Benchmark(Baseline = true)]
    public PublishEventRequest? SourceGenerator() =>
        JsonSerializer.Deserialize(_body, PublishJsonContext.Default.PublishEventRequest);

    private static string Body(string map)
    {
        var payload = $$"""{"match_id":"123456","winner":"player456","duration":1800,"map":"{{map}}"}""".Replace("\"", "\\\"");
        return $$"""{"event_type":"game.match.end","topic":"game.events","source":"match-service","key":"session-000042","payload":"{{payload}}","priority":"normal","is_replayable":true}""";
    }
}
