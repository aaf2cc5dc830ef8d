using EventBus.SystemTests.Fixtures;
using EventBus.TestKit.Network;
using EventBus.TestKit.Processes;
using Xunit.Abstractions;

namespace EventBus.SystemTests.Topics;

/// <summary>A gateway that is killed between the steps: another one takes the topic to its end, and it is in both places or in neither.</summary>
public sealed class HalfMadeTopicTests(TopicFixture fixture, ITestOutputHelper output) : TopicTest(fixture, output)
{
    [SkippableFact]
    [Trait("Cost", "slow")]
    public async Task Create_KilledBeforeKafkaIsAsked_LeavesNothing()
    {
        var name = FreshName("killed");
        await using var gateway = await Fixture.StartGatewayAsync(Database.Url);
        Hold(true);
        _ = Ignore(new Api(gateway.Http).PostAsync("/topics", Body(name)));
        await UntilAsync(() => StatusAsync(name), s => s == "creating");
        gateway.Process.Send(Signal.Kill);
        Hold(false);

        await AgeAsync(name);
        await UntilAsync(() => StatusAsync(name), s => s.Length == 0);

        Assert.DoesNotContain(name, await KafkaTopicsAsync());
        await UntilAsync(() => First.PostAsync("/topics", Body(name)), a => a.Status == 201);
    }

    [SkippableFact]
    [Trait("Cost", "slow")]
    public async Task Create_KilledBeforeTheRowIsActive_IsMadeByAnother()
    {
        var name = FreshName("killed");
        await using var proxy = new TcpProxy(FreePorts.Next(), Server.Port);
        await using var gateway = await Fixture.StartGatewayAsync(Database.UrlAt(proxy.Port));
        proxy.Requests.Delay = TimeSpan.FromSeconds(2);
        _ = Ignore(new Api(gateway.Http).PostAsync("/topics", Body(name, ""","partitions":4""")));
        await UntilAsync(() => StatusAsync(name), s => s == "creating");
        await UntilAsync(() => Task.FromResult(IsInKafka(name)), isThere => isThere);
        gateway.Process.Send(Signal.Kill);
        Assert.Equal("creating", await StatusAsync(name));
        (await First.PostAsync("/topics", Body(name))).AssertProblem(409, "topic_exists", "/name");

        await AgeAsync(name);
        await UntilAsync(() => StatusAsync(name), s => s == "active");

        Assert.Contains(name + ".dlq", await KafkaTopicsAsync());
        await UntilAsync(() => Second.PostAsync(Api.Publish, Api.Event(name)), a => a.Status == 200, TimeSpan.FromSeconds(5));
        Assert.Equal(4, (await First.GetAsync($"/topics/{name}")).Json.GetProperty("partitions").GetInt32());
    }

    [SkippableFact]
    [Trait("Cost", "slow")]
    public async Task Remove_KilledBeforeKafkaIsAsked_IsFinishedByAnother()
    {
        var name = await CreateAsync();
        await using var proxy = new TcpProxy(FreePorts.Next(), Server.Port);
        await using var gateway = await Fixture.StartGatewayAsync(Database.UrlAt(proxy.Port));
        proxy.Requests.Delay = TimeSpan.FromSeconds(2);
        _ = Ignore(DeleteAsync(new Api(gateway.Http), name));
        await UntilAsync(() => StatusAsync(name), s => s == "deleting");
        gateway.Process.Send(Signal.Kill);
        Assert.Contains(name, await KafkaTopicsAsync());
        Assert.Equal("deleting", await StatusAsync(name));
        (await First.GetAsync($"/topics/{name}")).AssertProblem(404, "unknown_topic");

        await AgeAsync(name);
        await UntilAsync(() => StatusAsync(name), s => s.Length == 0);

        var kafka = await KafkaTopicsAsync();
        Assert.DoesNotContain(name, kafka);
        Assert.DoesNotContain(name + ".dlq", kafka);
    }

    [SkippableFact]
    public async Task Create_ANameThatADeadGatewayHeld_TakesItUpAtOnce()
    {
        var name = FreshName("held");
        await Database.ExecuteAsync($"INSERT INTO topics (name, status, updated_at) VALUES ('{name}', 'creating', now() - interval '1 minute')");

        var answer = await First.PostAsync("/topics", Body(name));

        Assert.True(answer.Status == 201 || (answer.Status == 409 && await Until201Async(name)), answer.ToString());
    }

    /// <summary>The reconciler may have taken it up first, in the same moment.</summary>
    private async Task<bool> Until201Async(string name)
    {
        await UntilAsync(() => First.PostAsync("/topics", Body(name)), a => a.Status == 201);
        return true;
    }

    private void Hold(bool isHeld)
    {
        foreach (var broker in Cluster.Brokers)
        {
            broker.Proxy!.Requests.Swallow = isHeld;
            if (!isHeld)
                broker.Proxy.Reset();
        }
    }

    /// <summary>Makes the row as old as one that nobody works on any more, rather than waiting for that.</summary>
    private Task AgeAsync(string name) => Database.ExecuteAsync($"UPDATE topics SET updated_at = now() - interval '1 minute' WHERE name = '{name}'");

    private bool IsInKafka(string name)
    {
        using var admin = new Confluent.Kafka.AdminClientBuilder(
            new Confluent.Kafka.AdminClientConfig { BootstrapServers = Cluster.ProxiedBootstrapServers, AllowAutoCreateTopics = false }).Build();
        return admin.GetMetadata(TimeSpan.FromSeconds(5)).Topics.Exists(t => t.Topic == name);
    }

    private static async Task Ignore(Task<Answer> request)
    {
        try
        {
            await request;
        }
        catch (HttpRequestException)
        {
            // Its gateway was killed.
        }
        catch (TaskCanceledException)
        {
            // Its client was disposed.
        }
    }
}
