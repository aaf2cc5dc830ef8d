namespace EventBus.Worker;

/// <summary>Log entries of the worker's start: event ids 5000 to 5099.</summary>
internal static partial class WorkerLog
{
    [LoggerMessage(5000, LogLevel.Information, "Roles that this version does not have yet, and does not run: {Roles}")]
    public static partial void RolesToCome(this ILogger logger, string roles);
}
