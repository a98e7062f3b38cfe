-- Tables for API keys and temp keys, version 1, for PostgreSQL 12 and later. Safe to run again.
-- With another prefix than apikeys_, replace it throughout, or let JdbcSchema.create do so.
-- Times are epoch milliseconds. Ids compare by byte, whatever the collation of the database.

CREATE TABLE IF NOT EXISTS apikeys_key (
    id VARCHAR(64) COLLATE "C" NOT NULL,
    lookup VARCHAR(128) COLLATE "C",
    hash VARCHAR(256) COLLATE "C" NOT NULL,
    name VARCHAR(200) NOT NULL,
    description VARCHAR(2000),
    owner VARCHAR(200) COLLATE "C",
    role VARCHAR(64) COLLATE "C",
    permissions TEXT,
    metadata TEXT,
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
    -- The earlier of the two; what the purge goes by.
    ends_at BIGINT GENERATED ALWAYS AS (
        CASE WHEN expires_at IS NULL OR revoked_at < expires_at THEN revoked_at ELSE expires_at END) STORED,
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX IF NOT EXISTS apikeys_key_lookup ON apikeys_key (lookup) WHERE lookup IS NOT NULL;
CREATE INDEX IF NOT EXISTS apikeys_key_owner ON apikeys_key (owner, id) WHERE owner IS NOT NULL;
CREATE INDEX IF NOT EXISTS apikeys_key_ends ON apikeys_key (ends_at) WHERE ends_at IS NOT NULL;

CREATE TABLE IF NOT EXISTS apikeys_temp (
    ticket_hash VARCHAR(64) COLLATE "C" NOT NULL,
    key_id VARCHAR(64) COLLATE "C" NOT NULL,
    sealed VARCHAR(512) COLLATE "C",
    created_at BIGINT NOT NULL,
    deadline BIGINT NOT NULL,
    settled_at BIGINT,
    PRIMARY KEY (ticket_hash)
);

CREATE INDEX IF NOT EXISTS apikeys_temp_key ON apikeys_temp (key_id);
CREATE INDEX IF NOT EXISTS apikeys_temp_deadline ON apikeys_temp (deadline);
CREATE INDEX IF NOT EXISTS apikeys_temp_live ON apikeys_temp (deadline) WHERE settled_at IS NULL;

-- How far an import from elsewhere came.
CREATE TABLE IF NOT EXISTS apikeys_import (
    source VARCHAR(200) COLLATE "C" NOT NULL,
    mark VARCHAR(200) COLLATE "C" NOT NULL,
    PRIMARY KEY (source)
);

CREATE TABLE IF NOT EXISTS apikeys_schema (
    version INTEGER NOT NULL,
    PRIMARY KEY (version)
);

INSERT INTO apikeys_schema (version)
SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM apikeys_schema WHERE version = 1);
