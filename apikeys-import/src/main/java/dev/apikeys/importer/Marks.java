package dev.apikeys.importer;

import dev.apikeys.jdbc.internal.Binding;
import dev.apikeys.jdbc.internal.Connections;
import dev.apikeys.jdbc.internal.Script;
import dev.apikeys.jdbc.internal.Session;
import dev.apikeys.jdbc.internal.Task;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The table of the progress of each source's import: its mark, the id of the last row that was written. Thread-safe.
 */
final class Marks {

    private final Connections connections;
    private final String table;
    private final String find;
    private final String begin;
    private final String move;

    Marks(Connections connections) {
        this.connections = connections;
        table = connections.tables().prefix() + "import";
        find = "SELECT mark FROM " + table + " WHERE source = ?";
        begin = connections.dialect().insertInto(table, List.of("source", "mark"));
        move = "UPDATE " + table + " SET mark = ? WHERE source = ? AND mark = ?";
    }

    /** Finds the mark of a source; empty before its first import, and if the table does not exist yet. */
    Optional<String> find(String source) {
        List<String> marks = connections.run(Task.read("read how far an import came from " + table), session -> {
            try {
                return session.query(
                        find, statement -> Binding.of(statement).text(source), result -> result.getString(1));
            } catch (SQLException e) {
                return ifMissing(e, List.of());
            }
        });
        return marks.stream().findFirst();
    }

    /** Creates the table unless it exists, so that the right to create is needed only once. */
    void create() {
        boolean there = connections.run(Task.read("look for the table " + table), session -> {
            try {
                session.query("SELECT source, mark FROM " + table + " WHERE 1 = 0", statement -> {}, result -> true);
                return true;
            } catch (SQLException e) {
                return ifMissing(e, false);
            }
        });
        if (!there) {
            List<String> statements = statements();
            connections.run(Task.transaction("create the table " + table), session -> {
                for (String statement : statements) {
                    session.executeDefinition(statement);
                }
                return true;
            });
        }
    }

    private <T> T ifMissing(SQLException thrown, T otherwise) throws SQLException {
        if (connections.dialect().missing(thrown)) {
            return otherwise;
        }
        throw thrown;
    }

    private List<String> statements() {
        String script = connections.dialect().script("V1__apikeys_import.sql");
        try (InputStream in = Marks.class.getResourceAsStream(script)) {
            if (in == null) {
                throw new IllegalStateException("The jar lacks " + script);
            }
            return Script.statements(in, connections.tables());
        } catch (IOException e) {
            throw new UncheckedIOException("Could not read " + script, e);
        }
    }

    /**
     * Moves a mark within a transaction, as its first statement.
     *
     * @param expected the mark as it was found, or null if there was none
     * @return false if the mark has changed
     */
    boolean move(Session session, String source, @Nullable String expected, String mark) throws SQLException {
        if (expected != null) {
            return session.update(
                            move,
                            statement -> Binding.of(statement)
                                    .text(mark)
                                    .text(source)
                                    .text(expected))
                    > 0;
        }
        try {
            return session.update(
                            begin,
                            statement -> Binding.of(statement).text(source).text(mark))
                    > 0;
        } catch (SQLException e) {
            if (connections.dialect().duplicate(e)) {
                return false;
            }
            throw e;
        }
    }
}
