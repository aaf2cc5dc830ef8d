namespace EventBus.Hosting;

/// <summary>The exit codes of both binaries, after BSD's <c>sysexits.h</c>.</summary>
public static class ExitCodes
{
    /// <summary>All went well; also after a graceful stop.</summary>
    public const int Success = 0;

    /// <summary>A health check that found the process not ready, or a start that failed for another reason than its settings.</summary>
    public const int Failure = 1;

    /// <summary>An argument that is not known (<c>EX_USAGE</c>).</summary>
    public const int Usage = 64;

    /// <summary>A variable with a value that cannot be used (<c>EX_CONFIG</c>).</summary>
    public const int Configuration = 78;
}
