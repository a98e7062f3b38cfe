-- Tables for API keys, their journal and temp keys, version 1, for SQLite 3.37 and later. Safe to run again.
-- With another prefix than apikeys_, replace it throughout, or let JdbcSchema.create do so.
-- Times are epoch milliseconds. STRICT keeps each column to its type; lengths are not checked here.

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
    attributes TEXT,
    created_by TEXT,
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
    -- The earlier of the two; what a purge goes by.
    ends_at INTEGER GENERATED ALWAYS AS (
        CASE WHEN expires_at IS NULL OR revoked_at < expires_at THEN revoked_at ELSE expires_at END) STORED,
    PRIMARY KEY (id)
) STRICT;

CREATE UNIQUE INDEX IF NOT EXISTS apikeys_key_lookup ON apikeys_key (lookup) WHERE lookup IS NOT NULL;
CREATE INDEX IF NOT EXISTS apikeys_key_owner ON apikeys_key (owner, id) WHERE owner IS NOT NULL;
CREATE INDEX IF NOT EXISTS apikeys_key_ends ON apikeys_key (ends_at) WHERE ends_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS apikeys_key_creator ON apikeys_key (created_by, id) WHERE created_by IS NOT NULL;

-- What was done to keys, by whom, when. Rows are never changed.
CREATE TABLE IF NOT EXISTS apikeys_journal (
    -- In the order of the commits, and given once; what nodes follow.
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    actor TEXT NOT NULL,
    key_id TEXT,
    via TEXT,
    request_id TEXT,
    version INTEGER,
    count INTEGER NOT NULL,
    details TEXT,
    UNIQUE (id)
) STRICT;

CREATE INDEX IF NOT EXISTS apikeys_journal_time ON apikeys_journal (time, id);
CREATE INDEX IF NOT EXISTS apikeys_journal_key ON apikeys_journal (key_id, time, id) WHERE key_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS apikeys_journal_actor ON apikeys_journal (actor, time, id);

-- The last batch of usage of each node, so that a repeated one is added once.
CREATE TABLE IF NOT EXISTS apikeys_node (
    node TEXT NOT NULL,
    number INTEGER NOT NULL,
    time INTEGER NOT NULL,
    PRIMARY KEY (node)
) STRICT;

CREATE TABLE IF NOT EXISTS apikeys_temp (
    ticket_hash TEXT NOT NULL,
    key_id TEXT NOT NULL,
    sealed TEXT,
    created_at INTEGER NOT NULL,
    deadline INTEGER NOT NULL,
    settled_at INTEGER,
    -- Of a row that waits for its hand-off.
    live_deadline INTEGER GENERATED ALWAYS AS (
        CASE WHEN sealed IS NOT NULL AND settled_at IS NULL THEN deadline END) STORED,
    -- Of a row that was settled or ended unread.
    spent_deadline INTEGER GENERATED ALWAYS AS (
        CASE WHEN sealed IS NULL OR settled_at IS NOT NULL THEN deadline END) STORED,
    PRIMARY KEY (ticket_hash)
) STRICT;

CREATE INDEX IF NOT EXISTS apikeys_temp_key ON apikeys_temp (key_id);
CREATE INDEX IF NOT EXISTS apikeys_temp_live ON apikeys_temp (live_deadline) WHERE live_deadline IS NOT NULL;
CREATE INDEX IF NOT EXISTS apikeys_temp_spent ON apikeys_temp (spent_deadline) WHERE spent_deadline IS NOT NULL;

-- Which scripts were run, and from which version on a library may read and write what they made.
CREATE TABLE IF NOT EXISTS apikeys_schema (
    version INTEGER NOT NULL,
    compatible_from INTEGER NOT NULL,
    PRIMARY KEY (version)
) STRICT;

INSERT INTO apikeys_schema (version, compatible_from)
SELECT 1, 1 WHERE NOT EXISTS (SELECT 1 FROM apikeys_schema WHERE version = 1);
