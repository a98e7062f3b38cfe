package dev.apikeys.jdbc;

import dev.apikeys.spi.KeyRow;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Reads the columns of a row from left to right. Whatever stands in a column of numbers, this does not fail: SQLite keeps
 * text there, and a driver would make 0 of it.
 */
final class Columns {

    private final ResultSet result;
    private int index;

    Columns(ResultSet result) {
        this.result = result;
    }

    @Nullable String text() throws SQLException {
        return result.getString(++index);
    }

    long number() throws SQLException {
        Long number = optionalNumber();
        return number == null ? KeyRow.UNREADABLE : number;
    }

    @Nullable Long optionalNumber() throws SQLException {
        Object value = result.getObject(++index);
        if (value == null) {
            return null;
        }
        return value instanceof Long || value instanceof Integer ? ((Number) value).longValue() : KeyRow.UNREADABLE;
    }
}
