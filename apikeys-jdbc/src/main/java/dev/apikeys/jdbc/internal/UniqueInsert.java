package dev.apikeys.jdbc.internal;

import dev.apikeys.spi.KeyExistsException;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Function;

/**
 * An insert of rows, none of which may exist yet.
 *
 * @param dialect of the database
 * @param sql the insert
 * @param values sets its parameters
 * @param existing a query for a row that conflicts with a given one
 * @param unique sets its parameters
 * @param keyId the key id of a row, for the exception
 * @param <R> the type of the rows
 */
public record UniqueInsert<R>(
        Dialect dialect,
        String sql,
        Session.Binder<R> values,
        String existing,
        Session.Binder<R> unique,
        Function<R, String> keyId) {

    /**
     * Inserts rows.
     *
     * @throws KeyExistsException if one of them exists
     */
    public void run(Session session, List<R> rows) throws SQLException {
        if (dialect.countsDuplicates()) {
            int[] counts = session.updateAll(sql, rows, values);
            for (int i = 0; i < counts.length; i++) {
                if (counts[i] == 0) {
                    throw new KeyExistsException(keyId.apply(rows.get(i)), null);
                }
            }
            return;
        }
        try {
            session.runAll(sql, rows, values);
        } catch (SQLException e) {
            if (dialect.duplicate(e)) {
                session.rollback(e);
                throw new KeyExistsException(keyId.apply(existing(session, rows)), e);
            }
            throw e;
        }
    }

    /** Returns the first row that exists; the database reports only that one does. */
    private R existing(Session session, List<R> rows) throws SQLException {
        for (R row : rows) {
            if (rows.size() == 1
                    || !session.query(existing, statement -> unique.bind(statement, row), result -> true)
                            .isEmpty()) {
                return row;
            }
        }
        return rows.get(0);
    }
}
