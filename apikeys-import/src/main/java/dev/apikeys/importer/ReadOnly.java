package dev.apikeys.importer;

import dev.apikeys.jdbc.internal.Dialect;
import dev.apikeys.spi.StorageException;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A borrowed connection, set to read-only and with a socket timeout. If the driver supports neither (SQLite), it is
 * used unchanged: only queries are sent. It is returned in its original state.
 */
final class ReadOnly implements AutoCloseable {

    /** Reads the current row of a result. */
    @FunctionalInterface
    interface Reader<T> {
        T read(ResultSet result) throws SQLException;
    }

    /**
     * The columns of a table.
     *
     * @param labels their names, as the database shows them
     * @param quote the quote of names in SQL
     */
    record Header(List<String> labels, String quote) {

        /** Quotes a name, so that it matches exactly: databases change the case of unquoted names. */
        String quoted(String label) {
            return quote + label + quote;
        }
    }

    @FunctionalInterface
    private interface Setting {
        void set() throws SQLException;
    }

    private static final int TIMEOUT_SECONDS = 30;

    private final Connection connection;
    private final boolean readOnlyBefore;
    private final int networkTimeoutBefore;

    private ReadOnly(Connection connection) throws SQLException {
        this.connection = connection;
        readOnlyBefore = connection.isReadOnly();
        networkTimeoutBefore = networkTimeout();
        set(() -> connection.setNetworkTimeout(Runnable::run, (int) TimeUnit.SECONDS.toMillis(2 * TIMEOUT_SECONDS)));
    }

    /**
     * Borrows a connection.
     *
     * @throws StorageException if none is available, it cannot be asked for a transaction, or it comes with a foreign
     *     one, which is left unchanged
     */
    static ReadOnly borrow(DataSource dataSource) {
        Connection connection = connection(dataSource);
        try {
            return begun(connection);
        } catch (SQLException e) {
            throw new StorageException(
                    "Could not read the legacy table: the data source gave a connection that cannot be asked whether a"
                            + " transaction is in progress (SQLSTATE " + e.getSQLState() + ", code " + e.getErrorCode()
                            + "); give the import the pool itself, not a proxy that is bound to the caller's transaction",
                    e);
        }
    }

    private static Connection connection(DataSource dataSource) {
        try {
            Connection connection = dataSource.getConnection();
            if (connection != null) {
                return connection;
            }
        } catch (SQLException | RuntimeException e) {
            throw new StorageException(
                    "Could not read the legacy table: the data source gave no connection; see the cause for whether the"
                            + " database is down, or the pool closed or exhausted",
                    e);
        }
        throw new StorageException("Could not read the legacy table: the data source gave null for a connection", null);
    }

    private static ReadOnly begun(Connection connection) throws SQLException {
        try {
            ReadOnly borrowed = new ReadOnly(connection);
            borrowed.begin();
            return borrowed;
        } catch (Throwable e) {
            try (connection) {
                throw e;
            }
        }
    }

    private void begin() throws SQLException {
        try {
            if (!connection.getAutoCommit()) {
                refuseForeignTransaction();
                // The query began a transaction, in which a driver may refuse the next calls.
                connection.rollback();
            }
            set(() -> connection.setReadOnly(true));
        } catch (Throwable e) {
            restore();
            throw e;
        }
    }

    /** Refuses a transaction of the caller, which would end with ours. Not every database can be asked. */
    private void refuseForeignTransaction() throws SQLException {
        Dialect dialect = Dialect.called(connection.getMetaData().getDatabaseProductName())
                .orElse(null);
        String open = dialect == null ? null : dialect.openTransaction();
        if (open != null && query(open, null, result -> result.getBoolean(1)).contains(true)) {
            throw new StorageException(
                    "Could not read the legacy table: the data source gave a connection with a transaction in progress;"
                            + " give the import the pool itself, not a proxy that is bound to the caller's transaction",
                    null);
        }
    }

    /** Reads the columns of a table, without rows: those that {@code SELECT *} shows, then those that it hides. */
    Header header(String table) throws SQLException {
        String quote = connection.getMetaData().getIdentifierQuoteString().strip();
        return run("SELECT * FROM " + table + " WHERE 1 = 0", null, result -> {
            ResultSetMetaData columns = result.getMetaData();
            Set<String> labels = new LinkedHashSet<>();
            for (int i = 1; i <= columns.getColumnCount(); i++) {
                labels.add(columns.getColumnLabel(i));
            }
            labels.addAll(described(table, columns.getSchemaName(1), labels));
            return new Header(List.copyOf(labels), quote);
        });
    }

    /**
     * Returns the columns of the table in the information schema that has all the visible ones: on MariaDB and H2,
     * columns may be {@code INVISIBLE}. Databases store an unquoted name in one case or the other.
     */
    private Set<String> described(String table, @Nullable String schema, Set<String> visible) throws SQLException {
        String own = schema == null || schema.isEmpty() ? ownSchema() : schema;
        if (own == null || !hasInformationSchema()) {
            return Set.of();
        }
        List<String> spellings = List.of(table, table.toUpperCase(Locale.ROOT), table.toLowerCase(Locale.ROOT));
        List<Map.Entry<String, String>> columns = query(
                "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = ?"
                        + " AND table_name IN ('" + String.join("', '", spellings) + "')",
                own,
                result -> Map.entry(result.getString(1), result.getString(2)));
        for (String spelling : spellings) {
            Set<String> labels = columns.stream()
                    .filter(column -> column.getKey().equals(spelling))
                    .map(Map.Entry::getValue)
                    .collect(Collectors.toCollection(LinkedHashSet::new));
            if (labels.containsAll(visible)) {
                return labels;
            }
        }
        return Set.of();
    }

    /** Returns whether the database describes its tables in SQL; SQLite does not, and hides no column. */
    private boolean hasInformationSchema() throws SQLException {
        DatabaseMetaData database = connection.getMetaData();
        // MariaDB calls a schema a catalog.
        try (ResultSet schemas = database.getSchemas();
                ResultSet catalogs = database.getCatalogs()) {
            return names(schemas).contains("information_schema")
                    || names(catalogs).contains("information_schema");
        }
    }

    private static Set<String> names(ResultSet result) throws SQLException {
        Set<String> names = new HashSet<>();
        while (result.next()) {
            names.add(result.getString(1).toLowerCase(Locale.ROOT));
        }
        return names;
    }

    private @Nullable String ownSchema() throws SQLException {
        String schema = connection.getSchema();
        return schema == null ? connection.getCatalog() : schema;
    }

    /** Reads all rows that a query with at most one parameter yields. */
    <T> List<T> query(String sql, @Nullable String parameter, Reader<T> reader) throws SQLException {
        return run(sql, parameter, result -> {
            List<T> rows = new ArrayList<>();
            while (result.next()) {
                rows.add(reader.read(result));
            }
            return rows;
        });
    }

    private <T> T run(String sql, @Nullable String parameter, Reader<T> reader) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            // H2 keeps the timeout of a statement for the whole session.
            int before = statement.getQueryTimeout();
            statement.setQueryTimeout(TIMEOUT_SECONDS);
            if (parameter != null) {
                statement.setString(1, parameter);
            }
            try (ResultSet result = statement.executeQuery()) {
                return reader.read(result);
            } finally {
                statement.setQueryTimeout(before);
            }
        }
    }

    private int networkTimeout() {
        try {
            return connection.getNetworkTimeout();
        } catch (SQLException e) {
            return 0;
        }
    }

    private static void set(Setting setting) {
        try {
            setting.set();
        } catch (SQLException e) {
            // Not supported by the driver: see above.
        }
    }

    @Override
    public void close() throws SQLException {
        try (connection) {
            if (!connection.getAutoCommit()) {
                connection.rollback();
            }
            restore();
        }
    }

    private void restore() {
        set(() -> connection.setReadOnly(readOnlyBefore));
        set(() -> connection.setNetworkTimeout(Runnable::run, networkTimeoutBefore));
    }
}
