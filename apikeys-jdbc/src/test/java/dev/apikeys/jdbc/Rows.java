package dev.apikeys.jdbc;

import dev.apikeys.spi.Change;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.TempRow;
import java.util.Locale;

/** Rows for tests. */
final class Rows {

    private Rows() {}

    static String id(int number) {
        return String.format(Locale.ROOT, "ak_%08d", number);
    }

    static KeyRow key(String id) {
        return key(id, 1, null);
    }

    static KeyRow key(String id, long version, Long expiresAt) {
        return new KeyRow(
                id,
                null,
                "sha256$$00",
                "name",
                null,
                "owner",
                "role",
                "[]",
                null,
                1,
                version,
                expiresAt,
                null,
                null,
                null,
                null,
                null,
                null,
                0,
                version);
    }

    static Change insert(String id) {
        return new Change.Insert(key(id));
    }

    static Change insertThatEnds(String id, long at) {
        return new Change.Insert(key(id, 1, at));
    }

    static Change replace(String id, long version) {
        return new Change.Replace(key(id, version, null));
    }

    static TempRow temp(String ticketHash, String keyId, long createdAt, long deadline) {
        return new TempRow(ticketHash, keyId, "c2VhbGVk", createdAt, deadline, null);
    }
}
