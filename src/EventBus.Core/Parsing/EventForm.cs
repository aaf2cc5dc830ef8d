namespace EventBus.Core.Parsing;

/// <summary>Which contract an event's JSON follows.</summary>
public enum EventForm
{
    /// <summary><c>/events/publish</c>.</summary>
    Generic,

    /// <summary><c>/events/game/publish</c>.</summary>
    Game,

    /// <summary>A batch: a game event where it has <c>action_type</c> and no <c>event_type</c>.</summary>
    Either,

    /// <summary>CloudEvents' JSON event format.</summary>
    CloudEvent,
}
