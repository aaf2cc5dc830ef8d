using EventBus.Kafka.Producing;

namespace EventBus.Kafka.Client;

/// <summary>The native library as such.</summary>
public static class KafkaLibrary
{
    /// <summary>
    /// Loads librdkafka on a thread of its own. Linking its twelve megabytes is a good part of the start; meanwhile the host can be built. An
    /// error is left for the first client, which says where it looked.
    /// </summary>
    public static void Preload() => new Thread(static () =>
    {
        try
        {
            LibRdKafka.TextOf(0);
        }
        catch (DllNotFoundException)
        {
            // Said by the first client.
        }
    }) { Name = "kafka-preload", IsBackground = true }.Start();
}
