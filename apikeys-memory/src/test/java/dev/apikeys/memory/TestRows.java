package dev.apikeys.memory;

import dev.apikeys.spi.Change;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.TempRow;
import org.jspecify.annotations.Nullable;

/** Rows for tests. */
final class TestRows {

    private TestRows() {}

    static KeyRow row(String id) {
        return row(id, null, "name", null, 1);
    }

    static KeyRow row(String id, @Nullable String lookup, String name, @Nullable Long expiresAt, long version) {
        return new KeyRow(
                id,
                lookup,
                "sha256$$00",
                name,
                null,
                "owner",
                "read_only",
                "[\"read\"]",
                null,
                1_000,
                1_000 + version,
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

    static Change insert(KeyRow row) {
        return new Change.Insert(row);
    }

    static Change replace(String id, String name, long version) {
        return new Change.Replace(row(id, null, name, null, version));
    }

    static TempRow temp(String ticket, String keyId, long createdAt, long deadline) {
        return new TempRow(ticket, keyId, "sealed-" + ticket, createdAt, deadline, null);
    }
}
