using EventBus.Contracts;
using EventBus.Core.Publishing;
using EventBus.Core.Storing;
using EventBus.Kafka.Topics;

namespace EventBus.Gateway.Topics;

/// <summary>Makes the topic of an event with the defaults, where <c>EVENT_BUS_AUTO_CREATE_TOPICS</c> says so.</summary>
/// <param name="directory">Kafka's topics: all there is without a database.</param>
/// <param name="administration">Registers them too; null without a database.</param>
internal sealed class TopicAutoCreation(KafkaTopicDirectory directory, TopicAdministration? administration)
{
    /// <summary>Makes a topic and waits until it is known here. Refused where an engine does not answer.</summary>
    public async Task<Refusal> CreateAsync(string name)
    {
        try
        {
            if (administration is null)
            {
                var creation = await directory.CreateTopicAsync(new TopicRequest(name), CancellationToken.None);
                return creation.Outcome == TopicCreationOutcome.Unavailable ? KafkaAway : default;
            }

            var outcome = await administration.CreateAsync(new TopicFields { Name = name });
            if (outcome.Refusal.Error != ErrorCode.TopicExists)
                return outcome.Refusal;
            // Somebody else's first event for it, a moment ago.
            await directory.UntilShownAsync(name);
            return default;
        }
        catch (KafkaUnavailableException)
        {
            return KafkaAway;
        }
        catch (StoreUnavailableException)
        {
            return new Refusal(ErrorCode.DatabaseUnavailable, "The database did not answer when the topic was to be registered.");
        }
    }

    private static Refusal KafkaAway => new(ErrorCode.KafkaUnavailable, "Kafka did not answer when the topic was to be made.");
}
