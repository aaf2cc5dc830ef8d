namespace EventBus.Contracts;

/// <summary>The event types known from the start. The set is open inside a domain.</summary>
public static class EventTypes
{
    /// <summary>The domains of a deployment that names none of its own (<c>EVENT_BUS_DOMAINS</c>).</summary>
    public static IReadOnlyList<string> DefaultDomains { get; } = ["game", "system", "analytics", "audit"];

    /// <summary>The known types, domain by domain.</summary>
    public static IReadOnlyList<string> Known { get; } =
    [
        "game.join", "game.leave", "game.kill", "game.death", "game.score", "game.match_start", "game.match_end",
        "system.startup", "system.shutdown", "system.error", "system.metrics", "system.health",
        "analytics.user", "analytics.game", "analytics.economy", "analytics.engagement",
        "audit.login", "audit.action", "audit.security", "audit.compliance",
    ];
}
