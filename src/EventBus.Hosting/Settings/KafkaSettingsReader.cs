using EventBus.Core.Settings;

namespace EventBus.Hosting.Settings;

/// <summary>Reads <see cref="KafkaSettings"/> from the environment, and refuses what does not fit together.</summary>
public static class KafkaSettingsReader
{
    // acks has an older name too. With any of these set otherwise, "published" would no longer mean stored once by all in-sync replicas.
    private static readonly string[] Refused = ["acks", "request.required.acks", "enable.idempotence", "transactional.id"];

    /// <summary>Reads them.</summary>
    /// <exception cref="SettingsException">A value is not taken.</exception>
    public static KafkaSettings Read(EnvironmentReader environment)
    {
        var brokers = environment.Get(SettingsTable.KafkaBrokers);
        var settings = new KafkaSettings
        {
            Brokers = brokers,
            ClientId = environment.Get(SettingsTable.KafkaClientId),
            GroupId = environment.Get(SettingsTable.KafkaGroupId),
            SessionTimeout = environment.Get(SettingsTable.KafkaSessionTimeout),
            HeartbeatInterval = environment.Get(SettingsTable.KafkaHeartbeatInterval),
            AutoOffsetReset = environment.Get(SettingsTable.KafkaAutoOffsetReset),
            EnableAutoCommit = environment.Get(SettingsTable.KafkaEnableAutoCommit),
            SecurityProtocol = environment.Get(SettingsTable.KafkaSecurityProtocol),
            SaslMechanism = environment.GetOrNull(SettingsTable.KafkaSaslMechanism),
            SaslUsername = environment.GetOrNull(SettingsTable.KafkaSaslUsername),
            SaslPassword = environment.GetOrNull(SettingsTable.KafkaSaslPassword),
            SslCaLocation = environment.GetOrNull(SettingsTable.KafkaSslCaLocation),
            SslCertificateLocation = environment.GetOrNull(SettingsTable.KafkaSslCertificateLocation),
            SslKeyLocation = environment.GetOrNull(SettingsTable.KafkaSslKeyLocation),
            ProducerProperties = ReadProperties(environment, SettingsTable.KafkaProducerFamily),
            ConsumerProperties = ReadProperties(environment, SettingsTable.KafkaConsumerFamily),
            DefaultPartitions = environment.Get(SettingsTable.DefaultPartitions),
            DefaultReplicas = environment.Get(SettingsTable.DefaultReplicas),
            RetentionPeriod = environment.Get(SettingsTable.EventRetentionPeriod),
            AutoCreateTopics = environment.GetValueOrNull(SettingsTable.AutoCreateTopics) ?? brokers == KafkaSettings.Embedded,
        };
        if (settings.HeartbeatInterval >= settings.SessionTimeout)
            throw EnvironmentReader.Error(SettingsTable.KafkaHeartbeatInterval, "cannot be used: it takes a duration below KAFKA_SESSION_TIMEOUT");
        CheckSasl(environment, settings.SecurityProtocol);
        CheckSsl(environment, settings.SecurityProtocol);
        return settings;
    }

    private static Dictionary<string, string> ReadProperties(EnvironmentReader environment, Setting<string> family)
    {
        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in environment.GetFamily(family))
        {
            var property = name[(family.Name.Length - 1)..].ToLowerInvariant().Replace('_', '.');
            if (Refused.Contains(property))
                throw EnvironmentReader.Error(name, $"cannot be set: EventBus sets {property} itself, since its promises rest on it");
            properties[property] = value.Trim();
        }

        return properties;
    }

    /// <summary>Credentials without SASL, or SASL without credentials, are slips that would show only as a broker that refuses.</summary>
    private static void CheckSasl(EnvironmentReader environment, string protocol)
    {
        Setting[] parts = [SettingsTable.KafkaSaslMechanism, SettingsTable.KafkaSaslUsername, SettingsTable.KafkaSaslPassword];
        var isSasl = protocol.StartsWith("sasl", StringComparison.Ordinal);
        if (Array.Find(parts, part => environment.IsSet(part) != isSasl) is not { } odd)
            return;
        throw EnvironmentReader.Error(odd, isSasl
            ? $"is not set: KAFKA_SECURITY_PROTOCOL={protocol} needs it; it takes {odd.Takes}"
            : $"cannot be used with KAFKA_SECURITY_PROTOCOL={protocol}: it takes sasl_plaintext or sasl_ssl there");
    }

    private static void CheckSsl(EnvironmentReader environment, string protocol)
    {
        Setting[] parts = [SettingsTable.KafkaSslCaLocation, SettingsTable.KafkaSslCertificateLocation, SettingsTable.KafkaSslKeyLocation];
        if (!protocol.EndsWith("ssl", StringComparison.Ordinal) && Array.Find(parts, environment.IsSet) is { } odd)
            throw EnvironmentReader.Error(odd, $"cannot be used with KAFKA_SECURITY_PROTOCOL={protocol}: it takes ssl or sasl_ssl there");
        var (hasCertificate, hasKey) = (environment.IsSet(parts[1]), environment.IsSet(parts[2]));
        if (hasCertificate != hasKey)
            throw EnvironmentReader.Error(hasKey ? parts[1] : parts[2], $"is not set: {(hasKey ? parts[2] : parts[1])} needs it");
    }
}
