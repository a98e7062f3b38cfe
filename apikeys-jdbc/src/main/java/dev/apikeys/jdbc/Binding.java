package dev.apikeys.jdbc;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import org.jspecify.annotations.Nullable;

/** Sets the parameters of a statement from left to right. */
final class Binding {

    private final PreparedStatement statement;
    private int index;

    private Binding(PreparedStatement statement) {
        this.statement = statement;
    }

    static Binding of(PreparedStatement statement) {
        return new Binding(statement);
    }

    Binding text(@Nullable String value) throws SQLException {
        index++;
        if (value == null) {
            statement.setNull(index, Types.VARCHAR);
        } else {
            statement.setString(index, value);
        }
        return this;
    }

    Binding number(@Nullable Long value) throws SQLException {
        index++;
        if (value == null) {
            statement.setNull(index, Types.BIGINT);
        } else {
            statement.setLong(index, value);
        }
        return this;
    }
}
