package dev.apikeys.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What differs between the databases, as data.
 *
 * @param product what the driver calls the database
 * @param script where the script with the tables lies, from this package on
 * @param insert an insert with places for table, columns and parameters
 * @param duplicate an insert met a row that is there already; none where the insert then counts 0 instead of failing
 * @param retryable the transaction was given up for the sake of another and may be tried again after a rollback
 * @param alsoRefused the database did not do what it was asked, beyond what {@link #REFUSED} says
 * @param missing a table or column is not there
 * @param exists a table or index that was not there a moment ago is there now
 * @param readOnly the connection or the database may not be written to
 * @param openTransaction a query for whether a transaction is under way, null if the database cannot say; PostgreSQL and
 *     H2 can say it only of one that has written
 * @param wholeNumber a condition that a column, for which there is a place, holds a whole number or nothing; null where
 *     its type sees to that
 * @param timeouts how the driver bounds a wait
 * @param batches what the driver makes of a batch
 */
record Dialect(
        String product,
        String script,
        String insert,
        Codes duplicate,
        Codes retryable,
        Codes alsoRefused,
        Codes missing,
        Codes exists,
        Codes readOnly,
        @Nullable String openTransaction,
        @Nullable String wholeNumber,
        Timeouts timeouts,
        Batches batches) {

    /** How a driver bounds a wait. */
    enum Timeouts {
        /** By statement, and on the socket. */
        NETWORK,
        /** By statement; there is no socket, or the driver cannot bound it. */
        STATEMENT,
        /** By statement, but the bound stays with the session and has to be restored. */
        SESSION
    }

    /** What a driver makes of a batch. */
    enum Batches {
        /** One wait for all rows, which the timeout of the statement ends. */
        WHOLE,
        /** Few round trips, but each row may wait as long as the timeout of the statement. */
        ROWS,
        /** A loop over the rows, which we can run as well. */
        NONE
    }

    static final Dialect POSTGRESQL = new Dialect(
            "PostgreSQL",
            "schema/postgresql/V1__apikeys.sql",
            // SELECT, not VALUES: a driver that rewrites batches of VALUES no longer tells their counts.
            "INSERT INTO %s (%s) SELECT %s ON CONFLICT DO NOTHING",
            Codes.NONE,
            Codes.states("40001", "40P01"),
            Codes.states("53", "54", "55", "57014"),
            Codes.states("42P01", "42703", "3F000"),
            Codes.states("42P07", "42710", "23505", "XX000"),
            Codes.states("25006"),
            "SELECT txid_current_if_assigned() IS NOT NULL",
            null,
            Timeouts.NETWORK,
            Batches.WHOLE);

    static final Dialect MARIADB = new Dialect(
            "MariaDB",
            "schema/mariadb/V1__apikeys.sql",
            "INSERT INTO %s (%s) VALUES (%s)",
            Codes.vendor(1062),
            Codes.vendor(1213, 1205, 1020),
            Codes.vendor(1969, 1290, 1792, 1836, 1114),
            Codes.vendor(1146, 1054),
            Codes.vendor(1050, 1061, 1062),
            Codes.vendor(1290, 1792, 1836),
            "SELECT @@in_transaction",
            null,
            Timeouts.NETWORK,
            Batches.ROWS);

    static final Dialect H2 = new Dialect(
            "H2",
            "schema/h2/V1__apikeys.sql",
            "INSERT INTO %s (%s) VALUES (%s)",
            Codes.vendor(23505),
            Codes.vendor(40001, 50200, 90131),
            Codes.vendor(57014, 90097),
            Codes.vendor(42102, 42104, 42122),
            // 50000: it checks first and creates then, and fails in general if it was overtaken.
            Codes.vendor(42101, 42111, 23505, 50000),
            Codes.vendor(90097),
            "SELECT CONTAINS_UNCOMMITTED FROM INFORMATION_SCHEMA.SESSIONS WHERE SESSION_ID = SESSION_ID()",
            null,
            Timeouts.SESSION,
            Batches.NONE);

    static final Dialect SQLITE = new Dialect(
            "SQLite",
            "schema/sqlite/V1__apikeys.sql",
            "INSERT INTO %s (%s) VALUES (%s) ON CONFLICT DO NOTHING",
            Codes.NONE,
            Codes.vendor(5, 6),
            Codes.vendor(1, 8, 13, 19, 20),
            Codes.vendor(1),
            Codes.NONE,
            Codes.vendor(8),
            null,
            "typeof(%s) IN ('integer', 'null')",
            Timeouts.STATEMENT,
            Batches.NONE);

    static final List<Dialect> ALL = List.of(POSTGRESQL, MARIADB, H2, SQLITE);

    /**
     * SQLSTATEs by which any of them says that it did not do what it was asked: whole classes, but of 40, a rollback, not
     * 40003, which says that the completion of the statement is unknown.
     */
    private static final Codes REFUSED = Codes.states(
            "0A", "21", "22", "23", "25", "28", "3D", "3F", "40000", "40001", "40002", "40004", "40P01", "42");

    /**
     * The dialect of the database behind a connection.
     *
     * @throws IllegalArgumentException if it is none of these
     */
    static Dialect of(Connection connection) throws SQLException {
        String product = connection.getMetaData().getDatabaseProductName();
        for (Dialect dialect : ALL) {
            if (dialect.product.equals(product)) {
                return dialect;
            }
        }
        throw new IllegalArgumentException("dataSource leads to a database called " + product + ", but supported are "
                + ALL.stream().map(Dialect::product).collect(Collectors.joining(", ")));
    }

    /** Where the script lies in the jar, for messages: whoever looks for it begins at the root. */
    String scriptInJar() {
        return Dialect.class.getPackageName().replace('.', '/') + "/" + script;
    }

    /** An insert with one parameter a column. */
    String insertInto(String table, List<String> columns) {
        String parameters = columns.stream().map(column -> "?").collect(Collectors.joining(", "));
        return String.format(Locale.ROOT, insert, table, String.join(", ", columns), parameters);
    }

    /** For a query with conditions: another, that a column holds a whole number or nothing. */
    String andWholeNumber(String column) {
        return wholeNumber == null ? "" : " AND " + String.format(Locale.ROOT, wholeNumber, column);
    }

    /** Whether an insert of a row that is there already counts 0 instead of failing. */
    boolean countsDuplicates() {
        return duplicate.equals(Codes.NONE);
    }

    /** Whether the database itself said that it did not do what it was asked. */
    boolean refused(SQLException thrown) {
        return REFUSED.match(thrown) || alsoRefused.match(thrown) || retryable.match(thrown);
    }
}
