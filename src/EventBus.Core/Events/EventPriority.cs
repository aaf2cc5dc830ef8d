namespace EventBus.Core.Events;

/// <summary>How important an event is: it decides who is let in when the buffer fills, never the order of who is in.</summary>
public enum EventPriority : byte
{
    /// <summary>Refused first.</summary>
    Low = 0,

    /// <summary>The default.</summary>
    Normal = 1,

    /// <summary>Refused after <see cref="Normal"/>.</summary>
    High = 2,

    /// <summary>Refused last.</summary>
    Critical = 3,
}
