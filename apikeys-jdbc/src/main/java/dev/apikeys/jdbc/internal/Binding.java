package dev.apikeys.jdbc.internal;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import org.jspecify.annotations.Nullable;

/** Sets the parameters of a statement from left to right. Not thread-safe. */
public final class Binding {

    private final PreparedStatement statement;
    private int index;

    private Binding(PreparedStatement statement) {
        this.statement = statement;
    }

    /** Returns a binding that begins at the first parameter. */
    public static Binding of(PreparedStatement statement) {
        return new Binding(statement);
    }

    /** Sets the next parameter to a text or NULL. */
    public Binding text(@Nullable String value) throws SQLException {
        index++;
        if (value == null) {
            statement.setNull(index, Types.VARCHAR);
        } else {
            statement.setString(index, value);
        }
        return this;
    }

    /** Sets the next parameter to a number or NULL. */
    public Binding number(@Nullable Long value) throws SQLException {
        index++;
        if (value == null) {
            statement.setNull(index, Types.BIGINT);
        } else {
            statement.setLong(index, value);
        }
        return this;
    }
}
