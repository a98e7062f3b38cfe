package dev.apikeys.jdbc;

import dev.apikeys.jdbc.internal.Binding;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The conditions of a query with their parameters.
 *
 * @param conditions SQL with one parameter for each value
 * @param values texts and numbers
 */
record Where(List<String> conditions, List<Object> values) {

    static final Where ALL = new Where(List.of(), List.of());

    /** Adds a condition. */
    Where and(String condition, Object... parameters) {
        return new Where(
                Stream.concat(conditions.stream(), Stream.of(condition)).toList(),
                Stream.concat(values.stream(), Stream.of(parameters)).toList());
    }

    /** Adds a condition with one parameter, unless that is null. */
    Where given(@Nullable Object parameter, String condition) {
        return parameter == null ? this : and(condition, parameter);
    }

    boolean isEmpty() {
        return conditions.isEmpty();
    }

    Where and(Where more) {
        return new Where(
                Stream.concat(conditions.stream(), more.conditions.stream()).toList(),
                Stream.concat(values.stream(), more.values.stream()).toList());
    }

    String sql() {
        return conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
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
