package dev.apikeys.verify.planted.importer;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;

/** Breaks: one class borrows connections, in one place. */
public final class BorrowsTwoInOneLine {
    public List<Connection> nested(DataSource source) throws SQLException {
        return List.of(source.getConnection(), source.getConnection());
    }
}
