package dev.apikeys.jdbc;

import dev.apikeys.jdbc.internal.Binding;
import dev.apikeys.jdbc.internal.Connections;
import dev.apikeys.jdbc.internal.JournalRows;
import dev.apikeys.jdbc.internal.KeyRows;
import dev.apikeys.jdbc.internal.SchemaVersion;
import dev.apikeys.jdbc.internal.Script;
import dev.apikeys.jdbc.internal.Session;
import dev.apikeys.jdbc.internal.Tables;
import dev.apikeys.jdbc.internal.Task;
import dev.apikeys.spi.StorageException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;

/**
 * The tables of the stores: creates, upgrades and validates them.
 *
 * <pre>{@code
 * JdbcSchema.create(pool);   // at every start, or run the scripts yourself
 * JdbcSchema.validate(pool); // optional: tries every statement
 * }</pre>
 *
 * <p>The scripts are in this jar as {@code dev/apikeys/jdbc/schema/<database>/V1__apikeys.sql}, where the database is
 * one of {@code postgresql}, {@code mariadb}, {@code h2} and {@code sqlite}, for a migration tool or an administrator
 * to run. Thread-safe.
 *
 * @since 0.1
 */
public final class JdbcSchema {

    /** The scripts of this library, the first one for version 1. */
    static final List<String> SCRIPTS = List.of("V1__apikeys.sql");

    static final int VERSION = SCRIPTS.size();

    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    private JdbcSchema() {}

    /**
     * Creates the tables with the prefix {@code apikeys_}, or upgrades those of an older version. Any number of nodes
     * may call this concurrently and at every start, also while nodes with an older library use the tables; on H2 these
     * must not write meanwhile, since H2 loses concurrent commits while it alters a table. Complete tables are not
     * touched, which needs no right to create. Each of its transactions takes at most a minute once it has a
     * connection.
     *
     * @param dataSource the pool
     * @throws IllegalArgumentException if the database is not one of those supported
     * @throws StorageException if it failed, or the tables are of a later version that this library must not use
     */
    public static void create(DataSource dataSource) {
        create(dataSource, Tables.DEFAULT_PREFIX);
    }

    /**
     * Creates the tables with another prefix; see {@link #create(DataSource)}.
     *
     * @param dataSource the pool
     * @param tablePrefix what the names of the tables begin with, of the grammar {@code [a-z][a-z0-9_]{0,29}}
     * @throws IllegalArgumentException if the prefix is outside the grammar, or the database is not one of those supported
     * @throws StorageException if it failed, or the tables are of a later version that this library must not use
     */
    public static void create(DataSource dataSource, String tablePrefix) {
        create(dataSource, tablePrefix, SCRIPTS);
    }

    /** Creates the tables by the given scripts. */
    static void create(DataSource dataSource, String tablePrefix, List<String> scripts) {
        Connections connections = connect(dataSource, tablePrefix);
        int done = SchemaVersion.of(connections).number();
        if (done == scripts.size() && !isComplete(connections)) {
            done = 0;
        }
        for (String script : scripts.subList(Math.min(done, scripts.size()), scripts.size())) {
            run(connections, script);
        }
        connections.checking(scripts.size());
    }

    private static Connections connect(DataSource dataSource, String tablePrefix) {
        return Connections.to(dataSource, new Tables(tablePrefix), TIMEOUT, System::nanoTime);
    }

    /** Runs a script, whose last statement records its version. Each of its statements is idempotent. */
    private static void run(Connections connections, String name) {
        List<String> statements = statements(connections, name);
        Task task = Task.transaction("create the tables " + connections.tables().prefix() + "* with " + name);
        connections.run(task, session -> {
            for (String statement : statements) {
                session.executeDefinition(statement);
            }
            return true;
        });
    }

    private static List<String> statements(Connections connections, String name) {
        String script = connections.dialect().script(name);
        try (InputStream text = JdbcSchema.class.getResourceAsStream(script)) {
            if (text == null) {
                throw new IllegalStateException("The jar lacks " + script);
            }
            return Script.statements(text, connections.tables());
        } catch (IOException e) {
            throw new UncheckedIOException("Could not read " + script, e);
        }
    }

    /** Returns whether no table or column is missing: one may have been dropped. */
    private static boolean isComplete(Connections connections) {
        return connections.run(
                Task.read("find the columns of " + connections.tables().prefix() + "*"), session -> {
                    try {
                        for (Map.Entry<String, List<String>> table :
                                columns(connections).entrySet()) {
                            select(session, table.getKey(), table.getValue());
                        }
                        return true;
                    } catch (SQLException e) {
                        if (connections.dialect().missing(e)) {
                            return false;
                        }
                        throw e;
                    }
                });
    }

    /** Selects no row, which fails if the table or one of the columns is missing. */
    private static boolean select(Session session, String table, List<String> columns) throws SQLException {
        String query = "SELECT " + String.join(", ", columns) + " FROM " + table + " WHERE 1 = 0";
        return session.query(query, statement -> {}, result -> true).isEmpty();
    }

    private static Map<String, List<String>> columns(Connections connections) {
        Tables tables = connections.tables();
        List<String> journal = new ArrayList<>(JournalRows.COLUMNS);
        journal.addAll(connections.dialect().changesColumns());
        return Map.of(
                tables.key(),
                KeyRows.COLUMNS,
                tables.journal(),
                journal,
                tables.node(),
                List.of("node", "number", "time"),
                tables.temp(),
                JdbcTempKeyStore.COLUMNS);
    }

    /**
     * Checks the tables with the prefix {@code apikeys_}: their version; that every statement of the stores runs, which
     * needs all tables and columns, the rights and the mode of the database; and that texts that differ in case or
     * trailing blanks are distinct. It tries this on rows that it rolls back, so it needs the same rights as the
     * stores. Each of its transactions takes at most a minute once it has a connection.
     *
     * @param dataSource the pool
     * @throws IllegalArgumentException if the database is not one of those supported
     * @throws StorageException if something is wrong; the message says what, and what to do
     */
    public static void validate(DataSource dataSource) {
        validate(dataSource, Tables.DEFAULT_PREFIX);
    }

    /**
     * Checks the tables with another prefix; see {@link #validate(DataSource)}.
     *
     * @param dataSource the pool
     * @param tablePrefix what the names of the tables begin with, of the grammar {@code [a-z][a-z0-9_]{0,29}}
     * @throws IllegalArgumentException if the prefix is outside the grammar, or the database is not one of those supported
     * @throws StorageException if something is wrong; the message says what, and what to do
     */
    public static void validate(DataSource dataSource, String tablePrefix) {
        Connections connections = connect(dataSource, tablePrefix).checking(VERSION);
        columns(connections).forEach((table, columns) -> {
            // By table, so that the message can name the one that lacks something.
            connections.run(Task.read("find the columns of " + table), session -> select(session, table, columns));
            requireTypes(connections, table);
        });
        String probe = "check " + UUID.randomUUID() + " a";
        new JdbcApiKeyStore(connections).rehearse(probe);
        new JdbcTempKeyStore(connections, 1).rehearse(probe);
    }

    private static void requireTypes(Connections connections, String table) {
        String query = connections.dialect().findLoose();
        if (query != null
                && !connections
                        .run(
                                Task.read("find the type of " + table),
                                session -> session.query(
                                        query,
                                        statement -> Binding.of(statement).text(table),
                                        result -> true))
                        .isEmpty()) {
            throw new StorageException(
                    "The table " + table
                            + " is not STRICT, so that its columns hold values of any type; create it with a"
                            + " script of the jar in " + connections.dialect().scripts(),
                    null);
        }
    }

    /**
     * Checks how columns compare, on a row with the probe in each of them, by a query: collations are configured in too
     * many places to read them.
     */
    static void requireCodeUnits(
            Session session, Connections connections, String table, String probe, List<String> columns)
            throws SQLException {
        for (String column : columns) {
            String query = "SELECT count(*) FROM " + table + " WHERE " + columns.get(0) + " = ? AND (" + column
                    + " = ? OR " + column + " = ? OR NOT " + column + " > ?)";
            // By code unit, lower case sorts after upper case, regardless of the rest.
            Session.Parameters parameters = statement -> Binding.of(statement)
                    .text(probe)
                    .text(probe.toUpperCase(Locale.ROOT))
                    .text(probe + " ")
                    .text("CHECKZ");
            if (session.query(query, parameters, result -> result.getLong(1)).contains(1L)) {
                throw new StorageException(
                        "The column " + column + " of " + table
                                + " does not compare its texts by code unit, so that keys"
                                + " could be taken for each other; create the table with a script of the jar in"
                                + " " + connections.dialect().scripts()
                                + ", which sets the collation of"
                                + " each column (IGNORECASE and COLLATION of H2, COLLATE elsewhere)",
                        null);
            }
        }
    }
}
