package dev.apikeys.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What differs between the databases, as data. */
enum Dialect {
    POSTGRESQL(
            "PostgreSQL",
            // SELECT, not VALUES: a driver that rewrites batches of VALUES no longer tells their counts.
            "INSERT INTO %s (%s) SELECT %s ON CONFLICT DO NOTHING",
            Codes.NONE,
            Codes.states("40001", "40P01"),
            Codes.states("57014", "53", "54", "55"),
            Codes.states("42P01", "42703", "3F000"),
            Codes.states("42P07", "42710", "23505", "XX000"),
            Codes.states("25006"),
            "SELECT pg_current_xact_id_if_assigned() IS NOT NULL",
            Timeouts.NETWORK),

    MARIADB(
            "MariaDB",
            "INSERT INTO %s (%s) VALUES (%s)",
            Codes.vendor(1062),
            Codes.vendor(1213, 1205, 1020),
            Codes.vendor(1969, 1290, 1792, 1836, 1114),
            Codes.vendor(1146, 1054),
            Codes.vendor(1050, 1061, 1062),
            Codes.vendor(1290, 1792, 1836),
            "SELECT @@in_transaction",
            Timeouts.NETWORK),

    H2(
            "H2",
            "INSERT INTO %s (%s) VALUES (%s)",
            Codes.vendor(23505),
            Codes.vendor(40001, 50200, 90131),
            Codes.vendor(57014, 90097),
            Codes.vendor(42102, 42104, 42122),
            Codes.vendor(42101, 42111, 23505),
            Codes.vendor(90097),
            "SELECT CONTAINS_UNCOMMITTED FROM INFORMATION_SCHEMA.SESSIONS WHERE SESSION_ID = SESSION_ID()",
            Timeouts.SESSION),

    SQLITE(
            "SQLite",
            "INSERT INTO %s (%s) VALUES (%s) ON CONFLICT DO NOTHING",
            Codes.NONE,
            Codes.vendor(5, 6),
            Codes.vendor(1, 8, 13, 19, 20),
            Codes.vendor(1),
            Codes.NONE,
            Codes.vendor(8),
            null,
            Timeouts.STATEMENT);

    /** How a dialect's driver bounds a wait. */
    enum Timeouts {
        /** By statement, and on the socket. */
        NETWORK,
        /** By statement; there is no socket, or the driver cannot bound it. */
        STATEMENT,
        /** By statement, but the bound stays with the session and has to be restored. */
        SESSION
    }

    /** Classes of SQLSTATE by which any of these databases says that it refused a statement. */
    private static final Codes REFUSED =
            Codes.states("0A", "21", "22", "23", "25", "28", "3D", "3F", "40", "42");

    private final String product;
    private final String insert;
    private final Codes duplicate;
    private final Codes retryable;
    private final Codes refused;
    private final Codes missing;
    private final Codes exists;
    private final Codes readOnly;
    private final @Nullable String openTransaction;
    private final Timeouts timeouts;

    Dialect(
            String product,
            String insert,
            Codes duplicate,
            Codes retryable,
            Codes refused,
            Codes missing,
            Codes exists,
            Codes readOnly,
            @Nullable String openTransaction,
            Timeouts timeouts) {
        this.product = product;
        this.insert = insert;
        this.duplicate = duplicate;
        this.retryable = retryable;
        this.refused = refused;
        this.missing = missing;
        this.exists = exists;
        this.readOnly = readOnly;
        this.openTransaction = openTransaction;
        this.timeouts = timeouts;
    }

    /**
     * The dialect of the database behind a connection.
     *
     * @throws IllegalArgumentException if it is none of these
     */
    static Dialect of(Connection connection) throws SQLException {
        String product = connection.getMetaData().getDatabaseProductName();
        for (Dialect dialect : values()) {
            if (dialect.product.equals(product)) {
                return dialect;
            }
        }
        throw new IllegalArgumentException("dataSource leads to a database called " + product + ", but supported are "
                + Arrays.stream(values()).map(d -> d.product).collect(Collectors.joining(", ")));
    }

    String product() {
        return product;
    }

    /** An insert with one parameter a column. */
    String insertInto(String table, List<String> columns) {
        String parameters = columns.stream().map(column -> "?").collect(Collectors.joining(", "));
        return String.format(Locale.ROOT, insert, table, String.join(", ", columns), parameters);
    }

    /** Whether an insert of a row that is there already counts 0 instead of failing. */
    boolean countsDuplicates() {
        return duplicate.equals(Codes.NONE);
    }

    /** Whether an insert met a row that is there already. */
    boolean duplicate(SQLException thrown) {
        return duplicate.match(thrown);
    }

    /** Whether the transaction was given up for the sake of another and may be tried again after a rollback. */
    boolean retryable(SQLException thrown) {
        return retryable.match(thrown);
    }

    /** Whether the database itself said that it did not do what it was asked. */
    boolean refused(SQLException thrown) {
        return refused.match(thrown) || retryable(thrown) || REFUSED.match(thrown);
    }

    /** Whether a table or column is not there. */
    boolean missing(SQLException thrown) {
        return missing.match(thrown);
    }

    /** Whether what is to be created is there already, although it was not a moment ago. */
    boolean exists(SQLException thrown) {
        return exists.match(thrown);
    }

    /** Whether the connection or the database may not be written to. */
    boolean readOnly(SQLException thrown) {
        return readOnly.match(thrown);
    }

    /** A query for whether a transaction has begun, null if the database cannot say. */
    @Nullable String openTransaction() {
        return openTransaction;
    }

    Timeouts timeouts() {
        return timeouts;
    }

    /** Where the script with the tables lies in this jar. */
    String script() {
        return "schema/" + name().toLowerCase(Locale.ROOT) + "/V1__apikeys.sql";
    }
}
