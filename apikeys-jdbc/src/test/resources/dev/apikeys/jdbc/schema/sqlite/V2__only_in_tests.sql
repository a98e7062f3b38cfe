-- A change that a library of version 1 can live with.
ALTER TABLE apikeys_key ADD COLUMN color TEXT;

CREATE INDEX IF NOT EXISTS apikeys_key_color ON apikeys_key (color);

CREATE TABLE IF NOT EXISTS apikeys_color (
    color TEXT NOT NULL,
    PRIMARY KEY (color)
) STRICT;

INSERT INTO apikeys_schema (version, compatible_from)
SELECT 2, 1 WHERE NOT EXISTS (SELECT 1 FROM apikeys_schema WHERE version = 2);
