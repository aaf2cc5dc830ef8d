using System.Diagnostics;
using System.Net;
using EventBus.SystemTests.Fixtures;
using EventBus.TestKit.Histories;
using EventBus.TestKit.Processes;
using Xunit.Abstractions;

namespace EventBus.SystemTests.Operations;

/// <summary>
/// SIGTERM, as SIGINT, drains and answers everybody; a second signal ends at once; SIGKILL loses nothing that was acknowledged.
/// </summary>
public sealed class ShutdownTests(SharedFixture fixture, ITestOutputHelper output) : GatewayTest(fixture, output)
{
    [SkippableTheory]
    [InlineData(Signal.Terminate)]
    [InlineData(Signal.Interrupt)]
    public async Task Stop_UnderLoad_AnswersEveryWaiterAndEndsWith0(Signal signal)
    {
        var topic = FreshTopicOfThree();
        await using var gateway = await GatewayProcess.StartAsync(Cluster.BootstrapServers);
        await using var clients = PublishClients.Start(gateway.Address, topic, clients: 32);
        await clients.WaitForMoreAcknowledgedAsync(2_000, TimeSpan.FromSeconds(60));

        gateway.Process.Send(signal);
        var exitCode = await gateway.Process.WaitForExitAsync(TimeSpan.FromSeconds(30));
        var history = await clients.StopAsync();

        Say($"{history}");
        Assert.True(exitCode == 0, $"{exitCode}\n{gateway.Process.Output}");
        HistoryChecker.AssertKept(history, History.ReadLog(Reader.ReadAll(topic)));
        // Nobody who was let in was left without an answer: what is unknown are connections that were closed while idle, one
        // per client and try.
        Assert.Equal(0, history.Count(HistoryStep.Unknown, "publish_outcome_unknown"));
        Assert.Equal(0, history.Count(HistoryStep.Unknown, "OperationCanceledException"));
        Assert.Equal(history.Count(HistoryStep.Ok), Reader.EndOffset(topic));
    }

    [SkippableFact]
    public async Task Kill_UnderLoad_NothingAcknowledgedIsLost()
    {
        var topic = FreshTopicOfThree();
        await using var gateway = await GatewayProcess.StartAsync(Cluster.BootstrapServers);
        await using var clients = PublishClients.Start(gateway.Address, topic, clients: 32);
        await clients.WaitForMoreAcknowledgedAsync(2_000, TimeSpan.FromSeconds(60));

        gateway.Process.Send(Signal.Kill);
        var exitCode = await gateway.Process.WaitForExitAsync(TimeSpan.FromSeconds(5));
        var history = await clients.StopAsync();

        Say($"{history}");
        Assert.Equal(137, exitCode);
        HistoryChecker.AssertKept(history, History.ReadLog(Reader.ReadAll(topic)));
    }

    [SkippableFact]
    public async Task Terminate_WhileARequestIsHeldOpen_IsUnreadyAtOnceAndAnswersIt()
    {
        var topic = FreshTopic();
        await using var gateway = await GatewayProcess.StartAsync(Cluster.BootstrapServers, ("EVENT_BUS_SHUTDOWN_DELAY", "3s"));

        gateway.Process.Send(Signal.Terminate);
        var watch = Stopwatch.StartNew();
        HttpStatusCode ready;
        do
        {
            using var response = await gateway.Http.GetAsync(new Uri("/health/ready", UriKind.Relative));
            ready = response.StatusCode;
        }
        while (ready == HttpStatusCode.OK && watch.Elapsed < TimeSpan.FromSeconds(2));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready);
        // Load balancers are slow to notice: whoever still comes is served.
        (await new Api(gateway.Http).PostAsync(Api.Publish, Api.Event(topic))).AssertPublished(topic);
        Assert.Equal(0, await gateway.Process.WaitForExitAsync(TimeSpan.FromSeconds(30)));
    }

    [SkippableTheory]
    [InlineData(Signal.Terminate, 143)]
    [InlineData(Signal.Interrupt, 130)]
    public async Task Stop_Twice_EndsAtOnce(Signal signal, int expected)
    {
        await using var gateway = await GatewayProcess.StartAsync(
            Cluster.BootstrapServers, ("EVENT_BUS_SHUTDOWN_DELAY", "20s"), ("EVENT_BUS_SHUTDOWN_TIMEOUT", "60s"));
        gateway.Process.Send(signal);
        await Task.Delay(500);
        Assert.True(gateway.Process.IsRunning, gateway.Process.Output);
        var watch = Stopwatch.StartNew();

        gateway.Process.Send(signal);
        var exitCode = await gateway.Process.WaitForExitAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(expected, exitCode);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(3));
    }
}
