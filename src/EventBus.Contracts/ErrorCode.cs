namespace EventBus.Contracts;

/// <summary>
/// One kind of refusal: the stable <c>code</c>, HTTP status and title of an RFC 9457 problem. Codes never change or disappear once released;
/// a golden test holds the list.
/// </summary>
public sealed class ErrorCode
{
    private static readonly List<ErrorCode> Known = [];

    private ErrorCode(int status, string code, string title, bool retry = false)
    {
        Status = status;
        Code = code;
        Title = title;
        Retry = retry;
        Known.Add(this);
    }

    /// <summary>The HTTP status that goes with the code.</summary>
    public int Status { get; }

    /// <summary>The stable, machine-readable word, in snake_case.</summary>
    public string Code { get; }

    /// <summary>The problem's title: the same for every occurrence (RFC 9457, section 3.1.3).</summary>
    public string Title { get; }

    /// <summary>True where trying again later may help: the answer then carries <c>Retry-After</c>.</summary>
    public bool Retry { get; }

    /// <summary>The problem's <c>type</c>: a URN, since the codes have no page of their own to point at.</summary>
    public string Type => "urn:event-bus:error:" + Code;

    /// <summary>Every code, in the order of this file.</summary>
    public static IReadOnlyList<ErrorCode> All => Known;

    // What a request says (400, 413, 415, 422).
    /// <summary>400 <c>invalid_request</c>: The HTTP request is malformed.</summary>
    public static readonly ErrorCode InvalidRequest = new(400, "invalid_request", "The HTTP request is malformed");
    /// <summary>400 <c>invalid_json</c>: The body is not valid JSON.</summary>
    public static readonly ErrorCode InvalidJson = new(400, "invalid_json", "The body is not valid JSON");
    /// <summary>400 <c>invalid_type</c>: A value has the wrong type.</summary>
    public static readonly ErrorCode InvalidType = new(400, "invalid_type", "A value has the wrong type");
    /// <summary>400 <c>duplicate_field</c>: A field is given twice.</summary>
    public static readonly ErrorCode DuplicateField = new(400, "duplicate_field", "A field is given twice");
    /// <summary>400 <c>missing_field</c>: A required field is missing.</summary>
    public static readonly ErrorCode MissingField = new(400, "missing_field", "A required field is missing");
    /// <summary>400 <c>invalid_priority</c>: The priority is unknown.</summary>
    public static readonly ErrorCode InvalidPriority = new(400, "invalid_priority", "The priority is unknown");
    /// <summary>400 <c>invalid_string</c>: A string is not valid text.</summary>
    public static readonly ErrorCode InvalidString = new(400, "invalid_string", "A string is not valid text");
    /// <summary>400 <c>not_finite</c>: A number is not finite.</summary>
    public static readonly ErrorCode NotFinite = new(400, "not_finite", "A number is not finite");
    /// <summary>400 <c>invalid_event_type</c>: The event type is invalid.</summary>
    public static readonly ErrorCode InvalidEventType = new(400, "invalid_event_type", "The event type is invalid");
    /// <summary>400 <c>invalid_topic</c>: The topic name is invalid.</summary>
    public static readonly ErrorCode InvalidTopic = new(400, "invalid_topic", "The topic name is invalid");
    /// <summary>400 <c>invalid_timestamp</c>: The timestamp is invalid.</summary>
    public static readonly ErrorCode InvalidTimestamp = new(400, "invalid_timestamp", "The timestamp is invalid");
    /// <summary>400 <c>invalid_header</c>: A header is invalid.</summary>
    public static readonly ErrorCode InvalidHeader = new(400, "invalid_header", "A header is invalid");
    /// <summary>400 <c>too_long</c>: A value is too long.</summary>
    public static readonly ErrorCode TooLong = new(400, "too_long", "A value is too long");
    /// <summary>400 <c>invalid_cloudevent</c>: The CloudEvent is invalid.</summary>
    public static readonly ErrorCode InvalidCloudEvent = new(400, "invalid_cloudevent", "The CloudEvent is invalid");
    /// <summary>400 <c>invalid_idempotency_key</c>: The Idempotency-Key header is invalid.</summary>
    public static readonly ErrorCode InvalidIdempotencyKey = new(400, "invalid_idempotency_key", "The Idempotency-Key header is invalid");
    /// <summary>400 <c>unknown_field</c>: The contract has no such field.</summary>
    public static readonly ErrorCode UnknownField = new(400, "unknown_field", "The contract has no such field");
    /// <summary>400 <c>invalid_schema</c>: It is not a JSON Schema that can be used.</summary>
    public static readonly ErrorCode InvalidSchema = new(400, "invalid_schema", "It is not a JSON Schema that can be used");
    /// <summary>400 <c>invalid_cursor</c>: The page cursor is not one of ours.</summary>
    public static readonly ErrorCode InvalidCursor = new(400, "invalid_cursor", "The page cursor is not one of ours");
    /// <summary>400 <c>invalid_parameter</c>: A query parameter is invalid.</summary>
    public static readonly ErrorCode InvalidParameter = new(400, "invalid_parameter", "A query parameter is invalid");
    /// <summary>413 <c>request_too_large</c>: The request is too large.</summary>
    public static readonly ErrorCode RequestTooLarge = new(413, "request_too_large", "The request is too large");
    /// <summary>413 <c>event_too_large</c>: The event is too large.</summary>
    public static readonly ErrorCode EventTooLarge = new(413, "event_too_large", "The event is too large");
    /// <summary>413 <c>batch_too_large</c>: The batch is too large.</summary>
    public static readonly ErrorCode BatchTooLarge = new(413, "batch_too_large", "The batch is too large");
    /// <summary>415 <c>unsupported_media_type</c>: The content type is not supported.</summary>
    public static readonly ErrorCode UnsupportedMediaType = new(415, "unsupported_media_type", "The content type is not supported");
    /// <summary>422 <c>idempotency_mismatch</c>: The key was used for another request.</summary>
    public static readonly ErrorCode IdempotencyMismatch = new(422, "idempotency_mismatch", "The key was used for another request");
    /// <summary>422 <c>schema_mismatch</c>: The event does not fit its topic's schema.</summary>
    public static readonly ErrorCode SchemaMismatch = new(422, "schema_mismatch", "The event does not fit its topic's schema");
    /// <summary>422 <c>schema_incompatible</c>: The schema may refuse what the present one takes.</summary>
    public static readonly ErrorCode SchemaIncompatible =
        new(422, "schema_incompatible", "The schema may refuse what the present one takes");
    /// <summary>422 <c>topic_refused</c>: Kafka does not make such a topic.</summary>
    public static readonly ErrorCode TopicRefused = new(422, "topic_refused", "Kafka does not make such a topic");
    /// <summary>422 <c>partitions_can_only_grow</c>: A topic's partitions can only grow.</summary>
    public static readonly ErrorCode PartitionsCanOnlyGrow =
        new(422, "partitions_can_only_grow", "A topic's partitions can only grow");
    /// <summary>422 <c>not_supported</c>: This is not supported yet.</summary>
    public static readonly ErrorCode NotSupported = new(422, "not_supported", "This is not supported yet");

    // What the state of things says (404, 405, 408, 409).
    /// <summary>404 <c>not_found</c>: There is nothing at this path.</summary>
    public static readonly ErrorCode NotFound = new(404, "not_found", "There is nothing at this path");
    /// <summary>404 <c>unknown_topic</c>: The topic does not exist.</summary>
    public static readonly ErrorCode UnknownTopic = new(404, "unknown_topic", "The topic does not exist");
    /// <summary>404 <c>unknown_event</c>: The event does not exist.</summary>
    public static readonly ErrorCode UnknownEvent = new(404, "unknown_event", "The event does not exist");
    /// <summary>405 <c>method_not_allowed</c>: The method is not allowed here.</summary>
    public static readonly ErrorCode MethodNotAllowed = new(405, "method_not_allowed", "The method is not allowed here");
    /// <summary>408 <c>request_timeout</c>: The request did not arrive in time.</summary>
    public static readonly ErrorCode RequestTimeout = new(408, "request_timeout", "The request did not arrive in time");
    /// <summary>409 <c>idempotency_in_flight</c>: A request with this key is being handled.</summary>
    public static readonly ErrorCode IdempotencyInFlight =
        new(409, "idempotency_in_flight", "A request with this key is being handled", retry: true);
    /// <summary>409 <c>topic_exists</c>: The topic's name is taken.</summary>
    public static readonly ErrorCode TopicExists = new(409, "topic_exists", "The topic's name is taken");
    /// <summary>409 <c>topic_changed</c>: The topic was changed meanwhile.</summary>
    public static readonly ErrorCode TopicChanged = new(409, "topic_changed", "The topic was changed meanwhile", retry: true);

    // What is our own fault (500).

    /// <summary>500 <c>internal_error</c>: The gateway failed.</summary>
    public static readonly ErrorCode InternalError = new(500, "internal_error", "The gateway failed", retry: true);

    // What the engines say (429, 503).
    /// <summary>429 <c>overloaded</c>: Too many events are waiting.</summary>
    public static readonly ErrorCode Overloaded = new(429, "overloaded", "Too many events are waiting", retry: true);
    /// <summary>429 <c>rate_limited</c>: This client publishes too fast.</summary>
    public static readonly ErrorCode RateLimited = new(429, "rate_limited", "This client publishes too fast", retry: true);
    /// <summary>503 <c>kafka_unavailable</c>: Kafka is not available.</summary>
    public static readonly ErrorCode KafkaUnavailable = new(503, "kafka_unavailable", "Kafka is not available", retry: true);
    /// <summary>503 <c>not_enough_replicas</c>: Too few replicas are in sync.</summary>
    public static readonly ErrorCode NotEnoughReplicas =
        new(503, "not_enough_replicas", "Too few replicas are in sync", retry: true);
    /// <summary>503 <c>publish_outcome_unknown</c>: It is not known whether the event was stored.</summary>
    public static readonly ErrorCode PublishOutcomeUnknown =
        new(503, "publish_outcome_unknown", "It is not known whether the event was stored", retry: true);
    /// <summary>503 <c>shutting_down</c>: This instance is shutting down.</summary>
    public static readonly ErrorCode ShuttingDown = new(503, "shutting_down", "This instance is shutting down", retry: true);
    /// <summary>503 <c>database_not_configured</c>: No database is configured.</summary>
    public static readonly ErrorCode DatabaseNotConfigured = new(503, "database_not_configured", "No database is configured");
    /// <summary>503 <c>database_unavailable</c>: The database is not available.</summary>
    public static readonly ErrorCode DatabaseUnavailable =
        new(503, "database_unavailable", "The database is not available", retry: true);
    /// <summary>503 <c>status_not_ready</c>: It is not known yet what became of the event.</summary>
    public static readonly ErrorCode StatusNotReady =
        new(503, "status_not_ready", "It is not known yet what became of the event", retry: true);
}
