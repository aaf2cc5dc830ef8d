namespace EventBus.Worker;

/// <summary>Log entries of the worker's start: event ids 5000 to 5099.</summary>
internal static partial class WorkerLog
{
    [LoggerMessage(5000, LogLevel.Warning, "No role is built yet: of {Roles}, none is running. The worker only serves its operations port")]
    public static partial void NoRoles(this ILogger logger, string roles);
}
