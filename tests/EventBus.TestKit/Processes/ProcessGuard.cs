using System.Diagnostics;

namespace EventBus.TestKit.Processes;

/// <summary>
/// A small shell that outlives the test run, however it ends: it is told of every process and temporary folder over its standard input, and
/// once that closes (the run is over, killed or crashed) it kills and removes what is left.
/// </summary>
internal static class ProcessGuard
{
    private const string Script =
        """
        trap '' INT TERM HUP
        pids=' '; dirs=
        while read -r verb what; do
          case $verb in
            run) pids="$pids$what ";;
            end) pids="${pids%% $what *} ${pids#* $what }";;
            dir) dirs="$dirs $what";;
          esac
        done
        for p in $pids; do kill -9 "$p" 2>/dev/null; done
        sleep 0.2
        for d in $dirs; do rm -rf "$d"; done
        """;

    private static readonly Lock Gate = new();
    private static Process? _shell;

    internal static void Started(int pid) => Tell($"run {pid}");

    internal static void Ended(int pid) => Tell($"end {pid}");

    internal static void Folder(string path) => Tell($"dir {path}");

    private static void Tell(string line)
    {
        lock (Gate)
        {
            _shell ??= Start();
            _shell.StandardInput.WriteLine(line);
            _shell.StandardInput.Flush();
        }
    }

    private static Process Start()
    {
        // A session of its own: Ctrl-C on the terminal ends the run, and the guard must see that through.
        var info = new ProcessStartInfo("setsid", ["sh", "-c", Script]) { RedirectStandardInput = true, UseShellExecute = false };
        return Process.Start(info) ?? throw new InvalidOperationException("The process guard did not start.");
    }
}
