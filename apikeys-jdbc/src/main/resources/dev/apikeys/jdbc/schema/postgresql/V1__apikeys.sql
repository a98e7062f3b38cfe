-- Tables for API keys, their journal and temp keys, version 1, for PostgreSQL 13 and later. Safe to run again.
-- With another prefix than apikeys_, replace it throughout, or let JdbcSchema.create do so.
-- Times are epoch milliseconds. Ids compare by byte, whatever the collation of the database. No text is without a bound, so
-- that no row fills the memory of those who read it.

CREATE TABLE IF NOT EXISTS apikeys_key (
    id VARCHAR(64) COLLATE "C" NOT NULL,
    lookup VARCHAR(128) COLLATE "C",
    hash VARCHAR(256) COLLATE "C" NOT NULL,
    name VARCHAR(200) NOT NULL,
    description VARCHAR(2000),
    owner VARCHAR(200) COLLATE "C",
    role VARCHAR(64) COLLATE "C",
    permissions VARCHAR(65535),
    metadata VARCHAR(65535),
    attributes VARCHAR(65535),
    created_by VARCHAR(200) COLLATE "C",
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    revoked_at BIGINT,
    revoked_reason VARCHAR(500),
    disabled_at BIGINT,
    rotated_from VARCHAR(64) COLLATE "C",
    rotated_to VARCHAR(64) COLLATE "C",
    usage_count BIGINT NOT NULL,
    version BIGINT NOT NULL,
    -- The earlier of the two; what a purge goes by.
    ends_at BIGINT GENERATED ALWAYS AS (
        CASE WHEN expires_at IS NULL OR revoked_at < expires_at THEN revoked_at ELSE expires_at END) STORED,
    PRIMARY KEY (id)
) WITH (fillfactor = 90); -- Room on each page for rows that are used: one that moves needs an entry in each index.

CREATE UNIQUE INDEX IF NOT EXISTS apikeys_key_lookup ON apikeys_key (lookup) WHERE lookup IS NOT NULL;
CREATE INDEX IF NOT EXISTS apikeys_key_owner ON apikeys_key (owner, id) WHERE owner IS NOT NULL;
CREATE INDEX IF NOT EXISTS apikeys_key_ends ON apikeys_key (ends_at) WHERE ends_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS apikeys_key_creator ON apikeys_key (created_by, id) WHERE created_by IS NOT NULL;

-- What was done to keys, by whom, when. Rows are never changed.
CREATE TABLE IF NOT EXISTS apikeys_journal (
    time BIGINT NOT NULL,
    id VARCHAR(64) COLLATE "C" NOT NULL,
    type VARCHAR(32) COLLATE "C" NOT NULL,
    actor VARCHAR(200) COLLATE "C" NOT NULL,
    key_id VARCHAR(64) COLLATE "C",
    via VARCHAR(200),
    request_id VARCHAR(200),
    version BIGINT,
    count BIGINT NOT NULL,
    details VARCHAR(65535),
    -- The transaction that wrote the row; what nodes follow. Rows become visible in another order than that of the times.
    xact XID8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (id)
);

CREATE INDEX IF NOT EXISTS apikeys_journal_feed ON apikeys_journal (xact) WHERE type <> 'CREATED' AND key_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS apikeys_journal_time ON apikeys_journal (time, id);
CREATE INDEX IF NOT EXISTS apikeys_journal_key ON apikeys_journal (key_id, time, id) WHERE key_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS apikeys_journal_actor ON apikeys_journal (actor, time, id);

-- The last batch of usage of each node, so that a repeated one is added once.
CREATE TABLE IF NOT EXISTS apikeys_node (
    node VARCHAR(64) COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    time BIGINT NOT NULL,
    PRIMARY KEY (node)
);

CREATE TABLE IF NOT EXISTS apikeys_temp (
    ticket_hash VARCHAR(64) COLLATE "C" NOT NULL,
    key_id VARCHAR(64) COLLATE "C" NOT NULL,
    sealed VARCHAR(512) COLLATE "C",
    created_at BIGINT NOT NULL,
    deadline BIGINT NOT NULL,
    settled_at BIGINT,
    -- Of a row that waits for its hand-off.
    live_deadline BIGINT GENERATED ALWAYS AS (
        CASE WHEN sealed IS NOT NULL AND settled_at IS NULL THEN deadline END) STORED,
    -- Of a row that was settled or ended unread.
    spent_deadline BIGINT GENERATED ALWAYS AS (
        CASE WHEN sealed IS NULL OR settled_at IS NOT NULL THEN deadline END) STORED,
    PRIMARY KEY (ticket_hash)
);

CREATE INDEX IF NOT EXISTS apikeys_temp_key ON apikeys_temp (key_id);
CREATE INDEX IF NOT EXISTS apikeys_temp_live ON apikeys_temp (live_deadline) WHERE live_deadline IS NOT NULL;
CREATE INDEX IF NOT EXISTS apikeys_temp_spent ON apikeys_temp (spent_deadline) WHERE spent_deadline IS NOT NULL;

-- Which scripts were run, and from which version on a library may read and write what they made.
CREATE TABLE IF NOT EXISTS apikeys_schema (
    version INTEGER NOT NULL,
    compatible_from INTEGER NOT NULL,
    PRIMARY KEY (version)
);

INSERT INTO apikeys_schema (version, compatible_from)
SELECT 1, 1 WHERE NOT EXISTS (SELECT 1 FROM apikeys_schema WHERE version = 1);
