using System.Diagnostics;
using EventBus.SystemTests.Fixtures;
using EventBus.TestKit.Histories;
using EventBus.TestKit.Kafka;
using EventBus.TestKit.Network;
using EventBus.TestKit.Processes;
using Xunit.Abstractions;

namespace EventBus.SystemTests.Faults;

/// <summary>One broker behind a proxy that every test uses and heals.</summary>
public sealed class ProxiedBrokerFixture : IAsyncLifetime
{
    public KafkaCluster Cluster { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (SharedFixture.UnavailableReason is null)
            Cluster = await KafkaCluster.StartAsync(new KafkaClusterOptions { Proxied = true });
    }

    public async Task DisposeAsync()
    {
        if (Cluster is not null)
            await Cluster.DisposeAsync();
    }
}

/// <summary>The way to the broker delayed, swallowed, cut and refused.</summary>
[Trait("Cost", "slow")]
public sealed class ConnectionFaultTests : IClassFixture<ProxiedBrokerFixture>, IDisposable
{
    private readonly KafkaCluster _cluster;
    private readonly TcpProxy _proxy;
    private readonly ITestOutputHelper _output;

    public ConnectionFaultTests(ProxiedBrokerFixture fixture, ITestOutputHelper output)
    {
        Skip.If(SharedFixture.UnavailableReason is not null, SharedFixture.UnavailableReason);
        _cluster = fixture.Cluster;
        _proxy = fixture.Cluster.Brokers[0].Proxy!;
        _output = output;
    }

    public void Dispose() => Heal();

    [SkippableFact]
    public async Task Outage_OfFiveSeconds_OpensTheCircuitRefusesAtOnceAndRecovers()
    {
        await using var run = await StartAsync("game.fault.outage");
        var api = new Api(run.Gateway.Http);

        var watch = Stopwatch.StartNew();
        _proxy.Refusing = true;
        _proxy.Reset();
        // Who was let in before the circuit opened waits for its verdict; so new ones ask all the while, and the first refusal tells.
        var asking = new List<Task<Answer>>();
        while (!asking.Exists(a => a.IsCompletedSuccessfully && a.Result.Text.Contains("kafka_unavailable", StringComparison.Ordinal)))
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"the circuit is still closed: {run.History}");
            // In the history as unknown, whatever the answer: some are stored in the end.
            var probe = new EventIdentity(-1, "probe", asking.Count);
            run.History.Invoke(probe, run.Topic);
            var body = Api.Event(run.Topic).Replace("\"{}\"", History.Payload(probe), StringComparison.Ordinal);
            asking.Add(api.PostAsync(Api.Publish, body));
            await Task.Delay(100);
        }

        _output.WriteLine($"the circuit opened after {watch.ElapsedMilliseconds} ms");
        var asked = Stopwatch.StartNew();
        (await api.PostAsync(Api.Publish, Api.Event(run.Topic))).AssertProblem(503, "kafka_unavailable");
        Assert.InRange(asked.ElapsedMilliseconds, 0, 500);
        if (TimeSpan.FromSeconds(5) - watch.Elapsed is { Ticks: > 0 } rest)
            await Task.Delay(rest);
        Heal();

        await run.ProgressAsync();
        await run.CheckAsync(replicas: 1);
    }

    [SkippableFact]
    public async Task Reset_OfEveryConnectionAgainAndAgain_NothingIsLostOrDoubled()
    {
        await using var run = await StartAsync("game.fault.reset");

        for (var i = 0; i < 10; i++)
        {
            _proxy.Reset();
            await run.ProgressAsync(50);
        }

        await run.CheckAsync(replicas: 1);
    }

    [SkippableFact]
    public async Task Swallow_TheBrokersAnswers_IsNeverReportedAsPublishedNorAsRefused()
    {
        await using var run = await StartAsync("game.fault.swallowed");

        _proxy.Responses.Swallow = true;
        await run.UntilAnsweredAsync(HistoryStep.Unknown, "503 publish_outcome_unknown", TimeSpan.FromSeconds(20));
        Heal();
        _proxy.Reset();

        await run.ProgressAsync();
        await run.CheckAsync(replicas: 1);
    }

    [SkippableFact]
    public async Task Delay_OfEachAnswer_OnlySlowsDown()
    {
        await using var run = await StartAsync("game.fault.delayed");

        _proxy.Responses.Delay = TimeSpan.FromMilliseconds(300);
        await run.ProgressAsync(100);
        Heal();

        var history = await run.CheckAsync(replicas: 1);
        Assert.Equal(0, history.Count(HistoryStep.Fail) + history.Count(HistoryStep.Unknown));
    }

    [SkippableFact]
    public async Task Delay_WhileAKeyIsInFlight_TheSameKeyIsTold()
    {
        const string Topic = "game.fault.in.flight";
        await _cluster.CreateTopicAsync(Topic);
        await using var gateway = await GatewayProcess.StartAsync(_cluster.ProxiedBootstrapServers);
        var api = new Api(gateway.Http);
        (await api.PostAsync(Api.Publish, Api.Event(Topic))).AssertPublished(Topic);
        _proxy.Responses.Delay = TimeSpan.FromSeconds(2);

        var first = api.PostAsync(Api.Publish, Api.Event(Topic), ("Idempotency-Key", "in-flight"));
        await Task.Delay(300);
        var meanwhile = await api.PostAsync(Api.Publish, Api.Event(Topic), ("Idempotency-Key", "in-flight"));
        var published = (await first).AssertPublished(Topic);
        Heal();
        var after = await api.PostAsync(Api.Publish, Api.Event(Topic), ("Idempotency-Key", "in-flight"));

        meanwhile.AssertProblem(409, "idempotency_in_flight");
        Assert.Equal(published, after.AssertPublished(Topic));
    }

    private void Heal()
    {
        _proxy.Refusing = false;
        _proxy.Requests.Swallow = _proxy.Responses.Swallow = false;
        _proxy.Requests.Delay = _proxy.Responses.Delay = TimeSpan.Zero;
    }

    private Task<FaultRun> StartAsync(string topic) => FaultRun.StartAsync(_cluster, _cluster.ProxiedBootstrapServers, topic, _output);
}
