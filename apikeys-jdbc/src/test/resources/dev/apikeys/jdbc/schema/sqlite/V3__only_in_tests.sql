-- A change that only a library of version 3 understands.
INSERT INTO apikeys_schema (version, compatible_from)
SELECT 3, 3 WHERE NOT EXISTS (SELECT 1 FROM apikeys_schema WHERE version = 3);
