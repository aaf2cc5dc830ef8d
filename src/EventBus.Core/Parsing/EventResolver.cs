using System.Text;
using EventBus.Contracts;
using EventBus.Core.Events;
using EventBus.Core.Publishing;
using EventBus.Core.Topics;

namespace EventBus.Core.Parsing;

/// <summary>What every form of event goes through once its attributes are known: type and topic are found, id and key settled.</summary>
public sealed class EventResolver(ITopicRegistry topics, EventTypeTable types, EventNames names)
{
    /// <summary>Checks type and topic, and finds the topic and its counters.</summary>
    internal Refusal Resolve(scoped in EventAttributes attributes, string typeField, ref ParsedEvent parsed)
    {
        var type = types.Find(attributes.Type, out var typeError);
        if (type is null)
            return new Refusal(ErrorCode.InvalidEventType, Sentence(typeError!), typeField);

        if (topics.Current.TryGet(attributes.Topic, out var topic))
        {
            parsed.Topic = topic;
            parsed.Series = types.SeriesOf(topic, type);
            return default;
        }

        if (names.CheckTopic(attributes.Topic) is { } topicError)
            return new Refusal(ErrorCode.InvalidTopic, Sentence(topicError), "/topic");
        return new Refusal(
            ErrorCode.UnknownTopic, $"There is no topic '{Encoding.UTF8.GetString(attributes.Topic)}'.", "/topic");
    }

    private static string Sentence(string reason) => char.ToUpperInvariant(reason[0]) + reason[1..] + ".";

    /// <summary>Names an event as its client did, also where it is refused: an id that was made up then would tell nobody anything.</summary>
    internal static void Name(scoped in EventAttributes attributes, ref ParsedEvent parsed)
    {
        parsed.Source = attributes.Source;
        parsed.Type = attributes.Type;
        parsed.TopicName = attributes.Topic;
        parsed.Id = attributes.Id;
        parsed.Priority = attributes.Priority;
    }

    /// <summary>Makes an id where the client gave none, and finds the ordering key.</summary>
    internal static void Identify(scoped in EventContext context, TextArena arena, scoped in EventAttributes attributes, ref ParsedEvent parsed)
    {
        parsed.HasClientId = true;
        if (parsed.Id.IsEmpty)
        {
            var made = arena.Take(EventIdGenerator.Length);
            parsed.HasClientId = !context.IdempotencyKey.IsEmpty;
            if (parsed.HasClientId)
                EventIdGenerator.WriteVersion8(attributes.Source, context.IdempotencyKey, context.Index, made);
            else
                EventIdGenerator.WriteVersion7(context.UtcTicks, made);
            parsed.Id = made;
        }

        parsed.Key = !attributes.Key.IsEmpty ? attributes.Key
            : !attributes.SessionId.IsEmpty ? attributes.SessionId
            : !attributes.PlayerId.IsEmpty ? attributes.PlayerId
            : parsed.Id;
    }
}
