package dev.apikeys.jdbc.internal;

import dev.apikeys.spi.KeyRow;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads the columns of a row from left to right. Never fails on a value: a number that cannot be read is
 * {@link KeyRow#UNREADABLE}, where a driver would return 0. Not thread-safe.
 */
public final class Columns {

    private final ResultSet result;
    private int index;

    /** Starts at the first column of the current row. */
    public Columns(ResultSet result) {
        this.result = result;
    }

    /** Reads a text. */
    public String text() throws SQLException {
        return Objects.requireNonNullElse(optionalText(), "");
    }

    /** Reads a text or NULL. */
    public @Nullable String optionalText() throws SQLException {
        return result.getString(++index);
    }

    /** Reads a whole number. */
    public long number() throws SQLException {
        Long number = optionalNumber();
        return number == null ? KeyRow.UNREADABLE : number;
    }

    /** Reads a whole number or NULL. */
    public @Nullable Long optionalNumber() throws SQLException {
        Object value = result.getObject(++index);
        if (value == null) {
            return null;
        }
        return value instanceof Long || value instanceof Integer ? ((Number) value).longValue() : KeyRow.UNREADABLE;
    }
}
