package dev.apikeys.memory.model;

import dev.apikeys.DecodedPermissions.Grade;
import dev.apikeys.Verification.Code;
import dev.apikeys.spi.KeyStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a manager with its stores does, as plainly as it can be said: maps, one thread, no cache, no encoding. Refusals are
 * thrown before anything is changed. Not thread-safe.
 */
final class Model {
    static final int MAX_TEMP_KEYS = 2;
    static final long RETENTION = 50_000;

    /** How long after its deadline it stays known what became of a hand-off. */
    private static final long EVIDENCE = Duration.ofDays(7).toMillis();

    /** The manager shall throw an exception of this class, and change nothing. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        final transient Kind kind;

        Refused(Kind kind) {
            super(kind.name());
            this.kind = kind;
        }
    }

    enum Kind {
        ARGUMENT,
        CONFLICT,
        NOT_FOUND,
        DUPLICATE,
        VAULT_FULL
    }

    static final class Key {
        String id = "";
        String secret = "";

        @Nullable String owner;

        @Nullable String role;

        Set<String> permissions = Set.of();
        Grade grade = Grade.INTACT;
        long createdAt;
        long updatedAt;

        @Nullable Long expiresAt;

        /** How long it was asked to live when it was created; a successor lives as long. */
        @Nullable Long lifetime;

        @Nullable Long revokedAt;

        @Nullable String revokedReason;

        @Nullable Long disabledAt;

        @Nullable String rotatedFrom;

        @Nullable String rotatedTo;

        long uses;

        @Nullable Long lastUsedAt;

        long version = 1;
    }

    private static final class TempKey {
        final String ticket;
        final String keyId;
        final String secret;
        final long deadline;

        @Nullable Long settledAt;

        /** Wiped after its deadline, unread. */
        boolean ended;

        TempKey(String ticket, String keyId, String secret, long deadline) {
            this.ticket = ticket;
            this.keyId = keyId;
            this.secret = secret;
            this.deadline = deadline;
        }
    }

    private record Uses(long count, long last) {}

    /** What a verification says. */
    record Verdict(Code code, @Nullable String id, Set<String> missing) {}

    /** What a claim says: the secret, when it was claimed, the deadline, or nothing. */
    record Claim(String outcome, String detail) {}

    final Map<String, Set<String>> roles = new TreeMap<>();
    final TreeMap<String, Key> keys = new TreeMap<>();
    private final List<TempKey> tempKeys = new ArrayList<>();
    private final Map<String, Uses> pending = new HashMap<>();
    long now;

    KeyStatus status(Key key) {
        if (key.revokedAt != null && key.revokedAt <= now) {
            return KeyStatus.REVOKED;
        }
        if (key.expiresAt != null && key.expiresAt <= now) {
            return KeyStatus.EXPIRED;
        }
        return key.disabledAt != null ? KeyStatus.DISABLED : KeyStatus.ACTIVE;
    }

    Set<String> granted(Key key) {
        if (key.role == null) {
            return key.grade == Grade.REPAIRED ? Set.of() : key.permissions;
        }
        Set<String> both = new TreeSet<>(key.permissions);
        both.retainAll(roles.getOrDefault(key.role, Set.of()));
        return both;
    }

    // Create, and what a create would make

    /** The permissions of a new key, or a refusal. */
    Set<String> permissionsOfNew(@Nullable String role, @Nullable Set<String> permissions) {
        if (role == null) {
            return permissions == null ? Set.of() : permissions;
        }
        return permissions == null ? held(role) : within(role, permissions);
    }

    private Set<String> held(String role) {
        Set<String> held = roles.get(role);
        if (held == null) {
            throw new Refused(Kind.ARGUMENT);
        }
        return held;
    }

    private Set<String> within(String role, Set<String> permissions) {
        if (!held(role).containsAll(permissions)) {
            throw new Refused(Kind.ARGUMENT);
        }
        return permissions;
    }

    void requireFree(String id) {
        if (keys.containsKey(id)) {
            throw new Refused(Kind.DUPLICATE);
        }
    }

    /** A full vault frees what has expired before it refuses. */
    void requireRoomInVault() {
        makeRoomInVault();
        if (isVaultFull()) {
            throw new Refused(Kind.VAULT_FULL);
        }
    }

    void makeRoomInVault() {
        if (isVaultFull()) {
            endWhatIsOver();
        }
    }

    private boolean isVaultFull() {
        return waiting(row -> true).size() >= MAX_TEMP_KEYS;
    }

    private void endWhatIsOver() {
        waiting(row -> row.deadline <= now).forEach(row -> row.ended = true);
    }

    private List<TempKey> waiting(Predicate<TempKey> which) {
        return tempKeys.stream()
                .filter(row -> row.settledAt == null && !row.ended && which.test(row))
                .toList();
    }

    Key insert(String id, String secret) {
        Key key = new Key();
        key.id = id;
        key.secret = secret;
        key.createdAt = now;
        key.updatedAt = now;
        keys.put(id, key);
        return key;
    }

    void handOver(String ticket, Key key, long within) {
        tempKeys.add(new TempKey(ticket, key.id, key.secret, now + within));
    }

    // Changes

    private Key existing(String id) {
        Key key = keys.get(id);
        if (key == null) {
            throw new Refused(Kind.NOT_FOUND);
        }
        return key;
    }

    private void changed(Key key) {
        key.version++;
        key.updatedAt = now;
    }

    void disable(String id) {
        Key key = existing(id);
        if (status(key) == KeyStatus.REVOKED) {
            throw new Refused(Kind.CONFLICT);
        }
        if (key.disabledAt == null) {
            key.disabledAt = now;
            changed(key);
        }
        discard(id);
    }

    void enable(String id) {
        Key key = existing(id);
        if (status(key) == KeyStatus.REVOKED) {
            throw new Refused(Kind.CONFLICT);
        }
        if (key.disabledAt != null) {
            key.disabledAt = null;
            changed(key);
        }
    }

    void revoke(String id, String reason) {
        Key key = existing(id);
        if (status(key) != KeyStatus.REVOKED) {
            key.revokedAt = now;
            key.revokedReason = reason;
            key.disabledAt = now;
            changed(key);
        } else if (!isRevokedByAnyClock(key)) {
            key.disabledAt = key.revokedAt;
            changed(key);
        }
        discard(id);
    }

    /** The end of a grace may be ahead again, once the clock is set back. */
    private boolean isRevokedByAnyClock(Key key) {
        return status(key) == KeyStatus.REVOKED && key.disabledAt != null && key.disabledAt >= key.revokedAt;
    }

    int revokeAll(Predicate<Key> which, String reason) {
        List<Key> revoked = keys.values().stream()
                .filter(which)
                .filter(key -> !isRevokedByAnyClock(key))
                .toList();
        revoked.forEach(key -> revoke(key.id, reason));
        return revoked.size();
    }

    void requireRotatable(String id) {
        Key key = existing(id);
        if (key.rotatedTo != null || status(key) != KeyStatus.ACTIVE || key.grade == Grade.QUARANTINED) {
            throw new Refused(Kind.CONFLICT);
        }
    }

    Key rotate(String id, long grace, String newId, String newSecret) {
        Key old = existing(id);
        old.revokedAt = now + grace;
        old.revokedReason = "rotated";
        if (grace == 0) {
            old.disabledAt = now;
        }
        old.rotatedTo = newId;
        changed(old);
        discard(id);
        Key successor = insert(newId, newSecret);
        successor.owner = old.owner;
        successor.role = old.role;
        successor.permissions = old.permissions;
        successor.grade = old.grade;
        successor.lifetime = old.lifetime;
        successor.expiresAt = old.lifetime == null ? old.expiresAt : Long.valueOf(now + old.lifetime);
        successor.rotatedFrom = id;
        return successor;
    }

    boolean delete(String id) {
        boolean deleted = keys.remove(id) != null;
        if (deleted) {
            discard(id);
        }
        return deleted;
    }

    void updatePermissions(String id, Set<String> permissions) {
        Key key = existing(id);
        if (key.role != null) {
            within(key.role, permissions);
        }
        set(key, permissions);
        changed(key);
    }

    private static void set(Key key, Set<String> permissions) {
        key.permissions = permissions;
        key.grade = Grade.INTACT;
    }

    void updateRole(String id, @Nullable String role) {
        Key key = existing(id);
        if (role != null) {
            within(role, key.permissions);
        }
        key.role = role;
        changed(key);
    }

    void updateExpiry(String id, @Nullable Long at) {
        Key key = existing(id);
        if (at != null && at <= now) {
            throw new Refused(Kind.ARGUMENT);
        }
        key.expiresAt = at;
        key.lifetime = null;
        changed(key);
    }

    void updateOwner(String id, @Nullable String owner, long ifVersion) {
        Key key = existing(id);
        if (key.version != ifVersion) {
            throw new Refused(Kind.CONFLICT);
        }
        key.owner = owner;
        changed(key);
    }

    void damage(Key key, Set<String> permissions, Grade grade) {
        key.permissions = permissions;
        key.grade = grade;
        changed(key);
    }

    int repair() {
        int found = 0;
        for (Key key : keys.values()) {
            if (key.grade != Grade.INTACT) {
                found++;
            }
            if (key.grade == Grade.REPAIRED) {
                set(key, key.permissions);
                changed(key);
            }
        }
        return found;
    }

    // Vault

    boolean discard(String id) {
        return tempKeys.removeAll(waiting(row -> row.keyId.equals(id)));
    }

    Optional<Long> peek(String id) {
        return waiting(row -> row.keyId.equals(id)).stream()
                .map(row -> row.deadline)
                .max(Long::compare)
                .filter(deadline -> deadline > now);
    }

    Claim claim(String ticket) {
        for (TempKey row : tempKeys) {
            if (row.ticket.equals(ticket)) {
                return claim(row);
            }
        }
        return new Claim("Unknown", "");
    }

    private Claim claim(TempKey row) {
        if (row.settledAt != null) {
            return new Claim("AlreadyClaimed", row.keyId + " at " + row.settledAt);
        }
        if (row.ended || row.deadline <= now) {
            return new Claim("Expired", String.valueOf(row.deadline));
        }
        row.settledAt = now;
        return new Claim("Claimed", row.keyId + " " + row.secret);
    }

    // Verification and usage

    /** The verdict on a text with a sound checksum that names a key. */
    Verdict verify(String id, String secret, Set<String> allOf) {
        Key key = keys.get(id);
        if (key == null) {
            return new Verdict(Code.UNKNOWN, null, Set.of());
        }
        if (!key.secret.equals(secret)) {
            return new Verdict(Code.SECRET_MISMATCH, null, Set.of());
        }
        if (key.grade == Grade.QUARANTINED) {
            return new Verdict(Code.CORRUPT_RECORD, id, Set.of());
        }
        Code ended = switch (status(key)) {
            case REVOKED -> Code.REVOKED;
            case EXPIRED -> Code.EXPIRED;
            case DISABLED -> Code.DISABLED;
            case ACTIVE -> Code.VALID;
        };
        if (ended != Code.VALID) {
            return new Verdict(ended, id, Set.of());
        }
        Set<String> missing = new TreeSet<>(allOf);
        missing.removeAll(granted(key));
        if (!missing.isEmpty()) {
            return new Verdict(Code.INSUFFICIENT_PERMISSIONS, id, missing);
        }
        pending.merge(id, new Uses(1, now), (a, b) -> new Uses(a.count + b.count, Math.max(a.last, b.last)));
        return new Verdict(Code.VALID, id, Set.of());
    }

    long pendingUses() {
        return pending.values().stream().mapToLong(Uses::count).sum();
    }

    void flush() {
        pending.forEach((id, uses) -> {
            Key key = keys.get(id);
            if (key != null) {
                key.uses += uses.count;
                key.lastUsedAt = key.lastUsedAt == null ? uses.last : Math.max(key.lastUsedAt, uses.last);
            }
        });
        pending.clear();
    }

    void maintain() {
        flush();
        tempKeys.removeIf(row -> (row.ended || row.settledAt != null) && row.deadline <= now - EVIDENCE);
        endWhatIsOver();
        keys.values().removeIf(key -> ended(key) <= now - RETENTION);
    }

    private static long ended(Key key) {
        long revoked = key.revokedAt == null ? Long.MAX_VALUE : key.revokedAt;
        return Math.min(revoked, key.expiresAt == null ? Long.MAX_VALUE : key.expiresAt);
    }
}
