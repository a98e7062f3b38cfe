-- How far the import of each source came, version 1, for MariaDB 10.6 and later. Safe to run again.
-- With another prefix than apikeys_, replace it throughout, or let the import create the table.

CREATE TABLE IF NOT EXISTS apikeys_import (
    source VARCHAR(200) NOT NULL,
    mark VARCHAR(200) NOT NULL,
    PRIMARY KEY (source)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
