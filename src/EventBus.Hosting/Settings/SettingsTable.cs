using System.Net;

namespace EventBus.Hosting.Settings;

// Each field says what it is in the meaning that --help and docs/configuration.md print; a comment would say it a second time.
#pragma warning disable CS1591

/// <summary>Every environment variable of both binaries, in the order in which they are documented.</summary>
public static class SettingsTable
{
    private static readonly List<Setting> Table = [];

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    // The gateway's HTTP.
    public static readonly Setting<int> Port =
        Http("EVENT_BUS_PORT", Format.Port, "8083", "The port of the HTTP API: HTTP/1.1, and HTTP/2 where TLS is on.");
    public static readonly Setting<int> H2cPort =
        Http("EVENT_BUS_H2C_PORT", Format.Port, null, "A port for HTTP/2 without TLS, by prior knowledge. Off when unset.");
    public static readonly Setting<TimeSpan> ReadTimeout = Http("EVENT_BUS_READ_TIMEOUT", Duration(1, 3600), "30s",
        "The longest wait for a request's head, and for each next part of its body (not for the whole of a stream).");
    public static readonly Setting<TimeSpan> WriteTimeout = Http("EVENT_BUS_WRITE_TIMEOUT", Duration(2, 3600), "30s",
        "The longest wait for a client that does not read its answer.");
    public static readonly Setting<TimeSpan> IdleTimeout = Http("EVENT_BUS_IDLE_TIMEOUT", Duration(1, 86400), "120s",
        "How long an idle keep-alive connection is kept.");
    public static readonly Setting<string> TlsCertificateFile = Http("EVENT_BUS_TLS_CERTIFICATE_FILE", Format.ExistingFile("a PEM file"), null,
        "The certificate of the HTTP API, with its chain, in PEM. TLS is off when unset.");
    public static readonly Setting<string> TlsKeyFile = Http("EVENT_BUS_TLS_KEY_FILE", Format.ExistingFile("a PEM file"), null,
        "The certificate's unencrypted key, in PEM.");

    // Running either binary.
    public static readonly Setting<IPAddress> Bind = Operations("EVENT_BUS_BIND", Format.Address, null,
        "The address that every port listens at. All interfaces when unset, but the diagnostics' port then is at loopback only.");
    public static readonly Setting<int> MetricsPort = Operations("EVENT_BUS_METRICS_PORT", Format.Port, "9093",
        "The port of /metrics and of the health probes. It speaks plain HTTP/1.1; --health-check asks it.");
    public static readonly Setting<int> DiagnosticsPort = Operations("EVENT_BUS_DIAGNOSTICS_PORT", Format.Port, null,
        "A port for diagnostics (runtime, ring and producer statistics) as JSON; by convention 6063. Off when unset.");
    public static readonly Setting<TimeSpan> ShutdownTimeout = Operations("EVENT_BUS_SHUTDOWN_TIMEOUT", Duration(1, 3600), "25s",
        "The longest graceful stop; keep it below the pod's grace period.");
    public static readonly Setting<TimeSpan> ShutdownDelay = Operations("EVENT_BUS_SHUTDOWN_DELAY", Duration(0, 600), "0s",
        "How long the process keeps serving, unready, before it stops to listen, for load balancers that are slow to notice. A part of "
        + "EVENT_BUS_SHUTDOWN_TIMEOUT.");
    public static readonly Setting<string> LogLevel = Operations("EVENT_BUS_LOG_LEVEL",
        Format.OneOf("trace", "debug", "information", "warning", "error", "critical"), "information", "The least level that is logged.");
    public static readonly Setting<string> LogFormat = Operations("EVENT_BUS_LOG_FORMAT", Format.OneOf("auto", "json", "text"), "auto",
        "json: an object a line. text: a readable line. auto: text on a terminal, else json.");
    public static readonly Setting<double> LogSampling = Operations("EVENT_BUS_LOG_SAMPLING", Format.Number(0, 1), "1",
        "The share of entries below warning that is kept.");

    // Kafka.
    public static readonly Setting<string> KafkaBrokers = Kafka("KAFKA_BROKERS", SpecialFormats.Brokers, null,
        "The brokers to start from; embedded runs a mock cluster inside the gateway, which keeps a short tail and loses all at exit. Required.");
    public static readonly Setting<string> KafkaClientId =
        Kafka("KAFKA_CLIENT_ID", Format.Text("a name"), "event-bus-service", "The client id that brokers log and set quotas by.");
    public static readonly Setting<string> KafkaGroupId =
        Kafka("KAFKA_GROUP_ID", Format.Text("a name"), "event-bus-group", "The prefix of the worker's consumer groups.");
    public static readonly Setting<TimeSpan> KafkaSessionTimeout = Kafka("KAFKA_SESSION_TIMEOUT", Duration(1, 3600), "10s",
        "How long a silent consumer keeps its partitions.");
    public static readonly Setting<TimeSpan> KafkaHeartbeatInterval = Kafka("KAFKA_HEARTBEAT_INTERVAL", Duration(1, 3600), "3s",
        "How often a consumer says that it lives; below KAFKA_SESSION_TIMEOUT.");
    public static readonly Setting<string> KafkaAutoOffsetReset = Kafka("KAFKA_AUTO_OFFSET_RESET", Format.OneOf("latest", "earliest"), "latest",
        "Where live streams begin that have no position yet. The event store and the router always begin at the earliest.");
    public static readonly Setting<bool> KafkaEnableAutoCommit = Kafka("KAFKA_ENABLE_AUTO_COMMIT", Format.Boolean, "true",
        "Commit positions in the background; only what has been handled is ever stored for it.");
    public static readonly Setting<string> KafkaSecurityProtocol = Kafka("KAFKA_SECURITY_PROTOCOL",
        Format.OneOf("plaintext", "ssl", "sasl_plaintext", "sasl_ssl"), "plaintext", "How brokers are spoken to.");
    public static readonly Setting<string> KafkaSaslMechanism = Kafka("KAFKA_SASL_MECHANISM",
        Format.OneOf("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"), null, "Required with sasl_plaintext and sasl_ssl.");
    public static readonly Setting<string> KafkaSaslUsername =
        Kafka("KAFKA_SASL_USERNAME", Format.Text("a user name"), null, "Required with sasl_plaintext and sasl_ssl.");
    public static readonly Setting<string> KafkaSaslPassword =
        Add(new Setting<string>("Kafka", "KAFKA_SASL_PASSWORD", Format.Text("a password"), null, SettingUse.Both,
            "Required with sasl_plaintext and sasl_ssl. Never logged.", isSecret: true));
    public static readonly Setting<string> KafkaSslCaLocation = Kafka("KAFKA_SSL_CA_LOCATION", Format.ExistingFile("a PEM file"), null,
        "The certificates that brokers' are checked against; the system's own when unset.");
    public static readonly Setting<string> KafkaSslCertificateLocation = Kafka("KAFKA_SSL_CERTIFICATE_LOCATION",
        Format.ExistingFile("a PEM file"), null, "The client's certificate, where brokers ask for one.");
    public static readonly Setting<string> KafkaSslKeyLocation =
        Kafka("KAFKA_SSL_KEY_LOCATION", Format.ExistingFile("a PEM file"), null, "The client certificate's key.");
    public static readonly Setting<string> KafkaProducerFamily = Kafka("KAFKA_PRODUCER_*", SpecialFormats.LibrdkafkaProperty, null,
        "Any other librdkafka property of producers: KAFKA_PRODUCER_LINGER_MS sets linger.ms.");
    public static readonly Setting<string> KafkaConsumerFamily = Kafka("KAFKA_CONSUMER_*", SpecialFormats.LibrdkafkaProperty, null,
        "Any other librdkafka property of consumers: KAFKA_CONSUMER_FETCH_MIN_BYTES sets fetch.min.bytes.");

    // Topics.
    public static readonly Setting<IReadOnlyList<string>> Domains = Add(new Setting<IReadOnlyList<string>>("Topics", "EVENT_BUS_DOMAINS",
        SpecialFormats.Domains, "game,system,analytics,audit", SettingUse.Both, "The domains that event types and topics may begin with."));
    public static readonly Setting<bool> AutoCreateTopics = Topics("EVENT_BUS_AUTO_CREATE_TOPICS", Format.Boolean, null,
        "Make a topic at its first publish. When unset: true with KAFKA_BROKERS=embedded, else false.");
    public static readonly Setting<int> DefaultPartitions = Topics("EVENT_BUS_DEFAULT_PARTITIONS", Format.Integer(1, 10000), "3",
        "Partitions of topics that are made without a number.");
    public static readonly Setting<int> DefaultReplicas = Topics("EVENT_BUS_DEFAULT_REPLICAS", Format.Integer(1, 100), "2",
        "Replicas of topics that are made without a number, capped at the brokers there are. Three are recommended: with two, one dead "
        + "broker stops publishing to the topic.");
    public static readonly Setting<TimeSpan> EventRetentionPeriod = Topics("EVENT_BUS_EVENT_RETENTION_PERIOD",
        Format.Duration(TimeSpan.FromMinutes(1), 3650 * Day), "168h", "How long topics that are made without a period keep their events.");
    public static readonly Setting<string> DeadLetterTopic = Topics("EVENT_BUS_DEAD_LETTER_TOPIC", SpecialFormats.KafkaTopic,
        "dead-letter-events", "Where records go that cannot be handled and whose topic has no dead letters of its own.");

    // Publishing.
    public static readonly Setting<int> EventBufferSize = Publishing("EVENT_BUS_EVENT_BUFFER_SIZE", Format.Integer(16, 1 << 20), "16384",
        "Events that may be in flight at once, from their acceptance to Kafka's acknowledgement; rounded up to a power of two.");
    public static readonly Setting<long> EventBufferBytes = Publishing("EVENT_BUS_EVENT_BUFFER_BYTES", Format.Bytes(4L << 20, 8L << 30), "64MiB",
        "Bytes that events in flight may hold together.");
    public static readonly Setting<int> PublishRateLimit = Publishing("EVENT_BUS_PUBLISH_RATE_LIMIT", Format.Integer(1, 10_000_000), null,
        "Events a second that one client may publish. Off when unset.");
    public static readonly Setting<TimeSpan> IdempotencyWindow = Publishing("EVENT_BUS_IDEMPOTENCY_WINDOW",
        Format.Duration(TimeSpan.FromMinutes(1), 7 * Day), "24h", "How long an Idempotency-Key or event_id is remembered.");
    public static readonly Setting<int> IdempotencyEntries = Publishing("EVENT_BUS_IDEMPOTENCY_ENTRIES", Format.Integer(1, 10_000_000), "100000",
        "Keys that are remembered at most; the oldest go first.");

    // The worker.
    public static readonly Setting<IReadOnlyList<string>> WorkerRoles = Worker("EVENT_BUS_WORKER_ROLES", SpecialFormats.WorkerRoles,
        string.Join(',', SpecialFormats.WorkerRoleNames), "What this worker does.");
    public static readonly Setting<int> WorkerPoolSize =
        Worker("EVENT_BUS_WORKER_POOL_SIZE", Format.Integer(1, 1000), "10", "Deliveries that run at once.");
    public static readonly Setting<int> BatchSize = Worker("EVENT_BUS_BATCH_SIZE", Format.Integer(1, 10000), "100",
        "Events in one batch of a delivery. The gateway batches by itself, as its load asks, and takes no notice of this.");
    public static readonly Setting<int> MaxRetryAttempts = Worker("EVENT_BUS_MAX_RETRY_ATTEMPTS", Format.Integer(0, 100), "3",
        "Retries of a record that the worker itself cannot handle, before it becomes a dead letter.");
    public static readonly Setting<TimeSpan> RetryBackoff = Worker("EVENT_BUS_RETRY_BACKOFF",
        Format.Duration(TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1)), "1s", "The wait before the first such retry; it doubles.");
    public static readonly Setting<int> RateLimitEvents = Worker("EVENT_BUS_RATE_LIMIT_EVENTS", Format.Integer(1, 10_000_000), "1000",
        "Events that a subscriber is sent within EVENT_BUS_RATE_LIMIT_WINDOW, where its subscription says nothing else.");
    public static readonly Setting<TimeSpan> RateLimitWindow =
        Worker("EVENT_BUS_RATE_LIMIT_WINDOW", Duration(1, 86400), "1m", "The window of EVENT_BUS_RATE_LIMIT_EVENTS.");
    public static readonly Setting<bool> WebhookAllowHttp =
        Worker("EVENT_BUS_WEBHOOK_ALLOW_HTTP", Format.Boolean, "false", "Let webhooks have http: endpoints.");
    public static readonly Setting<IReadOnlyList<IPNetwork>> WebhookAllowNetworks = Worker("EVENT_BUS_WEBHOOK_ALLOW_NETWORKS", Format.Networks,
        null, "Private networks that webhooks may be sent to. None when unset.");

    // The other engines, and what is still to come.
    public static readonly Setting<string> DatabaseUrl = Add(new Setting<string>("Engines", "EVENT_BUS_DATABASE_URL", SpecialFormats.Database,
        null, SettingUse.Both, "PostgreSQL: the event store and the registry of topics. The worker needs it; without it the gateway publishes, and has "
        + "no topics, events or statistics to show.", isSecret: true));
    public static readonly Setting<int> DatabasePoolSize = Add(new Setting<int>("Engines", "EVENT_BUS_DATABASE_POOL_SIZE", Format.Integer(2, 1000),
        "10", SettingUse.Both, "Connections to PostgreSQL that one process holds at most."));
    public static readonly Setting<bool> AutoMigrate = Add(new Setting<bool>("Engines", "EVENT_BUS_AUTO_MIGRATE", Format.Boolean, "false",
        SettingUse.Both, "Bring the database's schema up to date at the start, as --migrate does. A process whose database is behind ends otherwise."));
    public static readonly Setting<TimeSpan> StoreRetention = Add(new Setting<TimeSpan>("Engines", "EVENT_BUS_STORE_RETENTION",
        Format.Duration(Day, 3650 * Day), "720h", SettingUse.Both, "How long stored events are kept, by whole days of UTC."));
    public static readonly Setting<Uri> RedisUrl = Add(new Setting<Uri>("Engines", "EVENT_BUS_REDIS_URL", SpecialFormats.Redis, null,
        SettingUse.Gateway, "Redis, in which all gateways then share what Idempotency-Keys and event_ids they have seen; rediss:// is TLS. While it "
        + "is away each decides alone. Each has a window of its own when unset.", isSecret: true));
    public static readonly Setting<bool> EncryptionEnabled = Add(new Setting<bool>("Engines", "EVENT_BUS_ENCRYPTION_ENABLED", Format.Boolean,
        "false", SettingUse.Both, "Encrypt payloads. Not yet supported: true ends the start, rather than being taken and not done."));

    /// <summary>Every variable, in the order of this file.</summary>
    public static IReadOnlyList<Setting> All => Table;

    /// <summary>Checks the form of every variable that is set, this binary's own or not, so that a slip is found wherever it is made.</summary>
    /// <exception cref="SettingsException">A value is not taken.</exception>
    public static void Check(EnvironmentReader environment)
    {
        foreach (var setting in Table)
            setting.Check(environment);
        if (environment.Get(EncryptionEnabled))
            throw EnvironmentReader.Error(EncryptionEnabled, "\"true\" cannot be used: it takes false, since encryption is not supported yet");
    }

    private static Format<TimeSpan> Duration(int minSeconds, int maxSeconds) =>
        Format.Duration(TimeSpan.FromSeconds(minSeconds), TimeSpan.FromSeconds(maxSeconds));

    private static Setting<T> Http<T>(string name, Format<T> format, string? preset, string meaning) =>
        Add(new Setting<T>("HTTP", name, format, preset, SettingUse.Gateway, meaning));

    private static Setting<T> Operations<T>(string name, Format<T> format, string? preset, string meaning) =>
        Add(new Setting<T>("Operations", name, format, preset, SettingUse.Both, meaning));

    private static Setting<T> Kafka<T>(string name, Format<T> format, string? preset, string meaning) =>
        Add(new Setting<T>("Kafka", name, format, preset, SettingUse.Both, meaning));

    private static Setting<T> Topics<T>(string name, Format<T> format, string? preset, string meaning) =>
        Add(new Setting<T>("Topics", name, format, preset, SettingUse.Both, meaning));

    private static Setting<T> Publishing<T>(string name, Format<T> format, string? preset, string meaning) =>
        Add(new Setting<T>("Publishing", name, format, preset, SettingUse.Gateway, meaning));

    private static Setting<T> Worker<T>(string name, Format<T> format, string? preset, string meaning) =>
        Add(new Setting<T>("Worker", name, format, preset, SettingUse.Worker, meaning));

    private static Setting<T> Add<T>(Setting<T> setting)
    {
        Table.Add(setting);
        return setting;
    }
}
