-- Tables for API keys and temp keys, version 1, for MariaDB 10.6 and later. Safe to run again.
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
    -- The earlier of the two; what the purge goes by.
    ends_at BIGINT GENERATED ALWAYS AS (
        CASE WHEN expires_at IS NULL OR revoked_at < expires_at THEN revoked_at ELSE expires_at END) STORED,
    PRIMARY KEY (id),
    UNIQUE KEY apikeys_key_lookup (lookup),
    KEY apikeys_key_owner (owner, id),
    KEY apikeys_key_ends (ends_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS apikeys_temp (
    ticket_hash VARCHAR(64) NOT NULL,
    key_id VARCHAR(64) NOT NULL,
    sealed VARCHAR(512),
    created_at BIGINT NOT NULL,
    deadline BIGINT NOT NULL,
    settled_at BIGINT,
    PRIMARY KEY (ticket_hash),
    KEY apikeys_temp_key (key_id),
    KEY apikeys_temp_deadline (deadline),
    KEY apikeys_temp_live (settled_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- How far an import from elsewhere came.
CREATE TABLE IF NOT EXISTS apikeys_import (
    source VARCHAR(200) NOT NULL,
    mark VARCHAR(200) NOT NULL,
    PRIMARY KEY (source)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS apikeys_schema (
    version INTEGER NOT NULL,
    PRIMARY KEY (version)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

INSERT INTO apikeys_schema (version)
SELECT 1 FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM apikeys_schema WHERE version = 1);
