using System.Text;

namespace EventBus.Ceilings.Load;

/// <summary>Whole requests, made beforehand.</summary>
/// <param name="Bytes">Head and body, pinned.</param>
/// <param name="Events">Events in it.</param>
/// <param name="Priority">Their priority, as an index into <see cref="Requests.Priorities"/>.</param>
internal sealed record PreparedRequest(byte[] Bytes, int Events, int Priority);

internal static class Requests
{
    public static readonly string[] Priorities = ["low", "normal", "high", "critical"];
    private const int Normal = 1;

    /// <summary>One event each.</summary>
    public static PreparedRequest[] Singles(SampleEvent[] events, int priority = Normal) =>
        [.. events.Select(e => Post("/events/publish", e.Body, 1, priority))];

    /// <summary>All four priorities in turn.</summary>
    public static PreparedRequest[] Mixed()
    {
        var byPriority = Priorities.Select((name, index) => Singles(SampleEvents.Create(name), index)).ToArray();
        return [.. Enumerable.Range(0, SampleEvents.Count).Select(i => byPriority[i % Priorities.Length][i])];
    }

    /// <summary>Arrays of <paramref name="size"/> events.</summary>
    public static PreparedRequest[] Arrays(int size)
    {
        var events = SampleEvents.Create();
        var requests = new PreparedRequest[Math.Max(1, SampleEvents.Count / size)];
        for (var r = 0; r < requests.Length; r++)
        {
            using var body = new MemoryStream();
            for (var i = 0; i < size; i++)
            {
                body.WriteByte((byte)(i == 0 ? '[' : ','));
                body.Write(events[((r * size) + i) % events.Length].Body);
            }

            body.WriteByte((byte)']');
            requests[r] = Post("/events/publish/batch", body.ToArray(), size, Normal);
        }

        return requests;
    }

    /// <summary>As many different event types as asked for: what a client could do to labels.</summary>
    public static PreparedRequest[] Distinct(int types) =>
        [.. Enumerable.Range(0, (types + SampleEvents.Count - 1) / SampleEvents.Count)
            .SelectMany(block => Singles(SampleEvents.Create(type: i => $"game.t{(block * SampleEvents.Count) + i}")))
            .Take(types)];

    private static PreparedRequest Post(string path, byte[] body, int events, int priority)
    {
        var head = Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n");
        var bytes = GC.AllocateUninitializedArray<byte>(head.Length + body.Length, pinned: true);
        head.CopyTo(bytes, 0);
        body.CopyTo(bytes, head.Length);
        return new(bytes, events, priority);
    }
}
