package dev.apikeys;

import dev.apikeys.internal.text.Shown;
import dev.apikeys.DecodedPermissions.Grade;
import dev.apikeys.spi.KeyRow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Works out what a row means: decoded permissions, what of them is granted, times, metadata, and what is damaged. */
final class RowReader {
    private static final Logger LOG = LoggerFactory.getLogger(RowReader.class);
    private static final int MAX_ROLES_TOLD = 1_000;
    private static final long EARLIEST = Instant.parse("0001-01-01T00:00:00Z").toEpochMilli();
    private static final long LATEST = Instant.parse("9999-12-31T23:59:59.999Z").toEpochMilli();

    private final Roles roles;
    private final PermissionCodec codec;
    private final SecretHasher hasher;
    private final Set<String> unknownRolesTold = ConcurrentHashMap.newKeySet();

    RowReader(Roles roles, PermissionCodec codec, SecretHasher hasher) {
        this.roles = roles;
        this.codec = codec;
        this.hasher = hasher;
    }

    /** Reads a row whose id is a key id. */
    StoredKey read(KeyRow row, long now) {
        StoredHash hash = hasher.read(row.hash());
        List<String> damaged = new ArrayList<>(0);
        if (hash == null) {
            damaged.add("hash");
        }
        return new StoredKey(row, hash, key(row, codec.decode(row.permissions()), damaged, now));
    }

    /** The key of a row that was just made, whose permissions need no decoding. */
    ApiKey fresh(KeyRow row, DecodedPermissions permissions) {
        return key(row, permissions, new ArrayList<>(0), row.createdAt());
    }

    /**
     * What counts in a decision: the permissions that the list holds and the role holds now. Without a role nothing bounds
     * what a repair has guessed, so a repaired list then grants nothing.
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
        return Arguments.sorted(both);
    }

    private void tellUnknown(String role) {
        if (unknownRolesTold.size() < MAX_ROLES_TOLD && unknownRolesTold.add(role)) {
            LOG.warn(
                    "There are keys of the role {}, which this manager does not know: they grant nothing. Give it with"
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
        long version = count("version", row.version(), 1, damaged);
        return new ApiKey(
                new KeyId(row.id()),
                row.name(),
                row.description(),
                row.owner(),
                row.role(),
                decoded.permissions(),
                granted(decoded, row.role()),
                decoded.grade(),
                row.status(now),
                count("usageCount", row.usageCount(), 0, damaged),
                created == null ? Instant.EPOCH : created,
                updated == null ? Instant.EPOCH : updated,
                instant("expiresAt", row.expiresAt(), damaged),
                instant("lastUsedAt", row.lastUsedAt(), damaged),
                instant("revokedAt", row.revokedAt(), damaged),
                row.revokedReason(),
                instant("disabledAt", row.disabledAt(), damaged),
                id("rotatedFrom", row.rotatedFrom(), damaged),
                id("rotatedTo", row.rotatedTo(), damaged),
                metadata,
                damagedFields(damaged),
                version);
    }

    private static Set<String> damagedFields(List<String> damaged) {
        return damaged.isEmpty() ? Set.of() : Arguments.sorted(damaged);
    }

    private static @Nullable Instant instant(String field, @Nullable Long millis, List<String> damaged) {
        if (millis == null) {
            return null;
        }
        if (millis < EARLIEST || millis > LATEST) {
            damaged.add(field);
            return null;
        }
        return Instant.ofEpochMilli(millis);
    }

    private static long count(String field, long value, long least, List<String> damaged) {
        if (value < least) {
            damaged.add(field);
            return least;
        }
        return value;
    }

    private static @Nullable KeyId id(String field, @Nullable String value, List<String> damaged) {
        if (value == null) {
            return null;
        }
        if (!KeyId.isValid(value)) {
            damaged.add(field);
            return null;
        }
        return new KeyId(value);
    }
}
