package dev.apikeys;

import dev.apikeys.ConflictException.Reason;
import dev.apikeys.KeyWriter.Change;
import dev.apikeys.KeyWriter.Made;
import dev.apikeys.internal.gate.GatedKeyStore;
import dev.apikeys.internal.gate.Operation;
import dev.apikeys.internal.gate.Operations;
import dev.apikeys.internal.rows.Attributes;
import dev.apikeys.internal.text.Json;
import dev.apikeys.internal.text.Masked;
import dev.apikeys.internal.upkeep.UsageWriter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.KeyStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Changes existing keys: the effect of each change, and the conditions for it. */
final class KeyEditor {
    private final GatedKeyStore store;
    private final KeyFinder finder;
    private final KeyWriter writer;
    private final @Nullable HandOffs handOffs;
    private final UsageWriter usage;
    private final Operations operations;
    private final Roles roles;
    private final PermissionCodec codec;
    private final @Nullable Duration maxLifetime;
    private final Duration maxGrace;

    KeyEditor(
            GatedKeyStore store,
            KeyFinder finder,
            KeyWriter writer,
            @Nullable HandOffs handOffs,
            UsageWriter usage,
            Operations operations,
            ApiKeys.Builder settings) {
        this.store = store;
        this.finder = finder;
        this.writer = writer;
        this.handOffs = handOffs;
        this.usage = usage;
        this.operations = operations;
        this.roles = settings.roles;
        this.codec = settings.permissionCodec;
        this.maxLifetime = settings.maxLifetime;
        this.maxGrace = settings.maxGrace;
    }

    ApiKey update(Operation operation, Caller caller, KeyId id, KeyUpdate update) {
        return writer.change(
                        operation,
                        caller,
                        id,
                        (row, key, now) -> Change.to(KeyEvent.Type.UPDATED, updated(id, row, key, update, now), ""))
                .key();
    }

    private KeyRow.Builder updated(KeyId id, KeyRow row, ApiKey key, KeyUpdate update, long now) {
        KeyRow.Builder next = row.toBuilder();
        if (update.name != null) {
            next.name(update.name);
        }
        if (update.changes("description")) {
            next.description(update.description);
        }
        if (update.changes("owner")) {
            next.owner(update.owner);
        }
        if (update.metadata != null) {
            next.metadata(update.metadata.isEmpty() ? null : Json.writeMetadata(update.metadata));
        }
        if (update.changes("expiresAt")) {
            next.expiresAt(expiry(update.expiresAt, key, now));
        }
        if (update.revokedFrom != null) {
            next.revokedAt(prolonged(id, row, update.revokedFrom, now));
        }
        rights(row, key, update, next);
        return next.attributes(attributes(row, update));
    }

    /** The attributes after an update; unreadable ones are kept as evidence of the damage. */
    private static @Nullable String attributes(KeyRow row, KeyUpdate update) {
        Attributes attributes = Attributes.read(row.attributes());
        if (attributes == null) {
            return row.attributes();
        }
        Attributes kept = update.changes("expiresAt") ? attributes.with(Attributes.LIFETIME, null) : attributes;
        if (update.revokedFrom != null && kept.number(Attributes.GRACE_UNTIL) == null) {
            kept = kept.with(Attributes.GRACE_UNTIL, row.revokedAt());
        }
        return kept == attributes ? row.attributes() : kept.text();
    }

    /** Another end of the current grace. */
    private long prolonged(KeyId id, KeyRow row, Instant until, long now) {
        Attributes attributes = Attributes.read(row.attributes());
        Long from = row.revokedAt();
        if (row.rotatedTo() == null || row.disabledAt() != null || from == null || from <= now || attributes == null) {
            throw new ConflictException(
                    id, Reason.NOT_ACTIVE, "is not in the grace of a rotation; only the end of a grace can be moved");
        }
        Long asked = attributes.number(Attributes.GRACE_UNTIL);
        long latest = (asked == null ? from : asked) + maxGrace.toMillis();
        long millis = until.toEpochMilli();
        if (millis <= now || millis > latest) {
            throw Arguments.refusedValue(
                    "revokedFrom",
                    until,
                    "a moment ahead, at most " + Instant.ofEpochMilli(latest) + ", which is " + maxGrace
                            + " after the grace requested by the rotation. To end the grace now, call revoke");
        }
        return millis;
    }

    private void rights(KeyRow row, ApiKey key, KeyUpdate update, KeyRow.Builder next) {
        if (!update.changes("role") && update.permissions == null) {
            return;
        }
        String role = update.changes("role") ? update.role : row.role();
        Set<String> permissions = update.permissions == null ? key.permissions() : update.permissions;
        if (role != null) {
            roles.requireWithin(role, permissions);
        }
        next.role(role);
        if (update.permissions != null) {
            next.permissions(codec.encode(permissions));
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

    ApiKey revoke(Operation operation, Caller caller, KeyId id, String reason) {
        Made made = writer.change(
                operation,
                caller,
                id,
                (row, key, now) -> isRevokedByAnyClock(row, key)
                        ? Change.repeated(KeyEvent.Type.REVOKED)
                        : revocation(row, key, now, reason));
        discard(operation, id);
        return made.key();
    }

    private static Change revocation(KeyRow row, ApiKey key, long now, String reason) {
        String told = Masked.text(reason); // "found sk_... in a log"
        if (isRevoked(key)) {
            // By the end of a grace, which is ahead again once this clock is set back.
            return Change.to(KeyEvent.Type.REVOKED, row.toBuilder().disabledAt(row.revokedAt()), told);
        }
        return Change.to(KeyEvent.Type.REVOKED, Change.revoked(row, now, now, told), told);
    }

    /** Returns whether a key is revoked at a readable time; others would vanish once the row is corrected. */
    private static boolean isRevoked(ApiKey key) {
        return key.status() == KeyStatus.REVOKED && key.revokedAt() != null;
    }

    /** Returns whether no clock shows the key as active, as none does after {@link Change#revoked} at once. */
    private static boolean isRevokedByAnyClock(KeyRow row, ApiKey key) {
        return isRevoked(key) && isDisabledByRevocation(row);
    }

    private static boolean isDisabledByRevocation(KeyRow row) {
        return row.revokedAt() != null && row.disabledAt() != null && row.disabledAt() >= row.revokedAt();
    }

    int revokeAll(Operation operation, Caller caller, KeyQuery query, String reason) {
        finder.check(query);
        finder.writeUses(query); // Uses that cannot be written are compared here, key by key.
        try {
            return revokeEach(operation, caller, query, reason);
        } finally {
            // Skipped keys may have been revoked by another node, with a stale cache here.
            store.moveAllStamps();
        }
    }

    private int revokeEach(Operation operation, Caller caller, KeyQuery query, String reason) {
        int revoked = 0;
        ConflictException refused = null;
        KeyFinder.Scan scan = finder.new Scan(query);
        while (scan.isOn()) {
            for (KeyRow row : scan.next(operations.part(operation))) {
                try {
                    revoked += revokeListed(operations.part(operation).about(row.id()), caller, query, row, reason);
                } catch (ConflictException e) {
                    // One row that cannot be changed must not protect the others.
                    refused = refused == null ? e : refused;
                }
            }
        }
        if (refused != null) {
            throw refused;
        }
        return revoked;
    }

    /** Revokes by compare-and-set on the listed row; after a lost race, the row is read and checked again. */
    private int revokeListed(Operation operation, Caller caller, KeyQuery query, KeyRow listed, String reason) {
        KeyId id = new KeyId(listed.id());
        Long unusedSince = query.filter().unusedSince();
        try {
            Made made = writer.change(operation, caller, id, listed, (row, key, now) -> {
                boolean usedHere = unusedSince != null && usage.holds(row.id());
                if (isRevokedByAnyClock(row, key) || usedHere || !query.filter().matches(row, now)) {
                    return Change.none(KeyEvent.Type.REVOKED);
                }
                Change revocation = revocation(row, key, now, reason);
                return unusedSince == null ? revocation : revocation.unlessUsedSince(unusedSince);
            });
            if (made.change().kind() == Change.Kind.UNTOUCHED) {
                return 0;
            }
        } catch (KeyNotFoundException gone) {
            return 0; // Deleted since it was listed: nothing to revoke.
        } catch (ConflictException refused) {
            if (refused.reason() == Reason.OWNER) {
                return 0; // Owned by another owner now: invisible to the caller.
            }
            throw refused;
        }
        discardIfAny(operation, id, listed);
        return 1;
    }

    ApiKey disable(Operation operation, Caller caller, KeyId id) {
        Made made = writer.change(operation, caller, id, (row, key, now) -> {
            requireNotRevoked(id, key, "disabled");
            return row.disabledAt() != null
                    ? Change.repeated(KeyEvent.Type.DISABLED)
                    : Change.to(KeyEvent.Type.DISABLED, row.toBuilder().disabledAt(now), "");
        });
        discard(operation, id);
        return made.key();
    }

    ApiKey enable(Operation operation, Caller caller, KeyId id) {
        return writer.change(operation, caller, id, (row, key, now) -> {
                    requireNotRevoked(id, key, "enabled");
                    requireNotRevokedElsewhere(id, row);
                    return row.disabledAt() == null
                            ? Change.none(KeyEvent.Type.ENABLED)
                            : Change.to(KeyEvent.Type.ENABLED, row.toBuilder().disabledAt(null), "");
                })
                .key();
    }

    private static void requireNotRevoked(KeyId id, ApiKey key, String verb) {
        if (key.status() == KeyStatus.REVOKED) {
            throw new ConflictException(id, Reason.NOT_ACTIVE, "is REVOKED and cannot be " + verb);
        }
    }

    /** Refuses if the revocation is in the future by this clock: the clock of the node that revoked was ahead. */
    private static void requireNotRevokedElsewhere(KeyId id, KeyRow row) {
        if (isDisabledByRevocation(row)) {
            throw new ConflictException(
                    id, Reason.NOT_ACTIVE, "was revoked by a node whose clock is ahead, and cannot be enabled");
        }
    }

    boolean delete(Operation operation, Caller caller, KeyId id) {
        try {
            writer.change(operation, caller, id, (row, key, now) -> Change.deletion());
        } catch (KeyNotFoundException gone) {
            writer.noteDeleted(operation, caller, id);
            return false;
        }
        discard(operation, id);
        return true;
    }

    private void discard(Operation operation, KeyId id) {
        if (handOffs != null) {
            handOffs.discardAfter(operation, id);
        }
    }

    /** Calls the vault only for a key created with a hand-off: in bulk, a call per key would be half of all calls. */
    private void discardIfAny(Operation operation, KeyId id, KeyRow row) {
        Attributes attributes = Attributes.read(row.attributes());
        if (attributes == null || attributes.number(Attributes.HAND_OFF_UNTIL) != null) {
            discard(operation, id);
        }
    }
}
