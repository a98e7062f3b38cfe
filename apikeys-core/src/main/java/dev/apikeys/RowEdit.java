package dev.apikeys;

import dev.apikeys.spi.KeyRow;
import org.jspecify.annotations.Nullable;

/** The next state of a row; what is not set stays as it was read, damage included. Not thread-safe. */
final class RowEdit {
    private final KeyRow row;
    String hash;
    String name;

    @Nullable String description;

    @Nullable String owner;

    @Nullable String role;

    @Nullable String permissions;

    @Nullable String metadata;

    @Nullable Long expiresAt;

    @Nullable Long revokedAt;

    @Nullable String revokedReason;

    @Nullable Long disabledAt;

    @Nullable String rotatedTo;

    RowEdit(KeyRow row) {
        this.row = row;
        this.hash = row.hash();
        this.name = row.name();
        this.description = row.description();
        this.owner = row.owner();
        this.role = row.role();
        this.permissions = row.permissions();
        this.metadata = row.metadata();
        this.expiresAt = row.expiresAt();
        this.revokedAt = row.revokedAt();
        this.revokedReason = row.revokedReason();
        this.disabledAt = row.disabledAt();
        this.rotatedTo = row.rotatedTo();
    }

    /**
     * Revokes at a moment. Where that is now, the key is switched off as well: a node whose clock is behind, or a clock
     * that is set back, would otherwise take it for one that has some time left.
     */
    void revoke(long now, long at, String reason) {
        revokedAt = at;
        revokedReason = reason;
        if (at <= now) {
            disabledAt = at;
        }
    }

    /**
     * The row of the next version.
     *
     * @throws ConflictException if the version that was read is none
     */
    KeyRow next(long updatedAt) {
        if (row.version() < 1 || row.version() == Long.MAX_VALUE) {
            throw new ConflictException(
                    new KeyId(row.id()), "has a stored version that cannot be read; mend it in the store");
        }
        return new KeyRow(
                row.id(),
                row.lookup(),
                hash,
                name,
                description,
                owner,
                role,
                permissions,
                metadata,
                row.createdAt(),
                updatedAt,
                expiresAt,
                row.lastUsedAt(),
                revokedAt,
                revokedReason,
                disabledAt,
                row.rotatedFrom(),
                rotatedTo,
                row.usageCount(),
                row.version() + 1);
    }
}
