using EventBus.TestKit.Postgres;
using EventBus.TestKit.Processes;

namespace EventBus.SystemTests.Operations;

/// <summary>The native binaries and a database's schema: who applies it, and who does not start on it.</summary>
public sealed class MigrationTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [SkippableFact]
    public async Task Migrate_TenBinariesAtOnce_AllSucceedAndEachVersionIsAppliedOnce()
    {
        await using var database = await DatabaseAsync();
        var binaries = Enumerable.Range(0, 10).Select(i => i % 2 == 0 ? GatewayProcess.Binary : WorkerProcess.Binary);

        var runs = await Task.WhenAll(binaries.Select(b => ChildProcess.RunAsync(b, ["--migrate"], Patience, Environment(database.Url))));

        Assert.All(runs, run => Assert.Equal((0, true), (run.ExitCode, run.Output.Contains("schema is at version", StringComparison.Ordinal))));
        Assert.Equal(0L, await database.ScalarAsync<long>("SELECT count(*) FROM (SELECT version FROM schema_versions GROUP BY 1 HAVING count(*) > 1) x"));
        Assert.True(await database.ScalarAsync<long>("SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass") > 30);
    }

    [SkippableFact]
    public async Task Start_SchemaBehindOrAhead_EndsWith78AndOneLine()
    {
        await using var database = await DatabaseAsync();
        foreach (var binary in new[] { GatewayProcess.Binary, WorkerProcess.Binary })
        {
            var (exitCode, output) = await ChildProcess.RunAsync(binary, [], Patience, Environment(database.Url));
            Assert.Equal(78, exitCode);
            Assert.Contains("EVENT_BUS_DATABASE_URL: the database's schema is at version 0", LastLine(output), StringComparison.Ordinal);
            Assert.Contains("EVENT_BUS_AUTO_MIGRATE", LastLine(output), StringComparison.Ordinal);
        }

        Assert.Equal(0, (await ChildProcess.RunAsync(WorkerProcess.Binary, ["--migrate"], Patience, Environment(database.Url))).ExitCode);
        await database.ExecuteAsync("INSERT INTO schema_versions (version, name) VALUES (9999, 'of the future')");
        var newer = await ChildProcess.RunAsync(GatewayProcess.Binary, [], Patience, Environment(database.Url));
        Assert.Equal(78, newer.ExitCode);
        Assert.Contains("9999", LastLine(newer.Output), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Migrate_DatabaseAwayOrNone_EndsWith1Or78()
    {
        Skip.If(GatewayProcess.UnavailableReason is not null, GatewayProcess.UnavailableReason);
        var away = await ChildProcess.RunAsync(GatewayProcess.Binary, ["--migrate"], Patience, Environment("postgresql://u:hunter2@127.0.0.1:1/events"));
        Assert.Equal(1, away.ExitCode);
        Assert.DoesNotContain("hunter2", away.Output, StringComparison.Ordinal);
        Assert.Equal(78, (await ChildProcess.RunAsync(GatewayProcess.Binary, ["--migrate"], Patience, Environment(""))).ExitCode);
    }

    private static async Task<PostgresDatabase> DatabaseAsync()
    {
        foreach (var reason in new[] { GatewayProcess.UnavailableReason, WorkerProcess.UnavailableReason, PostgresServer.UnavailableReason })
            Skip.If(reason is not null, reason);
        return await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
    }

    private static Dictionary<string, string?> Environment(string url) => new()
    {
        ["KAFKA_BROKERS"] = "127.0.0.1:1", ["EVENT_BUS_BIND"] = "127.0.0.1", ["EVENT_BUS_DATABASE_URL"] = url,
    };

    private static string LastLine(string output) => output.TrimEnd().Split('\n')[^1];
}
