package dev.apikeys.jdbc;

import dev.apikeys.spi.KeyRow;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The conditions of a list with their parameters.
 *
 * @param conditions SQL with a parameter for each of the values
 * @param values texts and numbers
 */
record Where(List<String> conditions, List<Object> values) {

    private static final String OWNER = "owner = ?";

    Where() {
        this(List.of(), List.of());
    }

    Where after(@Nullable String id) {
        return id == null ? this : and("id > ?", id);
    }

    Where upTo(@Nullable String id) {
        return id == null ? this : and("id <= ?", id);
    }

    Where owner(@Nullable String owner) {
        return owner == null ? this : and(OWNER, owner);
    }

    Where role(@Nullable String role) {
        return role == null ? this : and("role = ?", role);
    }

    /** The same as {@link KeyRow#status(long)}. */
    Where status(KeyRow.@Nullable Status status, long now) {
        if (status == null) {
            return this;
        }
        return switch (status) {
            case REVOKED -> and("revoked_at <= ?", now);
            case EXPIRED -> notRevoked(now).and("expires_at <= ?", now);
            case DISABLED -> notEnded(now).and("disabled_at IS NOT NULL");
            case ACTIVE -> notEnded(now).and("disabled_at IS NULL");
        };
    }

    private Where notEnded(long now) {
        return notRevoked(now).and("(expires_at IS NULL OR expires_at > ?)", now);
    }

    private Where notRevoked(long now) {
        return and("(revoked_at IS NULL OR revoked_at > ?)", now);
    }

    private Where and(String condition, Object... more) {
        return new Where(
                Stream.concat(conditions.stream(), Stream.of(condition)).toList(),
                Stream.concat(values.stream(), Stream.of(more)).toList());
    }

    String sql() {
        return conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
    }

    /** By id; with the owner before it where there is but one, so that every optimizer sees the index on both. */
    String order() {
        return conditions.contains(OWNER) ? " ORDER BY owner, id" : " ORDER BY id";
    }

    Binding bind(PreparedStatement statement) throws SQLException {
        Binding binding = Binding.of(statement);
        for (Object value : values) {
            if (value instanceof Long number) {
                binding.number(number);
            } else {
                binding.text((String) value);
            }
        }
        return binding;
    }
}
