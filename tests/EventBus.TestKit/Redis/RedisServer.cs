using System.Diagnostics;
using EventBus.TestKit.Network;
using EventBus.TestKit.Processes;

namespace EventBus.TestKit.Redis;

/// <summary>
/// A private Redis on this machine, from the installed <c>redis-server</c>: killed, frozen, flushed and restarted at will. It keeps nothing on
/// disk, so a restart is an empty one; neither it nor its folder outlives the run.
/// </summary>
public sealed class RedisServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly string? Program = Find("redis-server");
    private static readonly string? Client = Find("redis-cli");

    private readonly TemporaryFolder _folder = new();
    private readonly string[] _options;
    private ChildProcess? _process;

    private RedisServer(string[] options) => _options = options;

    /// <summary>Why no server can be started here; null where one can.</summary>
    public static string? UnavailableReason => Program is null || Client is null
        ? "redis-server or redis-cli is not on the PATH: this test needs both. Install Redis (Debian: apt-get install redis-server)."
        : null;

    /// <summary>The port, of 127.0.0.1; the same after a restart.</summary>
    public int Port { get; } = FreePorts.Next();

    /// <summary>What <c>EVENT_BUS_REDIS_URL</c> takes.</summary>
    public string Url => $"redis://127.0.0.1:{Port}";

    /// <summary>The last lines that it printed.</summary>
    public string Output => _process?.Output ?? "(never started)";

    /// <summary>Starts a server and waits until it answers.</summary>
    /// <param name="options">Further arguments of redis-server, as <c>--maxmemory 2mb</c>.</param>
    public static async Task<RedisServer> StartAsync(params string[] options)
    {
        var server = Prepare(options);
        await server.RestartAsync();
        return server;
    }

    /// <summary>A server that is not started yet: its address is known.</summary>
    public static RedisServer Prepare(params string[] options) =>
        UnavailableReason is { } reason ? throw new InvalidOperationException(reason) : new RedisServer(options);

    /// <summary>Starts it again, empty, and waits until it answers.</summary>
    public async Task RestartAsync()
    {
        _process = ChildProcess.Start(
            Program!,
            ["--port", $"{Port}", "--bind", "127.0.0.1", "--dir", _folder.Path, "--save", "", "--appendonly", "no", "--loglevel", "warning", .. _options]);
        var watch = Stopwatch.StartNew();
        while (!IsAnswer((await AskAsync("PING")).Output))
        {
            if (!_process.IsRunning || watch.Elapsed > Patience)
                throw new InvalidOperationException($"redis-server does not answer. Its output:\n{Output}");
            await Task.Delay(20);
        }
    }

    /// <summary>SIGKILL: as if the machine lost its power. Returns once the process is gone.</summary>
    public async Task KillAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _process = null;
    }

    /// <summary>SIGSTOP: connections stay open and nothing answers.</summary>
    public void Freeze() => _process!.Send(Signal.Stop);

    /// <summary>SIGCONT.</summary>
    public void Thaw() => _process!.Send(Signal.Continue);

    /// <summary>Runs one command through redis-cli and returns what that prints.</summary>
    public async Task<string> CommandAsync(params string[] command)
    {
        var (exitCode, output) = await AskAsync(command);
        return exitCode == 0 ? output.Trim() : throw new InvalidOperationException($"redis-cli ended with {exitCode}: {output}");
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _folder.Dispose();
    }

    private Task<(int ExitCode, string Output)> AskAsync(params string[] command) =>
        ChildProcess.RunAsync(Client!, ["-h", "127.0.0.1", "-p", $"{Port}", .. command], Patience);

    // One that asks for a password answers with that.
    private static bool IsAnswer(string output) =>
        output.StartsWith("PONG", StringComparison.Ordinal) || output.StartsWith("NOAUTH", StringComparison.Ordinal);

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
