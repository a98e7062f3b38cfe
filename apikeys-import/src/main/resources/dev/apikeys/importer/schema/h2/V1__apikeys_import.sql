-- How far the import of each source came, version 1, for H2 2.x. Safe to run again.
-- With another prefix than apikeys_, replace it throughout, or let the import create the table.

CREATE TABLE IF NOT EXISTS apikeys_import (
    source VARCHAR_CASESENSITIVE(200) NOT NULL,
    mark VARCHAR_CASESENSITIVE(200) NOT NULL,
    PRIMARY KEY (source)
);
