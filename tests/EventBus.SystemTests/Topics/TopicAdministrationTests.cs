using EventBus.SystemTests.Fixtures;
using EventBus.TestKit.Kafka;
using Xunit.Abstractions;

namespace EventBus.SystemTests.Topics;

/// <summary>Topics made, shown, changed and removed over HTTP.</summary>
public sealed class TopicAdministrationTests(TopicFixture fixture, ITestOutputHelper output) : TopicTest(fixture, output)
{
    private const string Original =
        """
        {
          "name": "game.match.events",
          "description": "Real-time game match events",
          "partitions": 6,
          "replication_factor": 3,
          "retention_hours": 168,
          "category": "game",
          "owner_service": "match-service",
          "is_system_topic": false,
          "requires_auth": false,
          "enable_dlq": true
        }
        """;

    [SkippableFact]
    public async Task Create_TheOriginalExample_MakesTopicRowAndDeadLetters()
    {
        var answer = await First.PostAsync("/topics", Original);

        Assert.True(answer.Status == 201, answer.ToString());
        Assert.Equal("/topics/game.match.events", answer.Headers.Location?.OriginalString);
        Assert.Equal(
            "active|6|3|168|game|match-service|false|false|true",
            await Database.ScalarAsync<string>(
                "SELECT concat_ws('|', status, partitions, replication_factor, retention_hours, category, owner_service, is_system_topic::text, "
                + "requires_auth::text, enable_dlq::text) FROM topics WHERE name = 'game.match.events'"));
        var kafka = await KafkaTopicsAsync();
        Assert.Contains("game.match.events", kafka);
        Assert.Contains("game.match.events.dlq", kafka);
        (await First.PostAsync(Api.Publish, Api.Event("game.match.events"))).AssertPublished("game.match.events");

        var shown = (await Second.GetAsync("/topics/game.match.events")).Json;
        Assert.Equal("match-service", shown.GetProperty("owner_service").GetString());
        var partitions = shown.GetProperty("partition_details").EnumerateArray().ToList();
        Assert.Equal(6, partitions.Count);
        Assert.Equal(1, partitions.Sum(p => p.GetProperty("latest_offset").GetInt64()));
        Assert.All(partitions, p =>
        {
            Assert.Equal(0, p.GetProperty("earliest_offset").GetInt64());
            Assert.Equal(3, p.GetProperty("replicas").GetArrayLength());
            Assert.InRange(p.GetProperty("in_sync_replicas").GetArrayLength(), 1, 3);
            Assert.Contains(p.GetProperty("leader").GetInt32(), p.GetProperty("replicas").EnumerateArray().Select(r => r.GetInt32()));
        });
        var listed = (await Second.GetAsync("/topics")).Json.EnumerateArray().Single(t => t.GetProperty("name").GetString() == "game.match.events");
        Assert.Equal(
            ["name", "description", "partitions", "replication_factor", "status", "category", "created_at"],
            listed.EnumerateObject().Select(p => p.Name));
        Assert.EndsWith("Z", listed.GetProperty("created_at").GetString());
        (await Second.PostAsync("/topics", Original)).AssertProblem(409, "topic_exists", "/name");
    }

    [SkippableFact]
    public async Task Create_OnOneGateway_IsKnownThereAtOnceAndOnTheOtherWithinTwoSeconds()
    {
        var name = await CreateAsync();

        (await First.PostAsync(Api.Publish, Api.Event(name))).AssertPublished(name);
        await UntilAsync(() => Second.PostAsync(Api.Publish, Api.Event(name)), a => a.Status == 200, TimeSpan.FromSeconds(2));
    }

    [SkippableFact]
    public async Task Create_WithoutNumbers_GetsTheDefaults()
    {
        var name = FreshName();

        var answer = (await First.PostAsync("/topics", $$"""{"name":"{{name}}"}""")).Json;

        Assert.Equal(
            (3, 2, 168, "game", true, false),
            (answer.GetProperty("partitions").GetInt32(), answer.GetProperty("replication_factor").GetInt32(),
             answer.GetProperty("retention_hours").GetInt32(), answer.GetProperty("category").GetString(),
             answer.GetProperty("enable_dlq").GetBoolean(), answer.GetProperty("is_system_topic").GetBoolean()));
    }

    [SkippableFact]
    public async Task Create_MoreReplicasThanBrokers_IsRefusedWithTheBrokersReasonAndLeavesNothing()
    {
        var name = FreshName();

        var problem = (await First.PostAsync("/topics", $$"""{"name":"{{name}}","replication_factor":4}""")).AssertProblem(422, "topic_refused", "/replication_factor");

        Assert.Contains("replication factor", problem.GetProperty("detail").GetString(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal("", await StatusAsync(name));
        Assert.DoesNotContain(name, await KafkaTopicsAsync());
    }

    [SkippableFact]
    public async Task Create_ANameOnBothGatewaysAtOnce_OneMakesItAndOneIsToldItIsTaken()
    {
        for (var i = 0; i < 8; i++)
        {
            var name = FreshName("raced");
            var answers = await Task.WhenAll(First.PostAsync("/topics", Body(name)), Second.PostAsync("/topics", Body(name)));

            Assert.Equal([201, 409], answers.Select(a => a.Status).Order());
            Assert.Equal("active", await StatusAsync(name));
        }
    }

    [SkippableFact]
    public async Task Create_ATopicThatIsInKafkaOnly_AdoptsItAsItIs()
    {
        var name = FreshName("adopted");
        await Cluster.CreateTopicAsync(name, partitions: 5, replicas: 2, settings: new() { ["retention.ms"] = "7200000" });
        (await First.PostAsync(Api.Publish, Api.Event(name))).AssertProblem(404, "unknown_topic", "/topic");

        var answer = await First.PostAsync("/topics", $$"""{"name":"{{name}}","partitions":1,"replication_factor":1,"retention_hours":9}""");

        Assert.True(answer.Status == 201, answer.ToString());
        Assert.Equal(
            (5, 2, 2),
            (answer.Json.GetProperty("partitions").GetInt32(), answer.Json.GetProperty("replication_factor").GetInt32(),
             answer.Json.GetProperty("retention_hours").GetInt32()));
        (await First.PostAsync(Api.Publish, Api.Event(name))).AssertPublished(name);
    }

    [SkippableFact]
    public async Task List_Pages_MissAndRepeatNothingWhileTopicsAreMade()
    {
        var names = new List<string>();
        for (var i = 0; i < 5; i++)
            names.Add(await CreateAsync(""","category":"paged","enable_dlq":false"""));

        var seen = new List<string>();
        for (string? path = "/topics?category=paged&limit=2"; path is not null;)
        {
            var page = await First.GetAsync(path);
            Assert.True(page.Status == 200, page.ToString());
            seen.AddRange(page.Json.EnumerateArray().Select(t => t.GetProperty("name").GetString()!));
            path = page.Headers.TryGetValues("Link", out var link) ? link.Single()[1..link.Single().IndexOf('>')] : null;
            await CreateAsync(""","category":"other","enable_dlq":false""");
        }

        Assert.Equal(names.Order(StringComparer.Ordinal), seen);
        (await First.GetAsync("/topics?cursor=nonsense")).AssertProblem(400, "invalid_cursor");
        (await First.GetAsync("/topics?limit=0")).AssertProblem(400, "invalid_parameter");
        Assert.Equal("[]", (await First.GetAsync("/topics?status=deleting&category=paged")).Text);
    }

    [SkippableFact]
    public async Task Change_WhatMayBe_ChangesKafkaAndRow()
    {
        var name = await CreateAsync(""","enable_dlq":false,"partitions":2""");

        var answer = await PatchAsync(
            First, name, """{"description":"new","retention_hours":2,"partitions":4,"owner_service":"o","category":"c","enable_dlq":true}""");

        Assert.True(answer.Status == 200, answer.ToString());
        Assert.Equal(4, answer.Json.GetProperty("partitions").GetInt32());
        var described = await KafkaCluster.RunToolAsync("kafka-topics.sh", "--bootstrap-server", Cluster.ProxiedBootstrapServers, "--describe", "--topic", name);
        Assert.Contains("PartitionCount: 4", described);
        Assert.Contains("retention.ms=7200000", described);
        Assert.Contains(name + ".dlq", await KafkaTopicsAsync());
        (await PatchAsync(Second, name, """{"partitions":3}""")).AssertProblem(422, "partitions_can_only_grow", "/partitions");
        (await PatchAsync(Second, name, """{"replication_factor":2}""")).AssertProblem(400, "unknown_field", "/replication_factor");
        var removed = await PatchAsync(Second, name, """{"description":null}""", "application/merge-patch+json");
        Assert.Equal(System.Text.Json.JsonValueKind.Null, removed.Json.GetProperty("description").ValueKind);
        (await PatchAsync(First, "game.not.there", "{}")).AssertProblem(404, "unknown_topic");
    }

    [SkippableFact]
    public async Task Remove_ATopic_TakesItFromKafkaRegistryAndPublishing()
    {
        var name = await CreateAsync();

        var answer = await DeleteAsync(First, name);

        Assert.True(answer is { Status: 204, Text: "" }, answer.ToString());
        Assert.Equal("", await StatusAsync(name));
        var kafka = await KafkaTopicsAsync();
        Assert.DoesNotContain(name, kafka);
        Assert.DoesNotContain(name + ".dlq", kafka);
        (await First.PostAsync(Api.Publish, Api.Event(name))).AssertProblem(404, "unknown_topic", "/topic");
        (await DeleteAsync(First, name)).AssertProblem(404, "unknown_topic");
        (await First.GetAsync($"/topics/{name}")).AssertProblem(404, "unknown_topic");
        await UntilAsync(() => Second.PostAsync(Api.Publish, Api.Event(name)), a => a.Status == 404, TimeSpan.FromSeconds(2));
    }

    [SkippableTheory]
    [InlineData("""{"name":"game.bad","partition":3}""", 400, "unknown_field", "/partition")]
    [InlineData("""{"partitions":3}""", 400, "missing_field", "/name")]
    [InlineData("""{"name":"game.bad","partitions":"3"}""", 400, "invalid_type", "/partitions")]
    [InlineData("""{"name":"game.bad","partitions":0}""", 422, "topic_refused", "/partitions")]
    [InlineData("""{"name":"game.bad","partitions":20000}""", 422, "topic_refused", "/partitions")]
    [InlineData("""{"name":"game.bad.dlq"}""", 400, "invalid_topic", "/name")]
    [InlineData("""{"name":"__consumer_offsets"}""", 400, "invalid_topic", "/name")]
    [InlineData("""{"name":"game.bad","requires_auth":true}""", 422, "not_supported", "/requires_auth")]
    [InlineData("""{"name":"game.bad","category":"a category that is too long"}""", 400, "too_long", "/category")]
    [InlineData("""{"name":"game.bad","schema":{"type":"objekt"}}""", 400, "invalid_schema", "/schema")]
    [InlineData("""{"name":"game.bad","schema":{"properties":{"a":{"pattern":"^(a+)+$"}}}}""", 400, "invalid_schema", "/schema")]
    [InlineData("""{"name":"game.bad",}""", 400, "invalid_json", null)]
    [InlineData("[]", 400, "invalid_type", null)]
    public async Task Create_BadInput_IsRefused(string body, int status, string code, string? field)
    {
        (await First.PostAsync("/topics", body)).AssertProblem(status, code, field);
        Assert.Equal("", await StatusAsync("game.bad"));
    }

    [SkippableFact]
    public async Task Requests_OfTheWrongShape_AreRefused()
    {
        (await First.PostAsync("/topics", "text/plain", "{}"u8.ToArray())).AssertProblem(415, "unsupported_media_type");
        (await First.PostAsync("/topics", Body("game.bad", $",\"description\":\"{new string('x', 200_000)}\""))).AssertProblem(413, "request_too_large");
        (await First.PostAsync("/topics", Body("game.bad", $",\"description\":\"{new string('x', 5_000)}\""))).AssertProblem(400, "too_long", "/description");
        (await First.SendAsync(HttpMethod.Put, "/topics", null)).AssertProblem(405, "method_not_allowed");
        (await First.GetAsync("/topics/game.not.there")).AssertProblem(404, "unknown_topic");
    }
}
