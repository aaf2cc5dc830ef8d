using System.Text;
using EventBus.Contracts;
using EventBus.Core.Buffering;
using EventBus.Core.Events;
using EventBus.Core.Parsing;
using EventBus.Core.Publishing;
using EventBus.Core.Topics;

namespace EventBus.UnitTests.Parsing;

/// <summary>Both parsers over a few topics, at a fixed instant of ingest.</summary>
internal sealed class ParserFixture : ITopicRegistry
{
    public static readonly DateTime Now = new(2026, 3, 4, 5, 6, 7, 89, DateTimeKind.Utc);

    /// <summary><see cref="Now"/> as a record's <c>ce_time</c>.</summary>
    public const string NowText = "2026-03-04T05:06:07.089000Z";

    public ParserFixture()
    {
        var names = new EventNames(EventTypes.DefaultDomains);
        Types = new EventTypeTable(names);
        var resolver = new EventResolver(this, Types, names);
        Parser = new EventParser(resolver);
        CloudEvents = new CloudEventParser(resolver);
    }

    public EventParser Parser { get; }

    public CloudEventParser CloudEvents { get; }

    public EventTypeTable Types { get; }

    public TopicSnapshot Current { get; } = new([new Topic(0, "system.events"), new Topic(1, "game.events"), new Topic(2, "analytics.player_stats")]);

    public static EventContext Context(string idempotencyKey = "", int index = 0) => new()
    {
        UtcTicks = Now.Ticks,
        IdempotencyKey = Encoding.ASCII.GetBytes(idempotencyKey),
        Index = index,
    };

    public Outcome Parse(string json, EventForm form = EventForm.Generic) => Parse(Encoding.UTF8.GetBytes(json), form, Context());

    public Outcome Parse(ReadOnlySpan<byte> json, EventForm form, scoped in EventContext context)
    {
        var valid = form == EventForm.CloudEvent
            ? CloudEvents.TryParse(json, context, out var parsed, out var refusal)
            : Parser.TryParse(json, form, context, out parsed, out refusal);
        return Outcome.Of(valid, parsed, refusal);
    }
}

/// <summary>What a parser said, with its frame read back where there is one.</summary>
internal sealed record Outcome(Refusal Refusal, Frame? Composed, string Id, string Source, string Type, string Topic, EventPriority Priority, bool HasClientId)
{
    /// <summary>The frame of an event that must be valid.</summary>
    public Frame Frame => Composed ?? throw new InvalidOperationException($"{Refusal.Error?.Code} {Refusal.Field}: {Refusal.Detail}");

    public static Outcome Of(bool valid, scoped in ParsedEvent parsed, in Refusal refusal)
    {
        Assert.NotEqual(valid, refusal.IsRefused);
        return new Outcome(
            refusal,
            valid ? Frame.Read(FrameWriter.ForThread.Finish(parsed.Topic!.Index)) : null,
            Encoding.UTF8.GetString(parsed.Id),
            Encoding.UTF8.GetString(parsed.Source),
            Encoding.UTF8.GetString(parsed.Type),
            parsed.Topic?.Name ?? string.Empty,
            parsed.Priority,
            parsed.HasClientId);
    }

    /// <summary>Asserts the refusal's code and field.</summary>
    public void IsRefused(string code, string? field)
    {
        Assert.Equal((code, field), (Refusal.Error?.Code, Refusal.Field));
        Assert.NotEmpty(Refusal.Detail);
    }
}
