package dev.apikeys;

import dev.apikeys.DecodedPermissions.Grade;
import dev.apikeys.internal.crypto.SecretHasher;
import dev.apikeys.internal.crypto.StoredHash;
import dev.apikeys.internal.rows.Attributes;
import dev.apikeys.internal.rows.Dates;
import dev.apikeys.internal.text.Failures;
import dev.apikeys.internal.text.Json;
import dev.apikeys.internal.text.Shown;
import dev.apikeys.internal.text.SortedNames;
import dev.apikeys.internal.verification.KeyLoader;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.KeyStatus;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Interprets rows: decodes permissions, grants, times and metadata, and finds damaged fields. */
final class RowReader {
    private static final Logger LOG = LoggerFactory.getLogger(RowReader.class);
    private static final int MAX_ROLES_TOLD = 1_000;
    private static final DecodedPermissions UNDECODED =
            new DecodedPermissions(Grade.QUARANTINED, Set.of(), List.of("NOT_A_LIST"));
    private static final DecodedPermissions TOO_LONG =
            new DecodedPermissions(Grade.QUARANTINED, Set.of(), List.of("TOO_LONG"));

    /** A row with its interpretation, computed once when it was read. Immutable and thread-safe. */
    static final class StoredKey implements KeyLoader.Identified {
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

        @Override
        public String id() {
            return row.id();
        }

        boolean isDamaged() {
            return !key.damaged().isEmpty();
        }

        @Override
        public String toString() {
            return "StoredKey[" + row.id() + "]";
        }
    }

    private final Roles roles;
    private final PermissionCodec codec;
    private final SecretHasher hasher;
    private final InstantSource clock;
    private final AtomicBoolean toldCodec = new AtomicBoolean();
    private final Set<String> unknownRolesTold = ConcurrentHashMap.newKeySet();

    RowReader(Roles roles, PermissionCodec codec, SecretHasher hasher, InstantSource clock) {
        this.roles = roles;
        this.codec = codec;
        this.hasher = hasher;
        this.clock = clock;
    }

    /** Reads a row whose id is a key id. */
    StoredKey read(KeyRow row) {
        StoredHash hash = hasher.read(row.hash());
        List<String> damaged = new ArrayList<>(0);
        if (hash == null) {
            damaged.add("hash");
        }
        Attributes attributes = Attributes.read(row.attributes());
        if (attributes == null || !attributes.areUnderstood()) {
            damaged.add("attributes");
        }
        if (!isCountable(row)) {
            damaged.add("version");
        }
        return new StoredKey(row, hash, key(row, decode(row.permissions()), damaged, clock.millis()));
    }

    /** Decodes a stored list. If the host's codec fails, the list counts as unreadable. */
    DecodedPermissions decode(@Nullable String stored) {
        if (stored != null && stored.length() > Json.MAX_TEXT) {
            return TOO_LONG;
        }
        DecodedPermissions decoded = null;
        try {
            decoded = codec.decode(stored);
        } catch (Throwable e) {
            if (e instanceof OutOfMemoryError error) {
                throw error; // The JVM's failure, not the codec's.
            }
            if (toldCodec.compareAndSet(false, true)) {
                LOG.error("The permission codec failed, and its list counts as unreadable: {}", Failures.shown(e));
            }
        }
        return decoded == null ? UNDECODED : decoded;
    }

    /** Returns the key of a row at a moment. */
    ApiKey key(KeyRow row, long now) {
        return read(row).key(now);
    }

    /** Returns the key of a new row, whose permissions need no decoding. */
    ApiKey fresh(KeyRow row, DecodedPermissions permissions) {
        return key(row, permissions, new ArrayList<>(0), row.createdAt());
    }

    /**
     * Returns the effective permissions: those that both the list and the role hold now. Without a role, nothing bounds
     * the guess of a repair, so a repaired list grants nothing.
     */
    Set<String> granted(DecodedPermissions decoded, @Nullable String role) {
        if (role == null) {
            return decoded.grade() == Grade.REPAIRED ? Set.of() : decoded.permissions();
        }
        Set<String> held = roles.asMap().get(role);
        if (held == null) {
            tellUnknown(role);
            return Set.of();
        }
        if (held.containsAll(decoded.permissions())) {
            return decoded.permissions();
        }
        Set<String> both = new LinkedHashSet<>(decoded.permissions());
        both.retainAll(held);
        return SortedNames.copyOf(both);
    }

    private void tellUnknown(String role) {
        if (unknownRolesTold.size() < MAX_ROLES_TOLD && unknownRolesTold.add(role)) {
            LOG.warn(
                    "There are keys of the role {}, which this manager does not know: they grant nothing. Set it with"
                            + " ApiKeys.Builder.roles",
                    Shown.text(role));
        }
    }

    private ApiKey key(KeyRow row, DecodedPermissions decoded, List<String> damaged, long now) {
        if (decoded.grade() == Grade.QUARANTINED) {
            damaged.add("permissions");
        }
        Map<String, String> metadata = Json.readMetadata(row.metadata());
        if (metadata == null) {
            damaged.add("metadata");
            metadata = Map.of();
        }
        Instant created = instant("createdAt", row.createdAt(), damaged);
        Instant updated = instant("updatedAt", row.updatedAt(), damaged);
        return ApiKey.builder(new KeyId(row.id()), row.name(), created == null ? Instant.EPOCH : created)
                .description(row.description())
                .owner(row.owner())
                .role(row.role())
                .permissions(decoded.permissions())
                .granted(granted(decoded, row.role()))
                .grade(decoded.grade())
                .status(row.status(now))
                .usageCount(count("usageCount", row.usageCount(), damaged))
                .updatedAt(updated == null ? Instant.EPOCH : updated)
                .expiresAt(instant("expiresAt", row.expiresAt(), damaged))
                .lastUsedAt(instant("lastUsedAt", row.lastUsedAt(), damaged))
                .revokedAt(instant("revokedAt", row.revokedAt(), damaged))
                .revokedReason(row.revokedReason())
                .disabledAt(instant("disabledAt", row.disabledAt(), damaged))
                .rotatedFrom(id("rotatedFrom", row.rotatedFrom(), damaged))
                .rotatedTo(id("rotatedTo", row.rotatedTo(), damaged))
                .metadata(metadata)
                .createdBy(row.createdBy())
                .version(Math.max(1, row.version()))
                .damaged(SortedNames.copyOf(damaged))
                .build();
    }

    /** Returns whether the version of a row is valid and can be incremented. */
    static boolean isCountable(KeyRow row) {
        return row.version() >= 1 && row.version() < Long.MAX_VALUE - 1;
    }

    private static @Nullable Instant instant(String field, @Nullable Long millis, List<String> damaged) {
        if (millis == null) {
            return null;
        }
        if (!Dates.isReadable(millis)) {
            damaged.add(field);
            return null;
        }
        return Instant.ofEpochMilli(millis);
    }

    private static long count(String field, long value, List<String> damaged) {
        if (value < 0) {
            damaged.add(field);
        }
        return Math.max(0, value);
    }

    private static @Nullable KeyId id(String field, @Nullable String value, List<String> damaged) {
        KeyId id = KeyId.stored(value);
        if (id == null && value != null) {
            damaged.add(field);
        }
        return id;
    }
}
