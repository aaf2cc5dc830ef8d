using EventBus.SystemTests.Fixtures;
using EventBus.TestKit.Postgres;
using EventBus.TestKit.Processes;
using Xunit.Abstractions;

namespace EventBus.SystemTests.Storing;

/// <summary>Workers, database and broker killed, frozen and restarted under load: every event is stored, and stored once.</summary>
[Collection(SharedEngines.Name)]
[Trait("Cost", "slow")]
public sealed class StoringFaultTests : IAsyncLifetime
{
    private readonly SharedFixture _fixture;
    private readonly ITestOutputHelper _output;
    private PostgresServer _server = null!;
    private StoreRun _run = null!;

    public StoringFaultTests(SharedFixture fixture, ITestOutputHelper output)
    {
        Skip.If(StoreRun.UnavailableReason is not null, StoreRun.UnavailableReason);
        (_fixture, _output) = (fixture, output);
    }

    public async Task InitializeAsync()
    {
        _server = await PostgresServer.StartAsync();
        _run = await StoreRun.StartAsync(_fixture.Cluster, _server, _output);
        _run.BeginLoad();
        await _run.ProgressAsync();
    }

    public async Task DisposeAsync()
    {
        await _run.DisposeAsync();
        await _server.DisposeAsync();
    }

    [SkippableFact]
    public async Task Kill_TheWorkerAgainAndAgain_StoresEachEventOnce()
    {
        var random = new Random(5);
        for (var i = 0; i < 12; i++)
        {
            await _run.KillAsync(_run.Workers[0]);
            await _run.AddWorkerAsync();
            await Task.Delay(random.Next(1500));
        }

        await CheckAsync();
    }

    [SkippableFact]
    public async Task Workers_JoiningAndLeavingEveryFewSeconds_StoreEachEventOnce()
    {
        for (var i = 0; i < 6; i++)
        {
            await _run.AddWorkerAsync();
            await Task.Delay(1500);
            var leaving = _run.Workers[0];
            Assert.Equal(0, await leaving.TerminateAsync(TimeSpan.FromSeconds(25)));
            await _run.KillAsync(leaving);
        }

        await CheckAsync();
    }

    [SkippableFact]
    public async Task Worker_FrozenUntilItsPartitionsAreAnothers_StoresNothingTwice()
    {
        var frozen = _run.Workers[0];
        await _run.AddWorkerAsync();
        await Task.Delay(2000);

        frozen.Process.Send(Signal.Stop);
        await Task.Delay(8000);
        await _run.ProgressAsync();
        frozen.Process.Send(Signal.Continue);
        await _run.ProgressAsync();

        await CheckAsync();
    }

    [SkippableFact]
    public async Task Postgres_KilledAndRestarted_LosesAndDoublesNothing()
    {
        for (var i = 0; i < 4; i++)
        {
            await _server.KillAsync();
            await Task.Delay(500);
            await _server.RestartAsync();
            await _run.ProgressAsync();
        }

        await CheckAsync();
    }

    [SkippableFact]
    public async Task Postgres_ReadOnlyForAWhile_IsDegradedAndGoesOnAfterwards()
    {
        await _server.SetAsync("default_transaction_read_only", "on");
        await _run.UntilAsync(async () => (await _run.Workers[0].HealthAsync()).Body.Contains("degraded", StringComparison.Ordinal), "degraded");
        await Task.Delay(3000);
        await _server.SetAsync("default_transaction_read_only", "off");
        await _run.ProgressAsync();

        await CheckAsync();
        await _run.UntilAsync(async () => (await _run.Workers[0].HealthAsync()).Body.Contains("\"healthy\"", StringComparison.Ordinal), "healthy");
    }

    [SkippableFact]
    public async Task Postgres_CutsItsConnectionsAllTheTime_LosesAndDoublesNothing()
    {
        for (var i = 0; i < 40; i++)
        {
            await _run.Database.DisconnectAllAsync();
            await Task.Delay(100);
        }

        await CheckAsync();
    }

    [SkippableFact]
    public async Task Broker_KilledAndRestarted_LosesAndDoublesNothing()
    {
        var broker = _fixture.Cluster.Brokers[0];
        await broker.KillAsync();
        await Task.Delay(2000);
        await broker.RestartAsync();
        await _run.ProgressAsync();

        await CheckAsync();
    }

    private async Task CheckAsync()
    {
        await _run.EndLoadAsync();
        await _run.CheckAsync();
        Assert.All(_run.Workers, w => Assert.True(w.Process.IsRunning));
    }
}
