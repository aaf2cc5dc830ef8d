using EventBus.Contracts;
using EventBus.Core.Publishing;
using EventBus.Core.Schemas;
using EventBus.Core.Settings;
using EventBus.Core.Storing;
using EventBus.Core.Topics;
using EventBus.Kafka.Topics;
using EventBus.Postgres.Topics;

namespace EventBus.Gateway.Topics;

/// <summary>
/// Makes, changes and removes topics, in Kafka and in the registry or in neither. Nothing can write to both at once, so a row says first what
/// is about to happen (<c>creating</c>, <c>deleting</c>), and whoever finds it half-made takes it to its end.
/// </summary>
/// <remarks>
/// Methods throw <see cref="StoreUnavailableException"/>, <see cref="KafkaUnavailableException"/> and <see cref="TopicRefusedException"/>.
/// No request's end cancels them: what was begun is brought to its end.
/// </remarks>
internal sealed partial class TopicAdministration(
    TopicStore store, TopicRegistry registry, KafkaTopicDirectory directory, KafkaSettings settings, ILogger<TopicAdministration> logger)
{
    private const int MaxAttempts = 3;
    private const string DefaultCategory = "game";

    private KafkaTopicAdmin Kafka => directory.Admin;

    /// <summary>Makes a topic, or adopts one that is in Kafka only, with what the brokers say of it.</summary>
    public async Task<TopicOutcome> CreateAsync(TopicFields fields)
    {
        // Before the row: the usual outage leaves nothing half-made.
        var brokers = directory.Connected ? await Kafka.CountBrokersAsync() : throw new KafkaUnavailableException("Kafka does not answer");
        var wanted = new RegisteredTopic
        {
            Name = fields.Name!,
            Description = fields.Description,
            Schema = fields.Schema?.Text,
            Partitions = fields.Partitions ?? settings.DefaultPartitions,
            ReplicationFactor = fields.ReplicationFactor ?? Math.Min(settings.DefaultReplicas, brokers),
            RetentionHours = fields.RetentionHours ?? (int)Math.Ceiling(settings.RetentionPeriod.TotalHours),
            Category = fields.Category ?? DefaultCategory,
            OwnerService = fields.OwnerService,
            IsSystemTopic = fields.IsSystemTopic ?? false,
            EnableDlq = fields.EnableDlq ?? true,
        };
        if (await BeginAsync(wanted) is not { } row)
            return new Refusal(ErrorCode.TopicExists, $"There is a topic '{wanted.Name}', or one is being made or removed.", "/name");

        try
        {
            row = await MakeAsync(row, fields.RetentionHours);
        }
        catch (TopicRefusedException e)
        {
            await ForgetAsync(row);
            return new Refusal(ErrorCode.TopicRefused, Sentence(e.Message), FieldOf(fields, brokers));
        }

        if (await store.ActivateAsync(row) is not { } active)
            return new Refusal(ErrorCode.TopicExists, $"Topic '{row.Name}' was made by another request meanwhile.", "/name");
        LogCreated(active.Name, active.Partitions, active.ReplicationFactor);
        await registry.ShowAsync(active.Name, isShown: true);
        return active;
    }

    /// <summary>Changes a topic. May be repeated where its outcome is not known: each of its steps then finds itself done.</summary>
    public async Task<TopicOutcome> ChangeAsync(string name, TopicFields fields)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (await store.FindAsync(name) is not { Status: RegisteredTopic.Active } row)
                return Unknown(name);
            var refusal = CheckSchema(row, fields);
            var partitions = row.Partitions;
            if (!refusal.IsRefused && fields.Partitions is { } wanted)
                (partitions, refusal) = await GrowAsync(name, wanted);
            if (refusal.IsRefused)
                return refusal;
            if (fields.RetentionHours is { } hours)
                await Kafka.SetRetentionAsync(name, TimeSpan.FromHours(hours));
            if (fields.EnableDlq == true)
                await Kafka.CreateAsync(DeadLettersOf(row));

            var changed = await store.UpdateAsync(row with
            {
                Description = fields.Removes.Contains("description") ? null : fields.Description ?? row.Description,
                OwnerService = fields.Removes.Contains("owner_service") ? null : fields.OwnerService ?? row.OwnerService,
                Schema = fields.Removes.Contains("schema") ? null : fields.Schema?.Text ?? row.Schema,
                Category = fields.Category ?? row.Category,
                Partitions = partitions,
                RetentionHours = fields.RetentionHours ?? row.RetentionHours,
                EnableDlq = fields.EnableDlq ?? row.EnableDlq,
            });
            if (changed is null)
                continue;
            LogChanged(name);
            await registry.ShowAsync(name, isShown: true);
            return changed;
        }

        return new Refusal(ErrorCode.TopicChanged, "Others change the topic at the same time.");
    }

    /// <summary>Removes a topic, its dead letters and its row. A removal that was begun is brought to its end, whatever the answer.</summary>
    public async Task<Refusal> RemoveAsync(string name)
    {
        if (await store.BeginRemovalAsync(name) is not { } row)
            return Unknown(name);
        // Before the Kafka topic goes: what is published to it from here on is refused rather than lost.
        await registry.ShowAsync(name, isShown: false);
        try
        {
            await FinishRemovalAsync(row);
            return default;
        }
        catch (TopicRefusedException e)
        {
            await store.KeepAsync(row);
            await registry.ShowAsync(name, isShown: true);
            return new Refusal(ErrorCode.TopicRefused, Sentence(e.Message));
        }
    }

    /// <summary>Takes a row that a dead process left half-made to its end. False where there is none.</summary>
    /// <param name="name">The topic; null for any.</param>
    public async Task<bool> FinishHalfMadeAsync(string? name)
    {
        if (await store.ClaimHalfMadeAsync(name) is not { } row)
            return false;
        if (row.Status == RegisteredTopic.Deleting)
        {
            await FinishRemovalAsync(row);
            LogFinished(row.Name, "removed");
        }
        else if (await Kafka.DescribeAsync(row.Name) is { } made)
        {
            if (row.EnableDlq)
                await Kafka.CreateAsync(DeadLettersOf(row));
            await store.ActivateAsync(await DescribedAsync(row, made));
            LogFinished(row.Name, "made");
        }
        else
        {
            await store.RemoveAsync(row);
            LogFinished(row.Name, "not made");
        }

        return true;
    }

    private async Task<RegisteredTopic?> BeginAsync(RegisteredTopic wanted)
    {
        if (await store.BeginAsync(wanted) is { } row)
            return row;
        // The name may be held by a row that nobody works on any more.
        return await FinishHalfMadeAsync(wanted.Name) ? await store.BeginAsync(wanted) : null;
    }

    /// <summary>Makes the Kafka topics of a row, and returns it as the brokers have it.</summary>
    private async Task<RegisteredTopic> MakeAsync(RegisteredTopic row, int? retentionHours)
    {
        var retention = retentionHours is { } hours ? TimeSpan.FromHours(hours) : settings.RetentionPeriod;
        var isNew = await Kafka.CreateAsync(new TopicRequest(row.Name, row.Partitions, row.ReplicationFactor, retention));
        if (!isNew && await Kafka.DescribeAsync(row.Name) is { } adopted)
            row = await DescribedAsync(row, adopted);
        if (!row.EnableDlq)
            return row;
        try
        {
            await Kafka.CreateAsync(DeadLettersOf(row));
            return row;
        }
        catch (TopicRefusedException) when (isNew)
        {
            await Kafka.DeleteAsync(row.Name);
            throw;
        }
    }

    private async Task<RegisteredTopic> DescribedAsync(RegisteredTopic row, KafkaTopic topic)
    {
        var retention = await Kafka.ReadRetentionAsync(row.Name);
        return row with
        {
            Partitions = topic.Partitions.Count,
            ReplicationFactor = topic.ReplicationFactor,
            RetentionHours = retention is { } kept ? (int)Math.Min(int.MaxValue, Math.Ceiling(kept.TotalHours)) : -1,
        };
    }

    /// <summary>A row that was not made goes; where the database does not answer now, it goes once it does.</summary>
    private async Task ForgetAsync(RegisteredTopic row)
    {
        try
        {
            await store.RemoveAsync(row);
        }
        catch (StoreUnavailableException e)
        {
            LogLeft(row.Name, row.Status, e.Message);
        }
    }

    private async Task FinishRemovalAsync(RegisteredTopic row)
    {
        await Kafka.DeleteAsync(row.Name);
        await Kafka.DeleteAsync(row.DeadLetterTopic);
        await store.RemoveAsync(row);
        LogRemoved(row.Name);
        await registry.ShowAsync(row.Name, isShown: false);
    }

    private async Task<(int Partitions, Refusal Refusal)> GrowAsync(string name, int wanted)
    {
        if (await Kafka.DescribeAsync(name) is not { } topic)
            return (0, new Refusal(ErrorCode.TopicRefused, "The topic is not in Kafka.", "/partitions"));
        if (wanted < topic.Partitions.Count)
            return (0, new Refusal(ErrorCode.PartitionsCanOnlyGrow, $"The topic has {topic.Partitions.Count} partitions.", "/partitions"));
        if (wanted > topic.Partitions.Count)
            await Kafka.GrowAsync(name, wanted);
        return (wanted, default);
    }

    private static Refusal CheckSchema(RegisteredTopic row, TopicFields fields) =>
        row.Schema is { } present && fields.Schema is { } next && SchemaCompatibility.FindBreak(present, next.Text) is { } reason
            ? new Refusal(ErrorCode.SchemaIncompatible, $"What fits the present schema may not fit this one. {reason}.", "/schema")
            : default;

    /// <summary>One partition: dead letters are few, and are told apart by their headers.</summary>
    private static TopicRequest DeadLettersOf(RegisteredTopic row) => new(
        row.DeadLetterTopic, Partitions: 1, row.ReplicationFactor, row.RetentionHours < 0 ? null : TimeSpan.FromHours(row.RetentionHours));

    /// <summary>The refusal of a topic that is not registered, or not active.</summary>
    public static Refusal Unknown(string name) => new(ErrorCode.UnknownTopic, $"There is no topic '{name}'.");

    /// <summary>The field that Kafka's reason is most likely about, where it can be told.</summary>
    private static string? FieldOf(TopicFields fields, int brokers) =>
        fields.ReplicationFactor > brokers ? "/replication_factor" : fields.Partitions is not null ? "/partitions" : null;

    private static string Sentence(string reason) => reason.EndsWith('.') ? reason : reason + ".";
}

/// <summary>A topic as it is now, or why it is not.</summary>
internal readonly record struct TopicOutcome(RegisteredTopic? Topic, Refusal Refusal)
{
    public static implicit operator TopicOutcome(RegisteredTopic topic) => new(topic, default);

    public static implicit operator TopicOutcome(Refusal refusal) => new(null, refusal);
}
