package dev.apikeys;

import dev.apikeys.DecodedPermissions.Grade;
import dev.apikeys.internal.text.SortedNames;
import dev.apikeys.internal.text.SortedTexts;
import dev.apikeys.spi.KeyRow;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An API key as it was at one moment; never holds its secret or hash. Times are cut to milliseconds. Immutable and
 * thread-safe.
 *
 * @param id its public handle
 * @param name what people call it
 * @param description what it is for, or null
 * @param owner whose it is, or null
 * @param role the role that bounds it, or null
 * @param permissions what its stored list holds, sorted; empty if the list is quarantined
 * @param granted what counts in a decision: the permissions that its role holds now, too; sorted. Without a role: all of an
 *     intact list, and nothing of a repaired one. With a role that the manager does not know: nothing
 * @param grade how sound its stored list is
 * @param status what it is at that moment
 * @param usageCount how often it was used, as far as written
 * @param createdAt when it was created
 * @param updatedAt when it was last changed
 * @param expiresAt when it ends, or null
 * @param lastUsedAt when it was last used, as far as written, or null
 * @param revokedAt from when on it is revoked, or null; lies ahead during the grace of a rotation
 * @param revokedReason why, or null
 * @param disabledAt since when it is switched off, by {@code disable} or by a revocation that held at once, or null
 * @param rotatedFrom the key that this one replaces, or null
 * @param rotatedTo the key that replaces this one, or null
 * @param metadata data of the host's, sorted
 * @param damaged the names of the stored fields that cannot be read, sorted; a key with any is denied
 * @param version counts the changes, from 1
 */
public record ApiKey(
        KeyId id,
        String name,
        @Nullable String description,
        @Nullable String owner,
        @Nullable String role,
        Set<String> permissions,
        Set<String> granted,
        Grade grade,
        KeyRow.Status status,
        long usageCount,
        Instant createdAt,
        Instant updatedAt,
        @Nullable Instant expiresAt,
        @Nullable Instant lastUsedAt,
        @Nullable Instant revokedAt,
        @Nullable String revokedReason,
        @Nullable Instant disabledAt,
        @Nullable KeyId rotatedFrom,
        @Nullable KeyId rotatedTo,
        Map<String, String> metadata,
        Set<String> damaged,
        long version) {

    /**
     * Creates a key of copies, sorted. The library's own sets and maps are known to be immutable and are kept as they are.
     *
     * @throws NullPointerException if an argument is null that may not be, or holds null; names the argument
     */
    public ApiKey {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(name, "name");
        permissions = SortedNames.copyOf("permissions", permissions);
        granted = SortedNames.copyOf("granted", granted);
        Objects.requireNonNull(grade, "grade");
        Objects.requireNonNull(status, "status");
        Objects.requireNonNull(createdAt, "createdAt");
        Objects.requireNonNull(updatedAt, "updatedAt");
        metadata = SortedTexts.copyOf("metadata", metadata);
        damaged = SortedNames.copyOf("damaged", damaged);
    }

    ApiKey withStatus(KeyRow.Status other) {
        return new ApiKey(
                id,
                name,
                description,
                owner,
                role,
                permissions,
                granted,
                grade,
                other,
                usageCount,
                createdAt,
                updatedAt,
                expiresAt,
                lastUsedAt,
                revokedAt,
                revokedReason,
                disabledAt,
                rotatedFrom,
                rotatedTo,
                metadata,
                damaged,
                version);
    }
}
