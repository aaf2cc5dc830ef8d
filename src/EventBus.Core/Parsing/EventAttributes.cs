using EventBus.Core.Events;

namespace EventBus.Core.Parsing;

/// <summary>What an event says of itself, whatever form it came in. Spans are over the request or the thread's arena; empty means absent.</summary>
internal ref struct EventAttributes
{
    public ReadOnlySpan<byte> Type;
    public ReadOnlySpan<byte> Topic;
    public ReadOnlySpan<byte> Source;
    public ReadOnlySpan<byte> Id;
    public ReadOnlySpan<byte> Key;
    public ReadOnlySpan<byte> SessionId;
    public ReadOnlySpan<byte> PlayerId;
    public ReadOnlySpan<byte> GameMode;
    public ReadOnlySpan<byte> MapName;
    public ReadOnlySpan<byte> ServerId;
    public ReadOnlySpan<byte> Region;
    public ReadOnlySpan<byte> GameVersion;

    /// <summary>When it happened: UTC ticks; 0 where the client did not say.</summary>
    public long Time;
    public EventPriority Priority;
    public bool IsReplayable;
}
