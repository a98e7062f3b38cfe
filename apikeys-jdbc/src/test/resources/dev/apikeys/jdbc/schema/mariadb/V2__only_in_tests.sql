-- A change that a library of version 1 can live with.
ALTER TABLE apikeys_key ADD COLUMN IF NOT EXISTS color VARCHAR(20);

CREATE INDEX IF NOT EXISTS apikeys_key_color ON apikeys_key (color);

CREATE TABLE IF NOT EXISTS apikeys_color (
    color VARCHAR(20) NOT NULL,
    PRIMARY KEY (color)
);

INSERT INTO apikeys_schema (version, compatible_from)
SELECT 2, 1 FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM apikeys_schema WHERE version = 2);
