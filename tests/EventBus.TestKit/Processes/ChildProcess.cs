using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace EventBus.TestKit.Processes;

/// <summary>A process of the test's own: its output is kept, it takes signals, and it never outlives the run.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private const int KeptLines = 4_000;

    private readonly Process _process;
    private readonly Queue<string> _lines = new();
    private readonly Lock _gate = new();
    private long _lineCount;

    private ChildProcess(Process process) => _process = process;

    /// <summary>The process id.</summary>
    public int Id => _process.Id;

    /// <summary>Whether it still runs (a stopped one does).</summary>
    public bool IsRunning => !_process.HasExited;

    /// <summary>The exit code; 128 + n where signal n ended it.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>The last lines of standard output and standard error, as they came.</summary>
    public string Output
    {
        get
        {
            lock (_gate)
                return string.Join('\n', _lines);
        }
    }

    /// <summary>What is kept of the lines that came after the first <paramref name="line"/> ones.</summary>
    public string OutputFrom(long line)
    {
        lock (_gate)
            return string.Join('\n', _lines.Skip(Skipped(line)));
    }

    /// <summary>How many lines came so far.</summary>
    public long LineCount
    {
        get
        {
            lock (_gate)
                return _lineCount;
        }
    }

    /// <summary>Resident memory in bytes (<c>VmRSS</c>).</summary>
    public long ResidentBytes => StatusBytes("VmRSS:");

    /// <summary>
    /// Starts <paramref name="file"/>. Variables of the run's own environment that configure the product are not inherited; those in
    /// <paramref name="environment"/> are set, a null one is removed.
    /// </summary>
    public static ChildProcess Start(
        string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null,
        string? workingDirectory = null)
    {
        var info = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = workingDirectory ?? Path.GetTempPath(),
            StandardOutputEncoding = Encoding.UTF8,
        };
        foreach (var name in info.Environment.Keys.Where(IsOurs).ToList())
            info.Environment.Remove(name);
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
            info.Environment[name] = value;

        var process = new Process { StartInfo = info };
        var child = new ChildProcess(process);
        process.OutputDataReceived += (_, line) => child.Add(line.Data);
        process.ErrorDataReceived += (_, line) => child.Add(line.Data);
        process.Start();
        ProcessGuard.Started(process.Id);
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return child;
    }

    /// <summary>
    /// Runs <paramref name="file"/> to its end and returns the exit code and all output. Killed after <paramref name="timeout"/>.
    /// </summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(
        string file, IEnumerable<string> arguments, TimeSpan timeout, IReadOnlyDictionary<string, string?>? environment = null)
    {
        await using var child = Start(file, arguments, environment);
        var exitCode = await child.WaitForExitAsync(timeout);
        return (exitCode, child.Output);
    }

    /// <summary>Sends a signal; false where the process is gone.</summary>
    public bool Send(Signal signal) => !_process.HasExited && NativeMethods.Kill(_process.Id, (int)signal) == 0;

    /// <summary>Waits for the end and for the last line of output.</summary>
    /// <exception cref="TimeoutException">It runs still.</exception>
    public async Task<int> WaitForExitAsync(TimeSpan timeout)
    {
        using var deadline = new CancellationTokenSource(timeout);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{_process.StartInfo.FileName} runs still after {timeout}. Its output:\n{Output}");
        }

        return _process.ExitCode;
    }

    /// <summary>Waits until a line that came after the first <paramref name="from"/> lines contains <paramref name="text"/>.</summary>
    public async Task WaitForLineAsync(string text, long from, TimeSpan timeout)
    {
        var watch = Stopwatch.StartNew();
        while (!HasLine(text, from))
        {
            if (!IsRunning || watch.Elapsed > timeout)
                throw new TimeoutException($"\"{text}\" did not appear within {timeout} (running: {IsRunning}). The output:\n{Output}");
            await Task.Delay(50);
        }
    }

    /// <summary>Kills it if it runs, and waits until it is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        Send(Signal.Kill);
        await _process.WaitForExitAsync();
        ProcessGuard.Ended(_process.Id);
        _process.Dispose();
    }

    private static bool IsOurs(string name) =>
        name.StartsWith("EVENT_BUS_", StringComparison.Ordinal) || name.StartsWith("KAFKA_", StringComparison.Ordinal)
        || name.StartsWith("OTEL_", StringComparison.Ordinal) || name.StartsWith("ASPNETCORE_", StringComparison.Ordinal);

    private void Add(string? line)
    {
        if (line is null)
            return;
        lock (_gate)
        {
            _lines.Enqueue(line);
            _lineCount++;
            if (_lines.Count > KeptLines)
                _lines.Dequeue();
        }
    }

    private bool HasLine(string text, long from)
    {
        lock (_gate)
            return _lines.Skip(Skipped(from)).Any(l => l.Contains(text, StringComparison.Ordinal));
    }

    private int Skipped(long from) => (int)Math.Max(0, from - (_lineCount - _lines.Count));

    private long StatusBytes(string field)
    {
        foreach (var line in File.ReadLines($"/proc/{_process.Id}/status"))
        {
            if (line.StartsWith(field, StringComparison.Ordinal))
                return long.Parse(line.AsSpan(field.Length).Trim().TrimEnd("kB ").ToString(), CultureInfo.InvariantCulture) * 1024;
        }

        throw new InvalidOperationException($"/proc/{_process.Id}/status has no {field}");
    }
}
