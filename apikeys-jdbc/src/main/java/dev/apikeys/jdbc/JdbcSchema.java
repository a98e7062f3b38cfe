package dev.apikeys.jdbc;

import dev.apikeys.spi.StorageException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import javax.sql.DataSource;

/**
 * The tables of the stores: creates them, or says what is wrong with them.
 *
 * <p>The scripts lie in this jar as {@code dev/apikeys/jdbc/schema/<database>/V1__apikeys.sql}, with the database one of
 * {@code postgresql}, {@code mariadb}, {@code h2} and {@code sqlite}, for those who let a tool or an administrator run
 * them. Thread-safe.
 */
public final class JdbcSchema {

    static final int VERSION = 1;

    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    private static final List<String> TEMP_COLUMNS =
            List.of("ticket_hash", "key_id", "sealed", "created_at", "deadline", "settled_at");

    private JdbcSchema() {}

    /**
     * Creates what is missing of the tables that begin with {@code apikeys_}. Changes nothing that is there, so any number
     * of nodes may call this at once and at every start. Needs the right to create tables and indexes. Each of its
     * transactions takes at most a minute once it has a connection.
     *
     * @param dataSource the pool
     * @throws IllegalArgumentException if the database is not one of those supported
     * @throws StorageException if it failed, or the tables are of a later version
     */
    public static void create(DataSource dataSource) {
        create(dataSource, Tables.DEFAULT_PREFIX);
    }

    /**
     * Creates what is missing of the tables with another prefix; see {@link #create(DataSource)}.
     *
     * @param dataSource the pool
     * @param tablePrefix what the names of the tables begin with, of the grammar {@code [a-z][a-z0-9_]{0,29}}
     * @throws IllegalArgumentException if the prefix is outside the grammar, or the database is not one of those supported
     * @throws StorageException if it failed, or the tables are of a later version
     */
    public static void create(DataSource dataSource, String tablePrefix) {
        Connections connections = Connections.to(dataSource, new Tables(tablePrefix), TIMEOUT);
        List<String> statements = statements(connections.dialect(), connections.tables());
        Operation operation = new Operation("create the tables " + tablePrefix + "*", Operation.Mode.TRANSACTION, null);
        connections.run(operation, session -> {
            for (String statement : statements) {
                session.executeDefinition(statement);
            }
            return true;
        });
        check(connections);
    }

    /**
     * Checks the tables that begin with {@code apikeys_}: that they are there, of this version, with all columns, and that
     * ids, lookups and owners are told apart by case and by blanks at their end, whatever the collation of the database.
     * For the last it inserts a row and rolls back, so it needs the rights that the stores need. Each of its
     * transactions takes at most a minute once it has a connection.
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
        Connections connections = check(Connections.to(dataSource, new Tables(tablePrefix), TIMEOUT));
        checkColumns(connections, connections.tables().key(), KeyRows.COLUMNS);
        checkColumns(connections, connections.tables().key(), List.of("ends_at"));
        checkColumns(connections, connections.tables().temp(), TEMP_COLUMNS);
        checkColumns(connections, connections.tables().imports(), List.of("source", "mark"));
        for (String column : List.of("id", "lookup", "owner")) {
            checkComparison(connections, column);
        }
    }

    /** Checks that the tables are there and of this version. */
    static Connections check(Connections connections) {
        String table = connections.tables().schema();
        List<Integer> versions = connections.run(
                Operation.read("read the version in " + table),
                session -> session.query(
                        "SELECT version FROM " + table + " ORDER BY version DESC",
                        statement -> {},
                        result -> result.getInt(1)));
        if (versions.isEmpty() || versions.get(0) < VERSION) {
            throw new StorageException(
                    "The tables " + connections.tables().prefix() + "* are of version "
                            + (versions.isEmpty() ? "0" : versions.get(0)) + ", but this library needs " + VERSION
                            + "; run JdbcSchema.create or "
                            + connections.dialect().scriptInJar() + " from the jar",
                    null);
        }
        if (versions.get(0) > VERSION) {
            throw new StorageException(
                    "The tables " + connections.tables().prefix() + "* are of version " + versions.get(0)
                            + ", but this library knows only " + VERSION
                            + "; use the library that created them or a later one",
                    null);
        }
        return connections;
    }

    private static void checkColumns(Connections connections, String table, List<String> columns) {
        connections.run(
                Operation.read("find the columns of " + table),
                session -> session.query(
                        "SELECT " + String.join(", ", columns) + " FROM " + table + " WHERE 1 = 0",
                        statement -> {},
                        result -> true));
    }

    /** Asks the database itself, on a row that is never committed: collations hide in too many places to be read. */
    private static void checkComparison(Connections connections, String column) {
        String table = connections.tables().key();
        String value = "check " + UUID.randomUUID() + " a";
        String insert = connections
                .dialect()
                .insertInto(
                        table,
                        List.of(
                                "id",
                                "lookup",
                                "owner",
                                "hash",
                                "name",
                                "created_at",
                                "updated_at",
                                "usage_count",
                                "version"));
        String count = "SELECT count(*) FROM " + table + " WHERE id = ? AND (" + column + " = ? OR " + column
                + " = ? OR NOT " + column + " > ?)";
        Operation operation = new Operation("check how " + table + " compares", Operation.Mode.TRANSACTION, null);
        boolean equal = connections.run(operation, session -> {
            session.update(
                    insert,
                    statement -> Binding.of(statement)
                            .text(value)
                            .text(value)
                            .text(value)
                            .text("")
                            .text("")
                            .number(0L)
                            .number(0L)
                            .number(0L)
                            .number(1L));
            session.undo();
            // By code unit, lower case comes after upper case whatever follows.
            return session.query(
                            count,
                            statement -> Binding.of(statement)
                                    .text(value)
                                    .text(value.toUpperCase(Locale.ROOT))
                                    .text(value + " ")
                                    .text("CHECKZ"),
                            result -> result.getLong(1))
                    .contains(1L);
        });
        if (equal) {
            throw new StorageException(
                    "The column " + column + " of " + table
                            + " does not compare its texts by code unit, so that keys could"
                            + " be taken for each other; create the table with "
                            + connections.dialect().scriptInJar()
                            + " from the jar, which sets the collation of each column (IGNORECASE and COLLATION of H2,"
                            + " COLLATE elsewhere)",
                    null);
        }
    }

    private static List<String> statements(Dialect dialect, Tables tables) {
        try (InputStream script = JdbcSchema.class.getResourceAsStream(dialect.script())) {
            if (script == null) {
                throw new IllegalStateException("The jar lacks " + dialect.scriptInJar());
            }
            String text = new String(script.readAllBytes(), StandardCharsets.UTF_8)
                    .replaceAll("(?m)^\\s*--.*$", "")
                    .replace(Tables.DEFAULT_PREFIX, tables.prefix());
            return Arrays.stream(text.split(";", -1))
                    .map(String::strip)
                    .filter(statement -> !statement.isEmpty())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("Could not read " + dialect.scriptInJar(), e);
        }
    }
}
