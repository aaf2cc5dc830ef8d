using System.Globalization;

namespace EventBus.TestKit.Postgres;

/// <summary>Where PostgreSQL's programs are on this machine, and as whom they run.</summary>
internal static class PostgresBinaries
{
    /// <summary>The folder of <c>initdb</c> and <c>postgres</c>: on the PATH, else the newest of Debian's; null where there is none.</summary>
    public static string? Folder { get; } = Candidates().FirstOrDefault(f => File.Exists(Path.Combine(f, "initdb")) && File.Exists(Path.Combine(f, "postgres")));

    /// <summary>The command line of a program of PostgreSQL's, which refuses to run as root: as somebody else there.</summary>
    public static (string File, string[] Arguments) Command(string program, params string[] arguments)
    {
        var path = Path.Combine(Folder!, program);
        return Unprivileged is { } user
            ? ("setpriv", [$"--reuid={user.Uid}", $"--regid={user.Gid}", "--clear-groups", "--", path, .. arguments])
            : (path, arguments);
    }

    /// <summary>Who runs it where this process is root: Debian's <c>postgres</c>, else <c>nobody</c>.</summary>
    public static (int Uid, int Gid)? Unprivileged { get; } = Environment.IsPrivilegedProcess ? FindUser("postgres") ?? FindUser("nobody") : null;

    private static IEnumerable<string> Candidates()
    {
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries))
            yield return folder;
        const string debian = "/usr/lib/postgresql";
        if (!Directory.Exists(debian))
            yield break;
        foreach (var version in Directory.EnumerateDirectories(debian).OrderByDescending(d => int.TryParse(Path.GetFileName(d), out var n) ? n : 0))
            yield return Path.Combine(version, "bin");
    }

    private static (int Uid, int Gid)? FindUser(string name)
    {
        var line = File.ReadLines("/etc/passwd").FirstOrDefault(l => l.StartsWith(name + ":", StringComparison.Ordinal))?.Split(':');
        return line is null
            ? null
            : (int.Parse(line[2], CultureInfo.InvariantCulture), int.Parse(line[3], CultureInfo.InvariantCulture));
    }
}
