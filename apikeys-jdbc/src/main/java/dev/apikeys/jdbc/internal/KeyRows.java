package dev.apikeys.jdbc.internal;

import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.WriteSet;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;

/** The mapping of key rows to their table. */
public final class KeyRows {

    /** The columns that a replace sets, in this order. */
    static final List<String> REPLACED = List.of(
            "hash",
            "name",
            "description",
            "owner",
            "role",
            "permissions",
            "metadata",
            "attributes",
            "updated_at",
            "expires_at",
            "revoked_at",
            "revoked_reason",
            "disabled_at",
            "rotated_from",
            "rotated_to",
            "version");

    /** The columns that an insert sets and a query reads, in this order. */
    public static final List<String> COLUMNS = Stream.concat(
                    Stream.of("id", "lookup", "created_by", "created_at", "last_used_at", "usage_count"),
                    REPLACED.stream())
            .toList();

    private KeyRows() {}

    static void bindInsert(PreparedStatement statement, KeyRow row) throws SQLException {
        Binding binding = Binding.of(statement)
                .text(row.id())
                .text(row.lookup())
                .text(row.createdBy())
                .number(row.createdAt())
                .number(row.lastUsedAt())
                .number(row.usageCount());
        bindReplaced(binding, row);
    }

    private static Binding bindReplaced(Binding binding, KeyRow row) throws SQLException {
        return binding.text(row.hash())
                .text(row.name())
                .text(row.description())
                .text(row.owner())
                .text(row.role())
                .text(row.permissions())
                .text(row.metadata())
                .text(row.attributes())
                .number(row.updatedAt())
                .number(row.expiresAt())
                .number(row.revokedAt())
                .text(row.revokedReason())
                .number(row.disabledAt())
                .text(row.rotatedFrom())
                .text(row.rotatedTo())
                .number(row.version());
    }

    /** Binds {@link #REPLACED}, then the id, the expected version and hash, and the latest allowed use. */
    static void bindReplace(PreparedStatement statement, WriteSet.Replace replace) throws SQLException {
        Long usedSince = replace.unlessUsedSince();
        bindReplaced(Binding.of(statement), replace.row())
                .text(replace.row().id())
                .number(replace.expectedVersion())
                .text(replace.expectedHash())
                .number(usedSince == null ? Long.MAX_VALUE : usedSince - 1);
    }

    /** Binds the id, the expected hash, and the expected version or null. */
    static void bindDelete(PreparedStatement statement, WriteSet.Delete delete) throws SQLException {
        Binding.of(statement).text(delete.id()).text(delete.expectedHash()).number(delete.expectedVersion());
    }

    /** Reads {@link #COLUMNS}. */
    public static KeyRow read(ResultSet result) throws SQLException {
        Columns columns = new Columns(result);
        String id = columns.text();
        String lookup = columns.optionalText();
        String createdBy = columns.optionalText();
        long createdAt = columns.number();
        Long lastUsedAt = columns.optionalNumber();
        long usageCount = columns.number();
        return KeyRow.builder(id, columns.text(), columns.text())
                .lookup(lookup)
                .createdBy(createdBy)
                .createdAt(createdAt)
                .lastUsedAt(lastUsedAt)
                .usageCount(usageCount)
                .description(columns.optionalText())
                .owner(columns.optionalText())
                .role(columns.optionalText())
                .permissions(columns.optionalText())
                .metadata(columns.optionalText())
                .attributes(columns.optionalText())
                .updatedAt(columns.number())
                .expiresAt(columns.optionalNumber())
                .revokedAt(columns.optionalNumber())
                .revokedReason(columns.optionalText())
                .disabledAt(columns.optionalNumber())
                .rotatedFrom(columns.optionalText())
                .rotatedTo(columns.optionalText())
                .version(columns.number())
                .build();
    }
}
