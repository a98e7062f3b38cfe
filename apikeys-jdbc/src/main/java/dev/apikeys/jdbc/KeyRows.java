package dev.apikeys.jdbc;

import dev.apikeys.spi.Change;
import dev.apikeys.spi.KeyRow;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;

/** API keys as rows of a table. */
final class KeyRows {

    /** The columns that an insert sets and a query reads, in this order. */
    static final List<String> COLUMNS = List.of(
            "id",
            "lookup",
            "hash",
            "name",
            "description",
            "owner",
            "role",
            "permissions",
            "metadata",
            "created_at",
            "updated_at",
            "expires_at",
            "last_used_at",
            "revoked_at",
            "revoked_reason",
            "disabled_at",
            "rotated_from",
            "rotated_to",
            "usage_count",
            "version");

    /** The columns that a replace sets, in this order. */
    static final List<String> REPLACED = List.of(
            "hash",
            "name",
            "description",
            "owner",
            "role",
            "permissions",
            "metadata",
            "updated_at",
            "expires_at",
            "revoked_at",
            "revoked_reason",
            "disabled_at",
            "rotated_from",
            "rotated_to",
            "version");

    private KeyRows() {}

    static void bindInsert(PreparedStatement statement, KeyRow row) throws SQLException {
        Binding.of(statement)
                .text(row.id())
                .text(row.lookup())
                .text(row.hash())
                .text(row.name())
                .text(row.description())
                .text(row.owner())
                .text(row.role())
                .text(row.permissions())
                .text(row.metadata())
                .number(row.createdAt())
                .number(row.updatedAt())
                .number(row.expiresAt())
                .number(row.lastUsedAt())
                .number(row.revokedAt())
                .text(row.revokedReason())
                .number(row.disabledAt())
                .text(row.rotatedFrom())
                .text(row.rotatedTo())
                .number(row.usageCount())
                .number(row.version());
    }

    /** Binds {@link #REPLACED}, then the id, and the version and hash that are expected. */
    static void bindReplace(PreparedStatement statement, Change.Replace replace) throws SQLException {
        KeyRow row = replace.row();
        Binding.of(statement)
                .text(row.hash())
                .text(row.name())
                .text(row.description())
                .text(row.owner())
                .text(row.role())
                .text(row.permissions())
                .text(row.metadata())
                .number(row.updatedAt())
                .number(row.expiresAt())
                .number(row.revokedAt())
                .text(row.revokedReason())
                .number(row.disabledAt())
                .text(row.rotatedFrom())
                .text(row.rotatedTo())
                .number(row.version())
                .text(row.id())
                .number(replace.expectedVersion())
                .text(replace.expectedHash());
    }

    static KeyRow read(ResultSet result) throws SQLException {
        Columns columns = new Columns(result);
        return new KeyRow(
                Objects.requireNonNullElse(columns.text(), ""),
                columns.text(),
                Objects.requireNonNullElse(columns.text(), ""),
                Objects.requireNonNullElse(columns.text(), ""),
                columns.text(),
                columns.text(),
                columns.text(),
                columns.text(),
                columns.text(),
                columns.number(),
                columns.number(),
                columns.optionalNumber(),
                columns.optionalNumber(),
                columns.optionalNumber(),
                columns.text(),
                columns.optionalNumber(),
                columns.text(),
                columns.text(),
                columns.number(),
                columns.number());
    }
}
