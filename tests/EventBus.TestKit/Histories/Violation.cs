namespace EventBus.TestKit.Histories;

/// <summary>The ways in which a log can break what was promised.</summary>
public enum ViolationKind
{
    /// <summary>Acknowledged, and not in the log: A ⊄ S.</summary>
    Lost,

    /// <summary>Refused, and yet in the log: F ∩ S ≠ ∅.</summary>
    RefusedButStored,

    /// <summary>In the log, and never sent: S ⊄ A ∪ U.</summary>
    Phantom,

    /// <summary>The answered place holds another record, or none.</summary>
    WrongPlace,

    /// <summary>The answered event id is not the record's.</summary>
    WrongId,

    /// <summary>More copies in the log than unknown outcomes allow.</summary>
    Duplicate,

    /// <summary>Two different events in the log under one id.</summary>
    SharedId,

    /// <summary>Acknowledged events of one client and key are not in their sequence in the log.</summary>
    OutOfOrder,

    /// <summary>A key's records lie in more than one partition of a topic.</summary>
    SplitKey,

    /// <summary>An outcome was written down for what was never sent: a fault of the test itself.</summary>
    BrokenHistory,
}

/// <summary>One violation found.</summary>
/// <param name="Kind">What was broken.</param>
/// <param name="Event">By which event.</param>
/// <param name="Detail">What the history and the log say.</param>
public sealed record Violation(ViolationKind Kind, EventIdentity Event, string Detail);
