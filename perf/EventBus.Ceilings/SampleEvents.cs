using System.Text;

namespace EventBus.Ceilings;

/// <summary>One event in both its forms: the HTTP body of 300 bytes, and the record that it must become.</summary>
/// <param name="Body">What a client posts to <c>/events/publish</c>.</param>
/// <param name="Key">The record's key.</param>
/// <param name="Value">The record's value: the payload string, unescaped.</param>
internal sealed record SampleEvent(byte[] Body, byte[] Key, byte[] Value);

/// <summary>The events of every measurement, the same ones for both sides of a ratio.</summary>
internal static class SampleEvents
{
    public const int BodyBytes = 300;
    public const string Topic = "game.events";
    public const string EventType = "game.match.end";
    public const string Source = "match-service";

    /// <summary>Enough different keys that murmur2 spreads them evenly over six partitions, few enough to stay in the cache.</summary>
    public const int Count = 1024;

    /// <summary>Makes the events, always the same ones.</summary>
    /// <param name="priority">The priority of all of them.</param>
    /// <param name="type">The event type, where the default one does not serve.</param>
    public static SampleEvent[] Create(string priority = "normal", Func<int, string>? type = null)
    {
        var random = new Random(4);
        var events = new SampleEvent[Count];
        for (var i = 0; i < events.Length; i++)
            events[i] = Create(i, random, priority, type?.Invoke(i) ?? EventType);
        return events;
    }

    private static SampleEvent Create(int number, Random random, string priority, string type)
    {
        var key = $"session-{number:D6}";
        var payload = $$"""{"match_id":"{{random.Next(100_000, 1_000_000)}}","winner":"player{{random.Next(1000):D3}}","duration":{{random.Next(1000, 2000)}},"map":" """.TrimEnd();
        var padding = BodyBytes - Body(payload + "\"}").Length;
        if (padding < 0)
            throw new InvalidOperationException($"an event of type {type} does not fit into {BodyBytes} bytes");
        var filler = new StringBuilder();
        while (filler.Length < padding)
            filler.Append((char)('a' + random.Next(26)));
        payload += filler + "\"}";
        return new(Encoding.UTF8.GetBytes(Body(payload)), Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(payload));

        string Body(string value) =>
            $$"""{"event_type":"{{type}}","topic":"{{Topic}}","source":"{{Source}}","key":"{{key}}","payload":"{{value.Replace("\"", "\\\"")}}","priority":"{{priority}}","is_replayable":true}""";
    }
}
