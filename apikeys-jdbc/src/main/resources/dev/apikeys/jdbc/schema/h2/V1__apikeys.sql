-- Tables for API keys and temp keys, version 1, for H2 2.x. Safe to run again.
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
    permissions VARCHAR_CASESENSITIVE,
    metadata VARCHAR_CASESENSITIVE,
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
    -- The earlier of the two; what the purge goes by.
    ends_at BIGINT GENERATED ALWAYS AS (
        CASE WHEN expires_at IS NULL OR revoked_at < expires_at THEN revoked_at ELSE expires_at END),
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX IF NOT EXISTS apikeys_key_lookup ON apikeys_key (lookup);
CREATE INDEX IF NOT EXISTS apikeys_key_owner ON apikeys_key (owner, id);
CREATE INDEX IF NOT EXISTS apikeys_key_ends ON apikeys_key (ends_at);

CREATE TABLE IF NOT EXISTS apikeys_temp (
    ticket_hash VARCHAR_CASESENSITIVE(64) NOT NULL,
    key_id VARCHAR_CASESENSITIVE(64) NOT NULL,
    sealed VARCHAR_CASESENSITIVE(512),
    created_at BIGINT NOT NULL,
    deadline BIGINT NOT NULL,
    settled_at BIGINT,
    PRIMARY KEY (ticket_hash)
);

CREATE INDEX IF NOT EXISTS apikeys_temp_key ON apikeys_temp (key_id);
CREATE INDEX IF NOT EXISTS apikeys_temp_deadline ON apikeys_temp (deadline);
CREATE INDEX IF NOT EXISTS apikeys_temp_live ON apikeys_temp (settled_at);

-- How far an import from elsewhere came.
CREATE TABLE IF NOT EXISTS apikeys_import (
    source VARCHAR_CASESENSITIVE(200) NOT NULL,
    mark VARCHAR_CASESENSITIVE(200) NOT NULL,
    PRIMARY KEY (source)
);

CREATE TABLE IF NOT EXISTS apikeys_schema (
    version INTEGER NOT NULL,
    PRIMARY KEY (version)
);

INSERT INTO apikeys_schema (version)
SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM apikeys_schema WHERE version = 1);
