-- Tables for API keys and temp keys, version 1, for SQLite 3.35 and later. Safe to run again.
-- With another prefix than apikeys_, replace it throughout, or let JdbcSchema.create do so.
-- Times are epoch milliseconds. Lengths are not checked here.

CREATE TABLE IF NOT EXISTS apikeys_key (
    id TEXT NOT NULL,
    lookup TEXT,
    hash TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    owner TEXT,
    role TEXT,
    permissions TEXT,
    metadata TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    expires_at INTEGER,
    last_used_at INTEGER,
    revoked_at INTEGER,
    revoked_reason TEXT,
    disabled_at INTEGER,
    rotated_from TEXT,
    rotated_to TEXT,
    usage_count INTEGER NOT NULL,
    version INTEGER NOT NULL,
    -- The earlier of the two; what the purge goes by.
    ends_at INTEGER GENERATED ALWAYS AS (
        CASE WHEN expires_at IS NULL OR revoked_at < expires_at THEN revoked_at ELSE expires_at END) STORED,
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX IF NOT EXISTS apikeys_key_lookup ON apikeys_key (lookup) WHERE lookup IS NOT NULL;
CREATE INDEX IF NOT EXISTS apikeys_key_owner ON apikeys_key (owner, id) WHERE owner IS NOT NULL;
CREATE INDEX IF NOT EXISTS apikeys_key_ends ON apikeys_key (ends_at) WHERE ends_at IS NOT NULL;

CREATE TABLE IF NOT EXISTS apikeys_temp (
    ticket_hash TEXT NOT NULL,
    key_id TEXT NOT NULL,
    sealed TEXT,
    created_at INTEGER NOT NULL,
    deadline INTEGER NOT NULL,
    settled_at INTEGER,
    PRIMARY KEY (ticket_hash)
);

CREATE INDEX IF NOT EXISTS apikeys_temp_key ON apikeys_temp (key_id);
CREATE INDEX IF NOT EXISTS apikeys_temp_deadline ON apikeys_temp (deadline);
CREATE INDEX IF NOT EXISTS apikeys_temp_live ON apikeys_temp (deadline) WHERE settled_at IS NULL;

-- How far an import from elsewhere came.
CREATE TABLE IF NOT EXISTS apikeys_import (
    source TEXT NOT NULL,
    mark TEXT NOT NULL,
    PRIMARY KEY (source)
);

CREATE TABLE IF NOT EXISTS apikeys_schema (
    version INTEGER NOT NULL,
    PRIMARY KEY (version)
);

INSERT INTO apikeys_schema (version)
SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM apikeys_schema WHERE version = 1);
