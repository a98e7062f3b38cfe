package dev.apikeys.verify.planted.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/** Breaks: one class borrows connections, in one place. */
public final class BorrowsConnection {
    public void nested(DataSource source) throws SQLException {
        try (Connection outer = source.getConnection();
                Connection inner = source.getConnection()) {
            inner.setReadOnly(outer.isReadOnly());
        }
    }
}
