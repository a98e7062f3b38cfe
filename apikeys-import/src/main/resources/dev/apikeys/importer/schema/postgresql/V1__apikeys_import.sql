-- How far the import of each source came, version 1, for PostgreSQL. Safe to run again.
-- With another prefix than apikeys_, replace it throughout, or let the import create the table.

CREATE TABLE IF NOT EXISTS apikeys_import (
    source VARCHAR(200) COLLATE "C" NOT NULL,
    mark VARCHAR(200) COLLATE "C" NOT NULL,
    PRIMARY KEY (source)
);
