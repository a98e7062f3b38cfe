package dev.apikeys;

import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.KeyStatus;
import org.jspecify.annotations.Nullable;

/** A row with its interpretation, computed once when it was read. Immutable and thread-safe. */
final class StoredKey {
    final KeyRow row;

    /** Null if the stored text is not a hash. */
    final @Nullable StoredHash hash;

    private final ApiKey key;

    StoredKey(KeyRow row, @Nullable StoredHash hash, ApiKey key) {
        this.row = row;
        this.hash = hash;
        this.key = key;
    }

    /** Returns the key at a moment; no new object while its status is unchanged since the row was read. */
    ApiKey key(long now) {
        KeyStatus status = row.status(now);
        return status == key.status() ? key : key.withStatus(status);
    }

    boolean isDamaged() {
        return !key.damaged().isEmpty();
    }

    @Override
    public String toString() {
        return "StoredKey[" + row.id() + "]";
    }
}
