using System.Globalization;
using EventBus.TestKit.Network;
using EventBus.TestKit.Processes;
using Npgsql;

namespace EventBus.TestKit.Postgres;

/// <summary>
/// A private PostgreSQL on this machine, from the installed programs; its data lies in a temporary folder, and neither that nor the server
/// outlives the run. Tests that only need a database share one server; those that stop, kill or starve it start their own.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    /// <summary>The superuser that every connection is; no password is asked for.</summary>
    public const string User = "postgres";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly Lazy<Task<PostgresServer>> Shared = new(() => StartAsync());
    private static int _databases;

    private readonly TemporaryFolder _folder = new();
    private readonly PostgresServerOptions _options;
    private ChildProcess? _process;

    private PostgresServer(PostgresServerOptions options) => _options = options;

    /// <summary>Why no server can be started here; null where one can.</summary>
    public static string? UnavailableReason => PostgresBinaries.Folder is null
        ? "PostgreSQL's initdb and postgres are neither on the PATH nor under /usr/lib/postgresql: this test needs them. Install PostgreSQL "
            + "(Debian: apt-get install postgresql)."
        : null;

    /// <summary>The port, of 127.0.0.1; the same after a restart.</summary>
    public int Port { get; } = FreePorts.Next();

    /// <summary>Whether the process runs (a frozen one does).</summary>
    public bool IsRunning => _process is { IsRunning: true };

    /// <summary>The last lines that it printed.</summary>
    public string Output => _process?.Output ?? "(never started)";

    /// <summary>The server that the tests of this run share: never stop or reconfigure it.</summary>
    public static Task<PostgresServer> SharedAsync() => Shared.Value;

    /// <summary>Starts a server and waits until it takes connections.</summary>
    public static async Task<PostgresServer> StartAsync(PostgresServerOptions? options = null)
    {
        if (UnavailableReason is { } reason)
            throw new InvalidOperationException(reason);
        var server = new PostgresServer(options ?? new PostgresServerOptions());
        try
        {
            await server.InitializeAsync();
            await server.RestartAsync();
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        return server;
    }

    /// <summary>Makes an empty database for one test.</summary>
    public async Task<PostgresDatabase> CreateDatabaseAsync()
    {
        var name = $"test_{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync($"CREATE DATABASE {name}");
        return new PostgresDatabase(this, name);
    }

    /// <summary>Runs a statement as an administrator, outside of any test's database.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection($"Host=127.0.0.1;Port={Port};Username={User};Database=postgres;Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Changes a setting that needs no restart, for connections old and new: <c>default_transaction_read_only</c>, say.</summary>
    public async Task SetAsync(string name, string value)
    {
        await ExecuteAsync($"ALTER SYSTEM SET {name} = '{value}'");
        await ExecuteAsync("SELECT pg_reload_conf()");
    }

    /// <summary>A fast shutdown: transactions are rolled back and clients told (57P01). Returns once the process is gone.</summary>
    public async Task StopAsync()
    {
        _process!.Send(Signal.Interrupt);
        await _process.WaitForExitAsync(StartTimeout);
    }

    /// <summary>SIGKILL to the server and all its backends: as if the machine lost its power. Returns once the server is gone.</summary>
    public async Task KillAsync()
    {
        if (_process is null)
            return;
        // Backends that outlive the server finish what they are at, and hold the shared memory until then.
        SendToAll(Signal.Stop);
        SendToAll(Signal.Kill);
        await _process.DisposeAsync();
        _process = null;
    }

    /// <summary>SIGSTOP to all of it: connections stay open and nothing answers.</summary>
    public void Freeze() => SendToAll(Signal.Stop);

    /// <summary>SIGCONT.</summary>
    public void Thaw() => SendToAll(Signal.Continue);

    /// <summary>Starts the process, again with its data, and waits until it takes connections (after recovery, where it was killed).</summary>
    public async Task RestartAsync()
    {
        if (IsRunning)
            throw new InvalidOperationException("The server is running.");
        if (_process is not null)
            await _process.DisposeAsync();
        var settings = new Dictionary<string, string>
        {
            ["port"] = $"{Port}",
            ["listen_addresses"] = "127.0.0.1",
            ["unix_socket_directories"] = "",
            // What survives a killed process is decided by the kernel, fsync or not; synchronous_commit stays on, or a kill would lose commits.
            ["fsync"] = _options.Durable ? "on" : "off",
            ["full_page_writes"] = _options.Durable ? "on" : "off",
            ["lc_messages"] = "C",
        };
        foreach (var (name, value) in _options.Settings)
            settings[name] = value;
        var (file, arguments) = PostgresBinaries.Command("postgres", ["-D", Data, .. settings.SelectMany(s => (string[])["-c", $"{s.Key}={s.Value}"])]);
        _process = ChildProcess.Start(file, arguments);
        await _process.WaitForLineAsync("ready to accept connections", from: 0, StartTimeout);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _folder.Dispose();
    }

    internal async Task DropDatabaseAsync(string name)
    {
        // With the server goes the database.
        if (IsRunning)
            await ExecuteAsync($"DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    }

    private string Data => Path.Combine(_folder.Path, "data");

    private async Task InitializeAsync()
    {
        if (PostgresBinaries.Unprivileged is { } user)
            await RunAsync("chown", $"{user.Uid}:{user.Gid}", _folder.Path);
        var (file, arguments) = PostgresBinaries.Command(
            "initdb", "-D", Data, "-U", User, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions");
        await RunAsync(file, arguments);
    }

    private static async Task RunAsync(string file, params string[] arguments)
    {
        var (exitCode, output) = await ChildProcess.RunAsync(file, arguments, StartTimeout);
        if (exitCode != 0)
            throw new InvalidOperationException($"{file} {string.Join(' ', arguments)} ended with {exitCode}:\n{output}");
    }

    private void SendToAll(Signal signal)
    {
        if (_process is not { IsRunning: true })
            return;
        // Before, since nobody knows the children of a killed process; and after, since a stopped one makes no more.
        var before = Children(_process.Id);
        _process.Send(signal);
        foreach (var id in before.Union(Children(_process.Id)))
            _ = NativeMethods.Kill(id, (int)signal);
    }

    private static int[] Children(int process)
    {
        try
        {
            return [.. File.ReadAllText($"/proc/{process}/task/{process}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(id => int.Parse(id, CultureInfo.InvariantCulture))];
        }
        catch (IOException)
        {
            // Ended by itself meanwhile, and its children with it.
            return [];
        }
    }
}
