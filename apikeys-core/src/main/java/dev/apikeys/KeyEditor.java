package dev.apikeys;

import dev.apikeys.internal.text.Shown;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Change;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds, lists and changes keys. A change is a compare-and-set of what was read, tried again if others were faster. */
final class KeyEditor {
    private static final Logger LOG = LoggerFactory.getLogger(KeyEditor.class);
    private static final int MAX_ATTEMPTS = 16;

    /** Works out the next state of a key; null if nothing is to be changed. */
    @FunctionalInterface
    interface Edit {
        @Nullable RowEdit of(KeyRow row, ApiKey key, long now);
    }

    private final Engine engine;
    private final @Nullable DefaultTempKeyVault vault;
    private final @Nullable Duration maxLifetime;

    KeyEditor(Engine engine, @Nullable DefaultTempKeyVault vault, @Nullable Duration maxLifetime) {
        this.engine = engine;
        this.vault = vault;
        this.maxLifetime = maxLifetime;
    }

    Optional<ApiKey> find(KeyId id) {
        KeyRow row = engine.store().find(engine.operations().of("find", id.value()), id.value());
        return row == null ? Optional.empty() : Optional.of(key(row));
    }

    Page<ApiKey> list(KeyQuery query) {
        ApiKeyStore.Slice slice = slice(engine.operations().of("list"), query);
        List<ApiKey> keys = new ArrayList<>(slice.rows().size());
        for (KeyRow row : listable(slice.rows())) {
            keys.add(key(row));
        }
        return new Page<>(keys, Optional.ofNullable(slice.next()).map(KeyQuery::cursor));
    }

    ApiKeyStore.Slice slice(Operation operation, KeyQuery query) {
        return slice(operation, query.filter, query.afterId, query.limit);
    }

    private ApiKeyStore.Slice slice(Operation operation, KeyFilter filter, @Nullable String afterId, int limit) {
        return engine.store()
                .list(operation, filter, afterId, limit, engine.clock().millis());
    }

    /** The rows that can be named: one whose id was damaged by hand can only be mended in the store. */
    static List<KeyRow> listable(List<KeyRow> rows) {
        List<KeyRow> named = new ArrayList<>(rows.size());
        for (KeyRow row : rows) {
            if (KeyId.isValid(row.id())) {
                named.add(row);
            } else {
                LOG.error("A row is left out: its id {} is no key id; mend it in the store", Shown.text(row.id()));
            }
        }
        return named;
    }

    ApiKey update(KeyId id, KeyUpdate update) {
        return change("update", id, KeyEvent.Type.UPDATED, "", (row, key, now) -> updated(id, row, key, update, now));
    }

    private RowEdit updated(KeyId id, KeyRow row, ApiKey key, KeyUpdate update, long now) {
        if (update.version != null && update.version != row.version()) {
            throw new ConflictException(id, "has version " + row.version() + ", not " + update.version);
        }
        RowEdit edit = new RowEdit(row);
        if (update.name != null) {
            edit.name = update.name;
        }
        if (update.description != null) {
            edit.description = update.description.value();
        }
        if (update.owner != null) {
            edit.owner = update.owner.value();
        }
        if (update.metadata != null) {
            edit.metadata = update.metadata.isEmpty() ? null : Json.writeMetadata(update.metadata);
        }
        if (update.expiresAt != null) {
            edit.expiresAt = expiry(update.expiresAt.value(), key, now);
        }
        rights(key, update, edit);
        return edit;
    }

    private void rights(ApiKey key, KeyUpdate update, RowEdit edit) {
        if (update.role == null && update.permissions == null) {
            return;
        }
        if (update.role != null) {
            edit.role = update.role.value();
        }
        Set<String> permissions = update.permissions == null ? key.permissions() : update.permissions;
        if (edit.role != null) {
            engine.roles().requireWithin(edit.role, permissions);
        }
        if (update.permissions != null) {
            edit.permissions = engine.codec().encode(permissions);
        }
    }

    private @Nullable Long expiry(@Nullable Instant at, ApiKey key, long now) {
        String allowed = "a moment ahead" + (maxLifetime == null ? "" : ", at most " + maxLifetime + " after creation");
        if (at == null && maxLifetime != null) {
            throw Arguments.refusedValue("expiresAt", null, allowed);
        }
        if (at == null) {
            return null;
        }
        long millis = at.toEpochMilli();
        if (millis <= now
                || (maxLifetime != null && millis - key.createdAt().toEpochMilli() > maxLifetime.toMillis())) {
            throw Arguments.refusedValue("expiresAt", at, allowed);
        }
        return millis;
    }

    ApiKey revoke(KeyId id, String reason) {
        return revoke(id, new Revocation(reason));
    }

    private ApiKey revoke(KeyId id, Revocation revocation) {
        ApiKey key = change("revoke", id, KeyEvent.Type.REVOKED, revocation.reason, revocation);
        discard("revoke", id);
        return key;
    }

    /** Revokes a key and knows whether it did, or another had done it before. */
    private static final class Revocation implements Edit {
        private final String reason;
        private boolean made;

        Revocation(String reason) {
            this.reason = reason;
        }

        @Override
        public @Nullable RowEdit of(KeyRow row, ApiKey key, long now) {
            made = !isRevoked(key);
            if (!made) {
                return null;
            }
            RowEdit edit = new RowEdit(row);
            edit.revoke(now, now, reason);
            return edit;
        }
    }

    int revokeAll(KeyQuery query, String reason) {
        try {
            return revokeEach(query, reason);
        } finally {
            // What it passed over may have been revoked by others, of whom verifications here have not heard.
            engine.cache().changedAny();
        }
    }

    private int revokeEach(KeyQuery query, String reason) {
        int revoked = 0;
        ConflictException refused = null;
        @Nullable String after = query.afterId;
        do {
            ApiKeyStore.Slice slice =
                    slice(engine.operations().of("revokeAll"), query.filter, after, KeyQuery.MAX_LIMIT);
            for (KeyRow row : listable(slice.rows())) {
                try {
                    revoked += revokeListed(row, reason);
                } catch (ConflictException e) {
                    // One row that cannot be changed must not keep the others good.
                    refused = refused == null ? e : refused;
                }
            }
            after = slice.next();
        } while (after != null);
        if (refused != null) {
            throw refused;
        }
        return revoked;
    }

    /** A revocation at a time that cannot be read would be gone as soon as somebody mends the row. */
    private static boolean isRevoked(ApiKey key) {
        return key.status() == KeyRow.Status.REVOKED && key.revokedAt() != null;
    }

    /** A key that was deleted since it was listed needs no revocation. */
    private int revokeListed(KeyRow row, String reason) {
        if (isRevoked(key(row))) {
            return 0;
        }
        try {
            Revocation revocation = new Revocation(reason);
            revoke(new KeyId(row.id()), revocation);
            return revocation.made ? 1 : 0;
        } catch (KeyNotFoundException gone) {
            return 0;
        }
    }

    ApiKey disable(KeyId id) {
        ApiKey key = change("disable", id, KeyEvent.Type.DISABLED, "", (row, current, now) -> {
            requireNotRevoked(id, current, "disabled");
            if (row.disabledAt() != null) {
                return null;
            }
            RowEdit edit = new RowEdit(row);
            edit.disabledAt = now;
            return edit;
        });
        discard("disable", id);
        return key;
    }

    ApiKey enable(KeyId id) {
        return change("enable", id, KeyEvent.Type.ENABLED, "", (row, current, now) -> {
            requireNotRevoked(id, current, "enabled");
            requireNotRevokedElsewhere(id, row);
            if (row.disabledAt() == null) {
                return null;
            }
            RowEdit edit = new RowEdit(row);
            edit.disabledAt = null;
            return edit;
        });
    }

    private static void requireNotRevoked(KeyId id, ApiKey key, String verb) {
        if (key.status() == KeyRow.Status.REVOKED) {
            throw new ConflictException(id, "is REVOKED and cannot be " + verb);
        }
    }

    /** By this clock the revocation is yet to come, and the clock of whoever revoked was ahead. */
    private static void requireNotRevokedElsewhere(KeyId id, KeyRow row) {
        if (row.revokedAt() != null && row.disabledAt() != null && row.disabledAt() >= row.revokedAt()) {
            throw new ConflictException(id, "was revoked by a node whose clock is ahead, and cannot be enabled");
        }
    }

    boolean delete(KeyId id) {
        Operation operation = engine.operations().of("delete", id.value());
        KeyRow row = engine.store().findToChange(operation, id.value());
        if (row == null || !engine.store().delete(operation, row)) {
            return false;
        }
        discard("delete", id);
        engine.emitter().emit(KeyEvent.Type.DELETED, id, engine.clock().millis(), "");
        return true;
    }

    ApiKey change(String name, KeyId id, KeyEvent.Type type, String detail, Edit edit) {
        Operation operation = engine.operations().of(name, id.value());
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            KeyRow row = engine.store().findToChange(operation, id.value());
            if (row == null) {
                throw new KeyNotFoundException(id);
            }
            long now = engine.clock().millis();
            ApiKey key = engine.rows().read(row, now).key(now);
            RowEdit changed = edit.of(row, key, now);
            if (changed == null) {
                return key;
            }
            KeyRow next = changed.next(now);
            if (engine.store().write(operation, List.of(new Change.Replace(next)))) {
                engine.emitter().emit(type, id, now, detail);
                return engine.rows().read(next, now).key(now);
            }
        }
        throw new ConflictException(id, "is being changed by others without a pause");
    }

    private void discard(String name, KeyId id) {
        if (vault != null) {
            vault.discardAfter(engine.operations().of(name, id.value()), id);
        }
    }

    private ApiKey key(KeyRow row) {
        long now = engine.clock().millis();
        return engine.rows().read(row, now).key(now);
    }
}
