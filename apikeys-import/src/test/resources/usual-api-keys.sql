-- A table such as most services keep, written by hand: SQLite, with times as text, epoch seconds and milliseconds, a
-- revocation that is a flag or a time, hashes as hex and Base64, and columns that the import does not know.
-- Secrets behind the hashes, for tests: 'sk_' followed by 64 times the last digit of the id; of ...e and ...f that of ...e.
CREATE TABLE api_keys (
  id TEXT PRIMARY KEY, user_id INTEGER NOT NULL, label TEXT NOT NULL, token_hash TEXT NOT NULL, scopes TEXT, role TEXT NOT NULL,
  usage_count INTEGER NOT NULL, created_at, expires_at, last_used_at, revoked, created_by TEXT, ip_allowlist TEXT, validUntil, note TEXT
);
INSERT INTO api_keys VALUES ('ak_usual0', 42, 'nightly report', '0d7f11803834307e0a89dbf3e61485c9aa4e1564ad5c0ff0b4807d4bdc333824', '["read"]', 'read_only', 1841, 1757861895, NULL, 1757948295160, NULL, 'alice', NULL, NULL, 'plain; epoch seconds, and milliseconds for the last use');
INSERT INTO api_keys VALUES ('ak_usual1', 42, 'expired a year ago', '9f3b62c724c3c2bcd93331c62b93a8d1cc5d79b969cac94e9a6d705e9081d5f6', '["read"]', 'read_only', 7, 1732352400, '2025-11-23T09:00:00Z', NULL, NULL, 'alice', NULL, NULL, 'expired');
INSERT INTO api_keys VALUES ('ak_usual2', 43, 'expires in a month', '482178c67cb8db56432258181d0ffb2957634888e886f695dd36577645da89ef', '["read"]', 'read_only', 0, 1757861895000, 1798102800000, NULL, NULL, NULL, NULL, NULL, 'milliseconds');
INSERT INTO api_keys VALUES ('ak_usual3', 43, 'revoked by time', '1ad91a1b83a6e27caf352ef4c35d9864b7bc00be9b034d13937c2828152fa4da', '["read","upload"]', 'read_upload', 3, '2025-09-14T22:58:15+08:00', NULL, NULL, 1758000000, 'bob', NULL, NULL, 'revoked by time');
INSERT INTO api_keys VALUES ('ak_usual4', 43, 'revoked by flag', 'f94b27bed9684dabaa422f18d78b97a890ce0f2098d837478a3c074a1a68a85a', '["read","upload"]', 'read_upload', 3, 1757861895.160, NULL, NULL, 1, 'bob', NULL, NULL, 'revoked by flag; a fraction of a second');
INSERT INTO api_keys VALUES ('ak_usual5', 44, 'not revoked', '669da3272ceb682416419d1bed8680cfb8036ad6e0eae12be984f6697d170447', '["read"]', 'read_only', 0, 1757861895, NULL, NULL, 0, 'bob', NULL, NULL, 'a flag that is not set');
INSERT INTO api_keys VALUES ('ak_usual6', 44, 'ends next year', 'dcb02fd5955056bac5a50fdd7ff1eef448471e417b7b5371a64c824d1cd37159', '["read"]', 'read_only', 0, 1757861895, 'next year', NULL, NULL, NULL, NULL, NULL, 'unreadable expiry');
INSERT INTO api_keys VALUES ('ak_usual7', 44, 'ends at 0', '82fb015f9fe7765dfdf8669efe79bed4da0af1a19c230818d962db16796d2f54', '["read"]', 'read_only', 0, 1757861895, 0, NULL, NULL, NULL, NULL, NULL, '0 may mean never, or long ago');
INSERT INTO api_keys VALUES ('ak_usual8', 45, 'Base64', 'fW2WdWj5agIfsnxgOJ1teiyW7hgpRZX7SNy4duPuEBQ=', '["read"]', 'read_only', 0, 1757861895, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO api_keys VALUES ('ak_usual9', 45, 'Base64 for URLs', '9jUn5lqFjPyUp2o45p3oyhsN8RUxAnz42ISN9LW3RSY', '["read"]', 'read_only', 0, 1757861895, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO api_keys VALUES ('ak_usuala', 45, 'upper case', '25008AF20AB8388B9EDB6B96C9A5456CA640488A250C7A397242145F504D3717', '["read"]', 'read_only', 0, 1757861895, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO api_keys VALUES ('ak_usualb', 45, 'no scopes', '222700e4631762ff7890537157e9cee011223bc91d835b9bc30a64a2fb8c1cca', NULL, 'read_only', 0, 1757861895, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO api_keys VALUES ('ak_usualc', 46, 'cut off', 'f7fb9989ca666fad625c93e5ac0b78a77895532023a1f42fc98149a63d6bdbf3', '["read","downl', 'admin', 0, 1757861895, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO api_keys VALUES ('ak_usuald', 46, 'from the office only', '20498281938fa1914738c711bd996275d0005dee23b776f13e50ffbbf15d704b', 'read,upload', 'read_upload', 0, 1757861895, NULL, NULL, NULL, NULL, '192.0.2.0/24', NULL, NULL);
INSERT INTO api_keys VALUES ('ak_usuale', 47, 'one of two', '4ED6A46C429163BBD284FF95C69BB7B9F87C6E405945610F58751FFF0C4FF33F', '["read"]', 'read_only', 0, 1757861895, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO api_keys VALUES ('ak_usualf', 47, 'the other of two', '4ed6a46c429163bbd284ff95c69bb7b9f87c6e405945610f58751fff0c4ff33f', '["read"]', 'read_only', 0, 1757861895, NULL, NULL, 1, NULL, NULL, NULL, NULL);
