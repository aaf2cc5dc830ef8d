using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using EventBus.Contracts;
using EventBus.Core.Publishing;
using EventBus.Core.Storing;
using EventBus.Core.Topics;
using EventBus.Gateway.Publishing;
using EventBus.Kafka.Topics;
using EventBus.Postgres.Topics;

namespace EventBus.Gateway.Topics;

/// <summary>The topic administration over HTTP.</summary>
internal sealed class TopicsEndpoint(
    TopicAdministration administration, TopicStore store, KafkaTopicDirectory directory, TopicRequestReader reader, RequestBody bodies)
{
    private const string MergePatch = "application/merge-patch+json";

    /// <summary><c>POST /topics</c>.</summary>
    public Task CreateAsync(HttpContext context) => AnswerAsync(context, async () =>
    {
        var (fields, refusal) = await ReadAsync(context, isChange: false);
        if (refusal.IsRefused)
            return refusal;
        var (topic, refused) = await administration.CreateAsync(fields!);
        if (refused.IsRefused)
            return refused;
        context.Response.Headers.Location = "/topics/" + topic!.Name;
        return await WriteAsync(context, StatusCodes.Status201Created, Describe(topic), TopicJsonContext.Default.TopicResponse);
    });

    /// <summary><c>GET /topics</c>.</summary>
    public Task ListAsync(HttpContext context) => AnswerAsync(context, async () =>
    {
        if (TopicPages.Read(context.Request.Query, out var refusal) is not { } page)
            return refusal;
        // One more than the page, to know whether there is a next one.
        var rows = await store.ListAsync(page.After, page.Limit + 1, page.Status, page.Category, context.RequestAborted);
        if (rows.Count > page.Limit)
        {
            rows.RemoveAt(page.Limit);
            context.Response.Headers.Link = page.LinkAfter(rows[^1].Name);
        }

        IReadOnlyList<TopicSummary> topics =
            [.. rows.Select(r => new TopicSummary(r.Name, r.Description, r.Partitions, r.ReplicationFactor, r.Status, r.Category, r.CreatedAt))];
        return await WriteAsync(context, StatusCodes.Status200OK, topics, TopicJsonContext.Default.IReadOnlyListTopicSummary);
    });

    /// <summary><c>GET /topics/{topicName}</c>.</summary>
    public Task ShowAsync(HttpContext context) => AnswerAsync(context, async () =>
    {
        var name = NameOf(context);
        if (await store.FindAsync(name) is not { Status: RegisteredTopic.Active } row)
            return TopicAdministration.Unknown(name);
        var topic = await directory.Admin.DescribeAsync(name) ?? new KafkaTopic(name, []);
        var offsets = await directory.Admin.ReadOffsetsAsync(topic);
        var details = topic.Partitions.Select((p, i) => new TopicPartition(
            p.Partition, p.Leader, p.Replicas, p.InSyncReplicas, offsets[i].Earliest, offsets[i].Latest, SizeBytes: null));
        return await WriteAsync(
            context, StatusCodes.Status200OK, Describe(row) with { PartitionDetails = [.. details] }, TopicJsonContext.Default.TopicResponse);
    });

    /// <summary><c>PATCH /topics/{topicName}</c>.</summary>
    public Task ChangeAsync(HttpContext context) => AnswerAsync(context, async () =>
    {
        var (fields, refusal) = await ReadAsync(context, isChange: true);
        if (refusal.IsRefused)
            return refusal;
        var (topic, refused) = await administration.ChangeAsync(NameOf(context), fields!);
        return refused.IsRefused
            ? refused
            : await WriteAsync(context, StatusCodes.Status200OK, Describe(topic!), TopicJsonContext.Default.TopicResponse);
    });

    /// <summary><c>DELETE /topics/{topicName}</c>.</summary>
    public Task RemoveAsync(HttpContext context) => AnswerAsync(context, async () =>
    {
        var refusal = await administration.RemoveAsync(NameOf(context));
        if (!refusal.IsRefused)
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        return refusal;
    });

    /// <summary>The name in the path; U+0000, which no topic has and PostgreSQL does not take, is not asked for.</summary>
    private static string NameOf(HttpContext context) => ((string)context.GetRouteValue("topicName")!).Replace('\0', ' ');

    /// <summary>Runs a handler, and answers what it or an engine refuses.</summary>
    private static async Task AnswerAsync(HttpContext context, Func<Task<Refusal>> handle)
    {
        Refusal refusal;
        try
        {
            refusal = await handle();
        }
        catch (StoreUnavailableException)
        {
            refusal = new Refusal(ErrorCode.DatabaseUnavailable, "The database does not answer now.");
        }
        catch (KafkaUnavailableException e)
        {
            refusal = new Refusal(ErrorCode.KafkaUnavailable, $"Kafka does not answer now: {e.Message}.");
        }
        catch (TopicRefusedException e)
        {
            refusal = new Refusal(ErrorCode.TopicRefused, e.Message);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        if (refusal.IsRefused)
            await context.RefuseAsync(refusal);
    }

    private async Task<(TopicFields? Fields, Refusal Refusal)> ReadAsync(HttpContext context, bool isChange)
    {
        var expected = isChange && ContentTypes.HasType(context.Request, MergePatch) ? MergePatch : ContentTypes.Json;
        if (!ContentTypes.Is(context.Request, expected, out var refusal))
            return (null, refusal);
        var body = await bodies.ReadAsync(context, TopicRequestReader.MaxBytes, ErrorCode.RequestTooLarge);
        try
        {
            if (body.Refusal.IsRefused)
                return (null, body.Refusal);
            refusal = isChange ? reader.ReadChange(body.Buffer, out var fields) : reader.ReadCreation(body.Buffer, out fields);
            return (fields, refusal);
        }
        finally
        {
            bodies.Release(body);
        }
    }

    private static TopicResponse Describe(RegisteredTopic topic) => new()
    {
        Name = topic.Name,
        Description = topic.Description,
        Partitions = topic.Partitions,
        ReplicationFactor = topic.ReplicationFactor,
        RetentionHours = topic.RetentionHours,
        Status = topic.Status,
        Category = topic.Category,
        OwnerService = topic.OwnerService,
        IsSystemTopic = topic.IsSystemTopic,
        RequiresAuth = topic.RequiresAuth,
        EnableDlq = topic.EnableDlq,
        Schema = topic.Schema is { } text ? JsonElement.Parse(text) : null,
        CreatedAt = topic.CreatedAt,
        UpdatedAt = topic.UpdatedAt,
    };

    private static async Task<Refusal> WriteAsync<T>(HttpContext context, int status, T answer, JsonTypeInfo<T> type)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(answer, type);
        context.Response.StatusCode = status;
        context.Response.ContentType = ContentTypes.Json;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
        return default;
    }
}
