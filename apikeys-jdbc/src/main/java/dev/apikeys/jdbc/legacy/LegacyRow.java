package dev.apikeys.jdbc.legacy;

import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** A row as it stands in the legacy table: texts, whatever is in them. */
record LegacyRow(
        String id,
        @Nullable String name,
        @Nullable String description,
        @Nullable String role,
        @Nullable String permissions,
        @Nullable String hash,
        @Nullable String status,
        @Nullable String usageCount,
        @Nullable String createdAt,
        @Nullable String updatedAt) {

    /** Reads the columns in the order of {@link LegacyColumn}. */
    static LegacyRow read(ResultSet result) throws SQLException {
        return new LegacyRow(
                result.getString(1),
                result.getString(2),
                result.getString(3),
                result.getString(4),
                result.getString(5),
                result.getString(6),
                result.getString(7),
                result.getString(8),
                result.getString(9),
                result.getString(10));
    }

    /** Without the hash: in a broken table that may be anything, even a secret. */
    @Override
    public String toString() {
        return "LegacyRow[id=" + id + "]";
    }
}
