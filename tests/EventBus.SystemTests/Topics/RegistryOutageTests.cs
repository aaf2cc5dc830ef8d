using EventBus.SystemTests.Fixtures;
using EventBus.TestKit.Network;
using EventBus.TestKit.Processes;
using Xunit.Abstractions;

namespace EventBus.SystemTests.Topics;

/// <summary>The registry without its database, for a while or altogether.</summary>
public sealed class RegistryOutageTests(TopicFixture fixture, ITestOutputHelper output) : TopicTest(fixture, output)
{
    [SkippableFact]
    public async Task Publish_WhileTheDatabaseIsAway_GoesOnWithTheLastSnapshot()
    {
        var topic = await CreateAsync();
        var other = FreshName("unregistered");
        await Cluster.CreateTopicAsync(other);
        await using var proxy = new TcpProxy(FreePorts.Next(), Server.Port);
        await using var gateway = await Fixture.StartGatewayAsync(Database.UrlAt(proxy.Port));
        var api = new Api(gateway.Http);
        await UntilAsync(() => api.PostAsync(Api.Publish, Api.Event(other)), a => a.Status == 404);
        proxy.Refusing = true;
        proxy.Reset();

        await UntilAsync(() => api.GetAsync("/health"), h => h.Json.GetProperty("status").GetString() == "degraded");
        (await api.PostAsync(Api.Publish, Api.Event(topic))).AssertPublished(topic);
        (await api.PostAsync(Api.Publish, Api.Event(other))).AssertProblem(404, "unknown_topic", "/topic");
        (await api.PostAsync("/topics", Body(FreshName()))).AssertProblem(503, "database_unavailable");
        (await api.GetAsync("/topics")).AssertProblem(503, "database_unavailable");
        (await PatchAsync(api, topic, "{}")).AssertProblem(503, "database_unavailable");
        (await DeleteAsync(api, topic)).AssertProblem(503, "database_unavailable");
        proxy.Refusing = false;

        await UntilAsync(() => api.GetAsync("/health"), h => h.Json.GetProperty("status").GetString() == "healthy");
        Assert.Equal(200, (await api.GetAsync($"/topics/{topic}")).Status);
    }

    [SkippableFact]
    public async Task Publish_StartedWithoutTheDatabase_TakesKafkasTopicsUntilItComes()
    {
        var registered = await CreateAsync();
        var other = FreshName("unregistered");
        await Cluster.CreateTopicAsync(other);
        await using var proxy = new TcpProxy(FreePorts.Next(), Server.Port) { Refusing = true };
        await using var gateway = await Fixture.StartGatewayAsync(Database.UrlAt(proxy.Port));
        var api = new Api(gateway.Http);

        await UntilAsync(() => api.PostAsync(Api.Publish, Api.Event(other)), a => a.Status == 200);
        (await api.PostAsync(Api.Publish, Api.Event(registered))).AssertPublished(registered);
        Assert.Equal("degraded", (await api.GetAsync("/health")).Json.GetProperty("status").GetString());
        proxy.Refusing = false;

        await UntilAsync(() => api.PostAsync(Api.Publish, Api.Event(other)), a => a.Status == 404);
        (await api.PostAsync(Api.Publish, Api.Event(registered))).AssertPublished(registered);
    }

    [SkippableFact]
    public async Task Topics_WithoutADatabase_AreNotConfigured()
    {
        await using var gateway = await GatewayProcess.StartAsync(Cluster.ProxiedBootstrapServers);
        var api = new Api(gateway.Http);

        foreach (var answer in (Answer[])
        [
            await api.PostAsync("/topics", Body("game.x")), await api.GetAsync("/topics"), await api.GetAsync("/topics/game.x"),
            await PatchAsync(api, "game.x", "{}"), await DeleteAsync(api, "game.x"),
        ])
        {
            Assert.Equal((503, "database_not_configured"), (answer.Status, answer.Json.GetProperty("code").GetString()));
        }
    }

    [SkippableFact]
    public async Task Publish_AnUnknownTopicThatMayBeMade_RegistersIt()
    {
        var name = FreshName("auto");
        await using var gateway = await Fixture.StartGatewayAsync(Database.Url, ("EVENT_BUS_AUTO_CREATE_TOPICS", "true"));
        var api = new Api(gateway.Http);

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => api.PostAsync(Api.Publish, Api.Event(name))));

        Assert.All(answers, a => a.AssertPublished(name));
        Assert.Equal("active", await StatusAsync(name));
    }
}
