namespace EventBus.Kafka.Client;

/// <summary>librdkafka does not know a property, or does not take its value.</summary>
/// <param name="property">The property's name, as librdkafka writes it.</param>
/// <param name="reason">What librdkafka says of it.</param>
public sealed class ClientPropertyException(string property, string reason) : InvalidOperationException(reason)
{
    /// <summary>The property's name, as librdkafka writes it.</summary>
    public string Property { get; } = property;
}
