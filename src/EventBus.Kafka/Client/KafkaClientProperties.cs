using System.Globalization;
using EventBus.Core.Settings;
using EventBus.Kafka.Consuming;

namespace EventBus.Kafka.Client;

/// <summary>
/// The librdkafka properties of every client, in one place. A list may be handed to Confluent.Kafka's builders or set one by one with
/// <c>rd_kafka_conf_set</c>; no name occurs twice, and what the operator set by <c>KAFKA_PRODUCER_*</c> and <c>KAFKA_CONSUMER_*</c>
/// comes last, so that it also wins over the names that librdkafka keeps as aliases.
/// </summary>
public static class KafkaClientProperties
{
    /// <summary>
    /// The largest record in bytes: an event of 1 MiB, and room for its key, its headers and the batch's own framing. Topics are
    /// created with the same limit, since the broker's default (1,048,588) would refuse an incompressible event of 1 MiB.
    /// </summary>
    public const int MaxRecordBytes = (1024 + 128) * 1024;

    /// <summary>The properties of a producer that never loses or reorders what it acknowledged.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Producer(KafkaSettings settings, ProducerLimits limits)
    {
        var properties = Common(settings);

        // An acknowledgement means all in-sync replicas. The settings reader refuses to have these two overridden.
        Set(properties, "acks", "all");
        Set(properties, "enable.idempotence", "true");

        // The same partition for a key as Java's clients choose; records without a key, which EventBus does not make, at random.
        Set(properties, "partitioner", "murmur2_random");

        // lz4 costs the least CPU per byte saved, on both sides.
        Set(properties, "compression.type", "lz4");

        // Below the HTTP deadline, so that every waiter hears librdkafka's own verdict: timed out unsent, or possibly persisted.
        Set(properties, "message.timeout.ms", "10000");

        // A broker that hangs is given up no later than the messages waiting for it.
        Set(properties, "socket.timeout.ms", "10000");

        // A topic that is gone is refused soon: the registry knew it, so this is no topic whose metadata is still on its way.
        Set(properties, "topic.metadata.propagation.max.ms", "2000");

        Set(properties, "message.max.bytes", Text(MaxRecordBytes));
        Set(properties, "queue.buffering.max.messages", Text(limits.MaxMessages));
        Set(properties, "queue.buffering.max.kbytes", Text(limits.MaxKilobytes));
        Set(properties, "linger.ms", Text(limits.LingerMs));

        // A topic that the registry does not know is refused, never made by a typing error.
        Set(properties, "allow.auto.create.topics", "false");

        // For the metrics: often enough for a scrape, too seldom to cost anything.
        Set(properties, "statistics.interval.ms", "5000");

        Override(properties, settings.ProducerProperties);
        return properties;
    }

    /// <summary>The properties of a consumer in the group <paramref name="groupId"/>; offsets are stored by hand once handled.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Consumer(KafkaSettings settings, string groupId)
    {
        var properties = Common(settings);
        Set(properties, "group.id", groupId);

        // The new protocol ("consumer") refuses session.timeout.ms, which is one of our settings.
        Set(properties, "group.protocol", "classic");
        Set(properties, "session.timeout.ms", Milliseconds(settings.SessionTimeout));
        Set(properties, "heartbeat.interval.ms", Milliseconds(settings.HeartbeatInterval));

        // A member that comes or goes moves its own share only; the others read on.
        Set(properties, "partition.assignment.strategy", "cooperative-sticky");

        Set(properties, "auto.offset.reset", settings.AutoOffsetReset);
        Set(properties, "enable.auto.commit", settings.EnableAutoCommit ? "true" : "false");

        // Otherwise a record would count as handled once it was handed over, and a crash would lose it.
        Set(properties, "enable.auto.offset.store", "false");

        // The default of 64 MiB is per consumer, and a worker has several.
        Set(properties, "queued.max.messages.kbytes", "16384");

        // The default of a second stalls a fast reader each time its queue was full.
        Set(properties, "fetch.queue.backoff.ms", "10");

        // Records are evidence: what the disk or the wire damaged must not be delivered.
        Set(properties, "check.crcs", "true");
        Set(properties, "allow.auto.create.topics", "false");

        Override(properties, settings.ConsumerProperties);
        return properties;
    }

    /// <summary>
    /// The properties of a consumer that keeps its positions elsewhere. What its promises rest on comes last, over what the operator set.
    /// </summary>
    public static IReadOnlyList<KeyValuePair<string, string>> LogReader(KafkaSettings settings, string role)
    {
        var properties = Consumer(settings, $"{settings.GroupId}-{role}").ToList();
        SetUnlessGiven(properties, settings, "queued.max.messages.kbytes", Text(ReadAhead.QueueBytes / 1024));
        SetUnlessGiven(properties, settings, "queued.min.messages", Text(ReadAhead.Records));
        SetUnlessGiven(properties, settings, "fetch.max.bytes", Text(ReadAhead.FetchBytes));

        // A partition that is sought waits for the answer that its broker holds back: half a second by default.
        SetUnlessGiven(properties, settings, "fetch.wait.max.ms", "100");

        // New partitions of a topic are found as soon as new topics.
        SetUnlessGiven(properties, settings, "topic.metadata.refresh.interval.ms", "1000");

        // A position that the log does not have is never moved in silence.
        Replace(properties, "auto.offset.reset", "error");
        Replace(properties, "enable.auto.offset.store", "false");
        Replace(properties, "isolation.level", "read_committed");

        // Markers of transactions lie behind the last record; only the end tells that they were passed.
        Replace(properties, "enable.partition.eof", "true");
        return properties;
    }

    /// <summary>The properties of the client that reads metadata and manages topics.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Admin(KafkaSettings settings)
    {
        var properties = Common(settings);

        // A request to a hung broker is given up before the caller's own limit, which closes its connection and makes the next request
        // go to another broker. Slow operations (creating topics) pass their own limit.
        Set(properties, "socket.timeout.ms", "1500");
        Set(properties, "api.version.request.timeout.ms", "1500");
        Set(properties, "allow.auto.create.topics", "false");
        return properties;
    }

    private static List<KeyValuePair<string, string>> Common(KafkaSettings settings)
    {
        var properties = new List<KeyValuePair<string, string>>();
        Set(properties, "bootstrap.servers", settings.Brokers);
        Set(properties, "client.id", settings.ClientId);
        Set(properties, "security.protocol", settings.SecurityProtocol);
        SetIfGiven(properties, "sasl.mechanism", settings.SaslMechanism);
        SetIfGiven(properties, "sasl.username", settings.SaslUsername);
        SetIfGiven(properties, "sasl.password", settings.SaslPassword);
        SetIfGiven(properties, "ssl.ca.location", settings.SslCaLocation);
        SetIfGiven(properties, "ssl.certificate.location", settings.SslCertificateLocation);
        SetIfGiven(properties, "ssl.key.location", settings.SslKeyLocation);

        // A broker that comes back is found within a second; the default may wait ten.
        Set(properties, "reconnect.backoff.ms", "50");
        Set(properties, "reconnect.backoff.max.ms", "1000");

        // A connection attempt into nothing must not use up a message's whole time.
        Set(properties, "socket.connection.setup.timeout.ms", "3000");

        // No metrics of ours to the cluster's owner unasked.
        Set(properties, "enable.metrics.push", "false");

        // An idle connection closed by the broker is not an event.
        Set(properties, "log.connection.close", "false");
        return properties;
    }

    private static void Override(List<KeyValuePair<string, string>> properties, IReadOnlyDictionary<string, string> overrides)
    {
        foreach (var (name, value) in overrides.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            properties.RemoveAll(p => p.Key == name);
            Set(properties, name, value);
        }
    }

    private static void SetUnlessGiven(List<KeyValuePair<string, string>> properties, KafkaSettings settings, string name, string value)
    {
        if (!settings.ConsumerProperties.ContainsKey(name))
            Replace(properties, name, value);
    }

    private static void Replace(List<KeyValuePair<string, string>> properties, string name, string value)
    {
        properties.RemoveAll(p => p.Key == name);
        Set(properties, name, value);
    }

    private static void SetIfGiven(List<KeyValuePair<string, string>> properties, string name, string? value)
    {
        if (value is not null)
            Set(properties, name, value);
    }

    private static void Set(List<KeyValuePair<string, string>> properties, string name, string value) => properties.Add(new(name, value));

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Milliseconds(TimeSpan value) => Text((long)value.TotalMilliseconds);
}
