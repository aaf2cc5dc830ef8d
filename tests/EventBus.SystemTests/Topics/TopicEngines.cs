using EventBus.SystemTests.Fixtures;
using EventBus.TestKit.Kafka;
using EventBus.TestKit.Postgres;
using EventBus.TestKit.Processes;
using Xunit.Abstractions;

namespace EventBus.SystemTests.Topics;

/// <summary>Three brokers, a database and two gateways on both: the deployment that the topic API is for.</summary>
[CollectionDefinition(Name)]
public sealed class TopicEngines : ICollectionFixture<TopicFixture>
{
    public const string Name = "topic engines";
}

public sealed class TopicFixture : IAsyncLifetime
{
    public static string? UnavailableReason =>
        GatewayProcess.UnavailableReason ?? KafkaCluster.UnavailableReason ?? PostgresServer.UnavailableReason;

    public KafkaCluster Cluster { get; private set; } = null!;

    public PostgresServer Server { get; private set; } = null!;

    public PostgresDatabase Database { get; private set; } = null!;

    public GatewayProcess First { get; private set; } = null!;

    public GatewayProcess Second { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (UnavailableReason is not null)
            return;
        // Behind proxies, so that a test may hold what the brokers answer.
        Cluster = await KafkaCluster.StartAsync(new KafkaClusterOptions { Brokers = 3, Proxied = true });
        Server = await PostgresServer.StartAsync();
        Database = await Server.CreateDatabaseAsync();
        First = await StartGatewayAsync(Database.Url);
        Second = await StartGatewayAsync(Database.Url);
    }

    public Task<GatewayProcess> StartGatewayAsync(string databaseUrl, params (string Name, string? Value)[] environment) =>
        GatewayProcess.StartAsync(
            Cluster.ProxiedBootstrapServers, [("EVENT_BUS_DATABASE_URL", databaseUrl), ("EVENT_BUS_AUTO_MIGRATE", "true"), .. environment]);

    public async Task DisposeAsync()
    {
        foreach (var part in (IAsyncDisposable?[])[First, Second, Database, Server, Cluster])
        {
            if (part is not null)
                await part.DisposeAsync();
        }
    }
}

/// <summary>A test against both gateways; skipped with the reason where an engine is missing.</summary>
[Collection(TopicEngines.Name)]
public abstract class TopicTest : IDisposable
{
    private static int _next;
    private readonly TopicFixture _fixture;
    private readonly ITestOutputHelper _output;
    private readonly long _firstLine;

    protected TopicTest(TopicFixture fixture, ITestOutputHelper output)
    {
        Skip.If(TopicFixture.UnavailableReason is not null, TopicFixture.UnavailableReason);
        _fixture = fixture;
        _output = output;
        _firstLine = fixture.First.Process.LineCount;
        First = new Api(fixture.First.Http);
        Second = new Api(fixture.Second.Http);
    }

    protected Api First { get; }

    protected Api Second { get; }

    protected KafkaCluster Cluster => _fixture.Cluster;

    protected PostgresServer Server => _fixture.Server;

    protected PostgresDatabase Database => _fixture.Database;

    protected TopicFixture Fixture => _fixture;

    public void Dispose()
    {
        _output.WriteLine($"The first gateway's output since the test began:\n{_fixture.First.Process.OutputFrom(_firstLine)}");
        GC.SuppressFinalize(this);
    }

    /// <summary>A name that no other test has.</summary>
    protected static string FreshName(string end = "t") => $"game.made.{end}{Interlocked.Increment(ref _next)}";

    /// <summary>A topic of one replica; with more fields (<c>,"name":value</c>) where given.</summary>
    protected static string Body(string name, string more = "") => $$"""{"name":"{{name}}","replication_factor":1{{more}}}""";

    protected async Task<string> CreateAsync(string more = "")
    {
        var name = FreshName();
        var answer = await First.PostAsync("/topics", Body(name, more));
        Assert.True(answer.Status == 201, answer.ToString());
        return name;
    }

    /// <summary>The status of a topic's row; empty where there is none.</summary>
    protected Task<string> StatusAsync(string name) =>
        Database.ScalarAsync<string>($"SELECT coalesce((SELECT status FROM topics WHERE name = '{name}'), '')");

    /// <summary>The names of Kafka's topics, as its own tool says them.</summary>
    protected async Task<string[]> KafkaTopicsAsync() =>
        Api.Lines(await KafkaCluster.RunToolAsync("kafka-topics.sh", "--bootstrap-server", Cluster.ProxiedBootstrapServers, "--list"));

    /// <summary>Waits until something is so; fails with what it was last where it takes too long.</summary>
    protected static async Task UntilAsync<T>(Func<Task<T>> look, Func<T, bool> isSo, TimeSpan? within = null)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            var found = await look();
            if (isSo(found))
                return;
            Assert.True(watch.Elapsed < (within ?? TimeSpan.FromSeconds(30)), $"after {watch.Elapsed}: {found}");
            await Task.Delay(20);
        }
    }

    protected static Task<Answer> PatchAsync(Api api, string name, string body, string type = Api.Json) =>
        api.SendAsync(HttpMethod.Patch, $"/topics/{name}", new StringContent(body, new System.Net.Http.Headers.MediaTypeHeaderValue(type)));

    protected static Task<Answer> DeleteAsync(Api api, string name) => api.SendAsync(HttpMethod.Delete, $"/topics/{name}", null);
}
