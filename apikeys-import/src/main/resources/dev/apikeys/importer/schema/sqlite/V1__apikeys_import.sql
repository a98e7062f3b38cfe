-- How far the import of each source came, version 1, for SQLite 3.35 and later. Safe to run again.
-- With another prefix than apikeys_, replace it throughout, or let the import create the table.

CREATE TABLE IF NOT EXISTS apikeys_import (
    source TEXT NOT NULL,
    mark TEXT NOT NULL,
    PRIMARY KEY (source)
);
