using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace EventBus.Ceilings.Compare;

/// <summary>A process of this run: ended with it, its log in a file, its processor time and memory read from /proc.</summary>
internal sealed class Child : IAsyncDisposable
{
    private const int Terminate = 15, Kill = 9;
    private const double MicrosPerTick = 10_000;
    private static readonly ConcurrentDictionary<int, Child> Running = [];
    private readonly Process _process;
    private readonly Task _log;

    private Child(Process process, string log)
    {
        _process = process;
        _log = CopyAsync(log);
        Running[Id] = this;
    }

    public int Id => _process.Id;

    /// <summary>User and system time so far.</summary>
    public double CpuMicros
    {
        get
        {
            var stat = File.ReadAllText($"/proc/{Id}/stat");
            // After the name, which is in brackets and may hold anything: utime and stime are fields 14 and 15 (proc(5)).
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (Whole(fields[11]) + Whole(fields[12])) * MicrosPerTick;
        }
    }

    /// <summary>Megabytes, by a name of /proc/PID/status: VmRSS or VmHWM.</summary>
    public double Megabytes(string name)
    {
        var line = File.ReadLines($"/proc/{Id}/status").First(l => l.StartsWith(name + ":", StringComparison.Ordinal));
        return Whole(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Split('\t')[^1]) / 1024;
    }

    /// <summary>The allocator that was preloaded or linked into it, as a path; null for the C library's own.</summary>
    public string? Allocator => File.ReadLines($"/proc/{Id}/maps")
        .Select(line => line.Split(' ')[^1])
        .FirstOrDefault(path => path.Contains("mimalloc", StringComparison.Ordinal) || path.Contains("jemalloc", StringComparison.Ordinal));

    public static Child Start(string file, IEnumerable<string> arguments, string log, params (string Name, string? Value)[] environment)
    {
        var start = Info(file, arguments, environment);
        return new(Process.Start(start)!, log);
    }

    /// <summary>Runs to its end and gives its standard output; throws with its standard error where it fails.</summary>
    public static async Task<string> RunAsync(
        string file, IEnumerable<string> arguments, params (string Name, string? Value)[] environment)
    {
        using var process = Process.Start(Info(file, arguments, environment))!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{file} {string.Join(' ', arguments)} ended with {process.ExitCode}: {error}{await output}");
    }

    /// <summary>Waits until something listens on a local port; how long that took from now.</summary>
    public async Task<TimeSpan> ListeningAsync(int port, TimeSpan patience)
    {
        var from = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(from) < patience && !_process.HasExited)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port);
                return Stopwatch.GetElapsedTime(from);
            }
            catch (SocketException)
            {
                Libc.Sleep(500);
            }
        }

        throw new InvalidOperationException($"nothing listens on port {port}; see the log of {_process.StartInfo.FileName}");
    }

    private void Signal(int signal) => _ = Libc.kill(Id, signal);

    /// <summary>Ends all of them at once: when this process is told to end, no broker may stay behind.</summary>
    public static void KillAll()
    {
        foreach (var child in Running.Values)
            child.Signal(Kill);
    }

    public void KillNow()
    {
        Signal(Kill);
        _process.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            Signal(Terminate);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            KillNow();
        }

        await _log;
        Running.TryRemove(Id, out _);
        _process.Dispose();
    }

    private static ProcessStartInfo Info(string file, IEnumerable<string> arguments, (string Name, string? Value)[] environment)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
        {
            if (value is not null)
                start.Environment[name] = value;
        }

        return start;
    }

    private async Task CopyAsync(string log)
    {
        await using var file = new FileStream(log, FileMode.Create, FileAccess.Write, FileShare.Read);
        await using var writer = TextWriter.Synchronized(new StreamWriter(file) { AutoFlush = true });
        await Task.WhenAll(CopyAsync(_process.StandardOutput, writer), CopyAsync(_process.StandardError, writer));
    }

    private static async Task CopyAsync(StreamReader from, TextWriter to)
    {
        while (await from.ReadLineAsync() is { } line)
            await to.WriteLineAsync(line);
    }

    private static double Whole(string digits) => long.Parse(digits, CultureInfo.InvariantCulture);
}
