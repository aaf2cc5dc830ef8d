-- What the event store, the registry and the statistics stand on.
-- Names are compared by their bytes (COLLATE "C"): they are ASCII or opaque, and the cheapest order is as good as any.

-- Which sources and ids are taken. A partitioned table cannot hold uniqueness across its partitions, so this one does: a row is claimed
-- in the transaction that stores the event, and points at the newest event of the pair.
CREATE TABLE event_keys (
    event_id   VARCHAR(100) COLLATE "C" NOT NULL,
    source     VARCHAR(100) COLLATE "C" NOT NULL,
    id         UUID NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (event_id, source)
);
CREATE INDEX event_keys_created_at ON event_keys USING brin (created_at);

-- One row for each event, the first record of its source and id. created_at is the ingest time, Kafka's record time; "timestamp" is the
-- client's. A payload that is not text (invalid UTF-8, or U+0000 in it) is kept in payload_bytes, and payload is null.
CREATE TABLE events (
    id            UUID NOT NULL DEFAULT gen_random_uuid(),
    event_id      VARCHAR(100) COLLATE "C" NOT NULL,
    event_type    VARCHAR(100) COLLATE "C" NOT NULL,
    topic         VARCHAR(255) COLLATE "C" NOT NULL,
    source        VARCHAR(100) COLLATE "C" NOT NULL,
    payload       TEXT,
    partition     INTEGER,
    "offset"      BIGINT,
    status        VARCHAR(20) NOT NULL DEFAULT 'pending',
    retry_count   INTEGER NOT NULL DEFAULT 0,
    priority      VARCHAR(10) NOT NULL DEFAULT 'normal',
    "timestamp"   TIMESTAMPTZ NOT NULL DEFAULT now(),
    created_at    TIMESTAMPTZ NOT NULL DEFAULT now(),
    processed_at  TIMESTAMPTZ,
    is_replayable BOOLEAN NOT NULL DEFAULT true,
    is_encrypted  BOOLEAN NOT NULL DEFAULT false,
    payload_bytes BYTEA,
    content_type  VARCHAR(255),
    key           TEXT COLLATE "C",
    session_id    VARCHAR(100) COLLATE "C",
    player_id     VARCHAR(100) COLLATE "C",
    headers       TEXT,
    topic_id      UUID,
    PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);

-- An index for each filter that the search offers, ending in the order of its pages.
CREATE INDEX events_created_at ON events (created_at, id);
CREATE INDEX events_topic ON events (topic, created_at, id);
CREATE INDEX events_event_type ON events (event_type, created_at, id);
CREATE INDEX events_source ON events (source, created_at, id);
CREATE INDEX events_session_id ON events (session_id, created_at, id) WHERE session_id IS NOT NULL;

-- Records whose time no other partition covers: clocks that are far off, other producers' own times.
CREATE TABLE events_default PARTITION OF events DEFAULT;

-- How far the sink has come. It is moved in the transaction that stores the rows, and only by whom finds it where he left it. Kafka's
-- topic id stands for the topic, since one that is deleted and made again starts at offset 0. Rows outlive their topic: the counts are
-- the deployment's totals.
CREATE TABLE sink_offsets (
    topic_id      UUID NOT NULL,
    partition     INTEGER NOT NULL,
    topic         VARCHAR(255) COLLATE "C" NOT NULL,
    next          BIGINT NOT NULL,
    stored        BIGINT NOT NULL DEFAULT 0,
    duplicates    BIGINT NOT NULL DEFAULT 0,
    dead_lettered BIGINT NOT NULL DEFAULT 0,
    lost          BIGINT NOT NULL DEFAULT 0,
    updated_at    TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (topic_id, partition)
);
CREATE INDEX sink_offsets_topic ON sink_offsets (topic);

-- The registry. status: creating, active or deleting; only active topics are shown and published to.
CREATE TABLE topics (
    id                 UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    name               VARCHAR(255) COLLATE "C" UNIQUE NOT NULL,
    description        TEXT,
    schema             TEXT,
    partitions         INTEGER NOT NULL DEFAULT 3,
    replication_factor INTEGER NOT NULL DEFAULT 2,
    retention_hours    INTEGER NOT NULL DEFAULT 168,
    status             VARCHAR(20) NOT NULL DEFAULT 'active',
    category           VARCHAR(20) NOT NULL DEFAULT 'game',
    owner_service      VARCHAR(100),
    created_at         TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at         TIMESTAMPTZ NOT NULL DEFAULT now(),
    is_system_topic    BOOLEAN NOT NULL DEFAULT false,
    requires_auth      BOOLEAN NOT NULL DEFAULT false,
    enable_dlq         BOOLEAN NOT NULL DEFAULT true
);

CREATE TABLE event_subscriptions (
    id                 UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    subscription_id    VARCHAR(100) COLLATE "C" UNIQUE NOT NULL,
    service_name       VARCHAR(100) NOT NULL,
    topic_pattern      VARCHAR(255) NOT NULL DEFAULT '*',
    event_types        TEXT,
    endpoint           VARCHAR(500),
    filter             TEXT,
    status             VARCHAR(20) NOT NULL DEFAULT 'active',
    method             VARCHAR(20) NOT NULL DEFAULT 'kafka',
    auth_token         VARCHAR(255),
    max_retries        INTEGER NOT NULL DEFAULT 3,
    retry_delay        INTEGER NOT NULL DEFAULT 60,
    rate_limit_per_min INTEGER NOT NULL DEFAULT 1000,
    is_active          BOOLEAN NOT NULL DEFAULT true,
    enable_batching    BOOLEAN NOT NULL DEFAULT false,
    requires_ack       BOOLEAN NOT NULL DEFAULT true,
    created_at         TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at         TIMESTAMPTZ NOT NULL DEFAULT now(),
    last_active        TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE event_deliveries (
    id              UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    event_id        VARCHAR(100) COLLATE "C" NOT NULL,
    subscription_id VARCHAR(100) COLLATE "C" NOT NULL,
    attempt_number  INTEGER NOT NULL,
    status          VARCHAR(20) NOT NULL,
    method          VARCHAR(20) NOT NULL,
    response        TEXT,
    error_message   TEXT,
    status_code     INTEGER,
    duration_ms     FLOAT,
    delivered_at    TIMESTAMPTZ NOT NULL,
    next_retry_at   TIMESTAMPTZ,
    is_last_attempt BOOLEAN NOT NULL DEFAULT false
);
CREATE INDEX event_deliveries_event_id ON event_deliveries (event_id);

-- What readers of a snapshot look at every second instead of at the tables themselves. Triggers keep it, so that a change by hand
-- reaches the processes too.
CREATE TABLE registry_versions (
    name    VARCHAR(20) PRIMARY KEY,
    version BIGINT NOT NULL
);
INSERT INTO registry_versions VALUES ('topics', 1), ('subscriptions', 1);

CREATE FUNCTION bump_registry_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE registry_versions SET version = version + 1 WHERE name = TG_ARGV[0];
    RETURN NULL;
END $$;
CREATE TRIGGER topics_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON topics
    FOR EACH STATEMENT EXECUTE FUNCTION bump_registry_version('topics');
CREATE TRIGGER subscriptions_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON event_subscriptions
    FOR EACH STATEMENT EXECUTE FUNCTION bump_registry_version('subscriptions');

-- One row for each process and beat: its counters since its start. Statistics are differences of rows of the last minutes.
CREATE TABLE heartbeats (
    instance    VARCHAR(200) COLLATE "C" NOT NULL,
    at          TIMESTAMPTZ NOT NULL,
    kind        VARCHAR(20) NOT NULL,
    published   BIGINT NOT NULL DEFAULT 0,
    failed      BIGINT NOT NULL DEFAULT 0,
    consumed    BIGINT NOT NULL DEFAULT 0,
    processing_seconds DOUBLE PRECISION NOT NULL DEFAULT 0,
    PRIMARY KEY (instance, at)
);
CREATE INDEX heartbeats_at ON heartbeats (at);
