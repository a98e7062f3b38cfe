package dev.apikeys.tck;

import dev.apikeys.spi.Change;
import dev.apikeys.spi.KeyRow;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A key row in the making; what is not set has a plain value or none. Not thread-safe. */
final class Draft {
    /** An instant with milliseconds that would be lost if they were rounded. */
    static final long T0 = 1_763_930_645_789L;

    private final String id;
    private @Nullable String lookup;
    private String hash = "sha256$$" + "0123456789abcdef".repeat(4);
    private String name = "a key";
    private @Nullable String description;
    private @Nullable String owner;
    private @Nullable String role;
    private @Nullable String permissions;
    private @Nullable String metadata;
    private long createdAt = T0;
    private long updatedAt = T0;
    private @Nullable Long expiresAt;
    private @Nullable Long lastUsedAt;
    private @Nullable Long revokedAt;
    private @Nullable String revokedReason;
    private @Nullable Long disabledAt;
    private @Nullable String rotatedFrom;
    private @Nullable String rotatedTo;
    private long usageCount;
    private long version = 1;

    private Draft(String id) {
        this.id = id;
    }

    static Draft of(String id) {
        return new Draft(id);
    }

    static Draft of(int number) {
        return new Draft(id(number));
    }

    static Draft from(KeyRow row) {
        Draft draft = new Draft(row.id());
        draft.lookup = row.lookup();
        draft.hash = row.hash();
        draft.name = row.name();
        draft.description = row.description();
        draft.owner = row.owner();
        draft.role = row.role();
        draft.permissions = row.permissions();
        draft.metadata = row.metadata();
        draft.createdAt = row.createdAt();
        draft.updatedAt = row.updatedAt();
        draft.expiresAt = row.expiresAt();
        draft.lastUsedAt = row.lastUsedAt();
        draft.revokedAt = row.revokedAt();
        draft.revokedReason = row.revokedReason();
        draft.disabledAt = row.disabledAt();
        draft.rotatedFrom = row.rotatedFrom();
        draft.rotatedTo = row.rotatedTo();
        draft.usageCount = row.usageCount();
        draft.version = row.version();
        return draft;
    }

    /** An id of the usual length; ids ascend with the number. */
    static String id(int number) {
        return String.format(Locale.ROOT, "ak_01k%023d", number);
    }

    Draft lookup(@Nullable String value) {
        lookup = value;
        return this;
    }

    Draft hash(String value) {
        hash = value;
        return this;
    }

    Draft name(String value) {
        name = value;
        return this;
    }

    Draft description(@Nullable String value) {
        description = value;
        return this;
    }

    Draft owner(@Nullable String value) {
        owner = value;
        return this;
    }

    Draft role(@Nullable String value) {
        role = value;
        return this;
    }

    Draft permissions(@Nullable String value) {
        permissions = value;
        return this;
    }

    Draft metadata(@Nullable String value) {
        metadata = value;
        return this;
    }

    Draft createdAt(long value) {
        createdAt = value;
        return this;
    }

    Draft updatedAt(long value) {
        updatedAt = value;
        return this;
    }

    Draft expiresAt(@Nullable Long value) {
        expiresAt = value;
        return this;
    }

    Draft lastUsedAt(@Nullable Long value) {
        lastUsedAt = value;
        return this;
    }

    Draft revokedAt(@Nullable Long value) {
        revokedAt = value;
        return this;
    }

    Draft revokedReason(@Nullable String value) {
        revokedReason = value;
        return this;
    }

    Draft disabledAt(@Nullable Long value) {
        disabledAt = value;
        return this;
    }

    Draft rotatedFrom(@Nullable String value) {
        rotatedFrom = value;
        return this;
    }

    Draft rotatedTo(@Nullable String value) {
        rotatedTo = value;
        return this;
    }

    Draft usageCount(long value) {
        usageCount = value;
        return this;
    }

    Draft version(long value) {
        version = value;
        return this;
    }

    KeyRow row() {
        return new KeyRow(
                id,
                lookup,
                hash,
                name,
                description,
                owner,
                role,
                permissions,
                metadata,
                createdAt,
                updatedAt,
                expiresAt,
                lastUsedAt,
                revokedAt,
                revokedReason,
                disabledAt,
                rotatedFrom,
                rotatedTo,
                usageCount,
                version);
    }

    Change insert() {
        return new Change.Insert(row());
    }

    Change replace() {
        return new Change.Replace(row());
    }
}
