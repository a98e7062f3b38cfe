-- Tables for API keys, their journal and temp keys, version 1, for MariaDB 10.6 and later. Safe to run again.
-- With another prefix than apikeys_, replace it throughout, or let JdbcSchema.create do so.
-- Times are epoch milliseconds. Texts compare by byte and without padding.

CREATE TABLE IF NOT EXISTS apikeys_key (
    id VARCHAR(64) NOT NULL,
    lookup VARCHAR(128),
    hash VARCHAR(256) NOT NULL,
    name VARCHAR(200) NOT NULL,
    description VARCHAR(2000),
    owner VARCHAR(200),
    role VARCHAR(64),
    permissions TEXT,
    metadata TEXT,
    attributes TEXT,
    created_by VARCHAR(200),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    revoked_at BIGINT,
    revoked_reason VARCHAR(500),
    disabled_at BIGINT,
    rotated_from VARCHAR(64),
    rotated_to VARCHAR(64),
    usage_count BIGINT NOT NULL,
    version BIGINT NOT NULL,
    -- The earlier of the two; what a purge goes by.
    ends_at BIGINT GENERATED ALWAYS AS (
        CASE WHEN expires_at IS NULL OR revoked_at < expires_at THEN revoked_at ELSE expires_at END) STORED,
    PRIMARY KEY (id),
    UNIQUE KEY apikeys_key_lookup (lookup),
    KEY apikeys_key_owner (owner, id),
    KEY apikeys_key_ends (ends_at),
    KEY apikeys_key_creator (created_by, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- What was done to keys, by whom, when. Rows are never changed.
CREATE TABLE IF NOT EXISTS apikeys_journal (
    time BIGINT NOT NULL,
    id VARCHAR(64) NOT NULL,
    type VARCHAR(32) NOT NULL,
    actor VARCHAR(200) NOT NULL,
    key_id VARCHAR(64),
    via VARCHAR(200),
    request_id VARCHAR(200),
    version BIGINT,
    count BIGINT NOT NULL,
    details TEXT,
    -- In the order of the inserts, not of the commits.
    seq BIGINT NOT NULL AUTO_INCREMENT,
    -- Of a change of a key that existed; what nodes follow.
    told_at BIGINT GENERATED ALWAYS AS (
        CASE WHEN type <> 'CREATED' AND key_id IS NOT NULL THEN time END) STORED,
    PRIMARY KEY (id),
    KEY apikeys_journal_seq (seq),
    KEY apikeys_journal_feed (told_at, key_id),
    KEY apikeys_journal_time (time, id),
    KEY apikeys_journal_key (key_id, time, id),
    KEY apikeys_journal_actor (actor, time, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- The last batch of usage of each node, so that a repeated one is added once.
CREATE TABLE IF NOT EXISTS apikeys_node (
    node VARCHAR(64) NOT NULL,
    number BIGINT NOT NULL,
    time BIGINT NOT NULL,
    PRIMARY KEY (node)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS apikeys_temp (
    ticket_hash VARCHAR(64) NOT NULL,
    key_id VARCHAR(64) NOT NULL,
    sealed VARCHAR(512),
    created_at BIGINT NOT NULL,
    deadline BIGINT NOT NULL,
    settled_at BIGINT,
    -- Of a row that waits for its hand-off.
    live_deadline BIGINT GENERATED ALWAYS AS (
        CASE WHEN sealed IS NOT NULL AND settled_at IS NULL THEN deadline END) STORED,
    -- Of a row that was settled or ended unread.
    spent_deadline BIGINT GENERATED ALWAYS AS (
        CASE WHEN sealed IS NULL OR settled_at IS NOT NULL THEN deadline END) STORED,
    PRIMARY KEY (ticket_hash),
    KEY apikeys_temp_key (key_id),
    KEY apikeys_temp_live (live_deadline),
    KEY apikeys_temp_spent (spent_deadline)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- Which scripts were run, and from which version on a library may read and write what they made.
CREATE TABLE IF NOT EXISTS apikeys_schema (
    version INTEGER NOT NULL,
    compatible_from INTEGER NOT NULL,
    PRIMARY KEY (version)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

INSERT INTO apikeys_schema (version, compatible_from)
SELECT 1, 1 FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM apikeys_schema WHERE version = 1);
