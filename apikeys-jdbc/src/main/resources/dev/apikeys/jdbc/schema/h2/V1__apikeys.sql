-- Tables for API keys, their journal and temp keys, version 1, for H2 2.2.220 and later. Safe to run again.
-- With another prefix than apikeys_, replace it throughout, or let JdbcSchema.create do so.
-- Times are epoch milliseconds. Lengths count UTF-16 units, so they are twice the number of code points.

CREATE TABLE IF NOT EXISTS apikeys_key (
    id VARCHAR_CASESENSITIVE(64) NOT NULL,
    lookup VARCHAR_CASESENSITIVE(128),
    hash VARCHAR_CASESENSITIVE(256) NOT NULL,
    name VARCHAR_CASESENSITIVE(400) NOT NULL,
    description VARCHAR_CASESENSITIVE(4000),
    owner VARCHAR_CASESENSITIVE(400),
    role VARCHAR_CASESENSITIVE(64),
    permissions VARCHAR_CASESENSITIVE(65535),
    metadata VARCHAR_CASESENSITIVE(65535),
    attributes VARCHAR_CASESENSITIVE(65535),
    created_by VARCHAR_CASESENSITIVE(400),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    revoked_at BIGINT,
    revoked_reason VARCHAR_CASESENSITIVE(1000),
    disabled_at BIGINT,
    rotated_from VARCHAR_CASESENSITIVE(64),
    rotated_to VARCHAR_CASESENSITIVE(64),
    usage_count BIGINT NOT NULL,
    version BIGINT NOT NULL,
    -- The earlier of the two; what a purge goes by.
    ends_at BIGINT GENERATED ALWAYS AS (
        CASE WHEN expires_at IS NULL OR revoked_at < expires_at THEN revoked_at ELSE expires_at END),
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX IF NOT EXISTS apikeys_key_lookup ON apikeys_key (lookup);
CREATE INDEX IF NOT EXISTS apikeys_key_owner ON apikeys_key (owner, id);
CREATE INDEX IF NOT EXISTS apikeys_key_ends ON apikeys_key (ends_at);
CREATE INDEX IF NOT EXISTS apikeys_key_creator ON apikeys_key (created_by, id);

-- What was done to keys, by whom, when. Rows are never changed.
CREATE TABLE IF NOT EXISTS apikeys_journal (
    time BIGINT NOT NULL,
    id VARCHAR_CASESENSITIVE(64) NOT NULL,
    type VARCHAR_CASESENSITIVE(32) NOT NULL,
    actor VARCHAR_CASESENSITIVE(400) NOT NULL,
    key_id VARCHAR_CASESENSITIVE(64),
    via VARCHAR_CASESENSITIVE(400),
    request_id VARCHAR_CASESENSITIVE(400),
    version BIGINT,
    count BIGINT NOT NULL,
    details VARCHAR_CASESENSITIVE(65535),
    -- In the order of the inserts, not of the commits.
    seq BIGINT GENERATED ALWAYS AS IDENTITY,
    -- Of a change of a key that existed; what nodes follow.
    told_at BIGINT GENERATED ALWAYS AS (
        CASE WHEN type <> 'CREATED' AND key_id IS NOT NULL THEN time END),
    PRIMARY KEY (id)
);

CREATE INDEX IF NOT EXISTS apikeys_journal_seq ON apikeys_journal (seq);
CREATE INDEX IF NOT EXISTS apikeys_journal_feed ON apikeys_journal (told_at);
CREATE INDEX IF NOT EXISTS apikeys_journal_time ON apikeys_journal (time, id);
CREATE INDEX IF NOT EXISTS apikeys_journal_key ON apikeys_journal (key_id, time, id);
CREATE INDEX IF NOT EXISTS apikeys_journal_actor ON apikeys_journal (actor, time, id);

-- The last batch of usage of each node, so that a repeated one is added once.
CREATE TABLE IF NOT EXISTS apikeys_node (
    node VARCHAR_CASESENSITIVE(64) NOT NULL,
    number BIGINT NOT NULL,
    time BIGINT NOT NULL,
    PRIMARY KEY (node)
);

CREATE TABLE IF NOT EXISTS apikeys_temp (
    ticket_hash VARCHAR_CASESENSITIVE(64) NOT NULL,
    key_id VARCHAR_CASESENSITIVE(64) NOT NULL,
    sealed VARCHAR_CASESENSITIVE(512),
    created_at BIGINT NOT NULL,
    deadline BIGINT NOT NULL,
    settled_at BIGINT,
    -- Of a row that waits for its hand-off.
    live_deadline BIGINT GENERATED ALWAYS AS (
        CASE WHEN sealed IS NOT NULL AND settled_at IS NULL THEN deadline END),
    -- Of a row that was settled or ended unread.
    spent_deadline BIGINT GENERATED ALWAYS AS (
        CASE WHEN sealed IS NULL OR settled_at IS NOT NULL THEN deadline END),
    PRIMARY KEY (ticket_hash)
);

CREATE INDEX IF NOT EXISTS apikeys_temp_key ON apikeys_temp (key_id);
CREATE INDEX IF NOT EXISTS apikeys_temp_live ON apikeys_temp (live_deadline);
CREATE INDEX IF NOT EXISTS apikeys_temp_spent ON apikeys_temp (spent_deadline);

-- Which scripts were run, and from which version on a library may read and write what they made.
CREATE TABLE IF NOT EXISTS apikeys_schema (
    version INTEGER NOT NULL,
    compatible_from INTEGER NOT NULL,
    PRIMARY KEY (version)
);

INSERT INTO apikeys_schema (version, compatible_from)
SELECT 1, 1 WHERE NOT EXISTS (SELECT 1 FROM apikeys_schema WHERE version = 1);
