package dev.apikeys.importer;

import dev.apikeys.jdbc.JdbcApiKeyStore;
import dev.apikeys.jdbc.internal.Binding;
import dev.apikeys.jdbc.internal.Connections;
import dev.apikeys.jdbc.internal.Session;
import dev.apikeys.jdbc.internal.Tables;
import dev.apikeys.jdbc.internal.Task;
import dev.apikeys.jdbc.internal.WriteSets;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.WriteSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The target tables of an import. Thread-safe. */
final class Target {

    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    private final Connections connections;
    private final Marks marks;
    private final WriteSets writeSets;
    private final String exists;
    private final String told;

    private Target(Connections connections) {
        this.connections = connections;
        marks = new Marks(connections);
        writeSets = new WriteSets(connections.dialect(), connections.tables());
        exists = "SELECT id FROM " + connections.tables().key() + " WHERE id = ? OR lookup = ?";
        told = "SELECT id FROM " + connections.tables().journal() + " WHERE id = ?";
    }

    /**
     * Opens the tables.
     *
     * @throws dev.apikeys.spi.StorageException if they are missing or of another version, or the database failed
     */
    static Target in(DataSource dataSource, String tablePrefix) {
        // Building a store checks the version of its tables.
        JdbcApiKeyStore.builder(dataSource).tablePrefix(tablePrefix).build();
        return new Target(Connections.to(dataSource, new Tables(tablePrefix), TIMEOUT, System::nanoTime));
    }

    Marks marks() {
        return marks;
    }

    /** Returns the ids of the rows for which a key with the id or the hash exists. */
    Set<String> present(List<KeyRow> rows) {
        if (rows.isEmpty()) {
            return Set.of();
        }
        return connections.run(
                Task.read("look for keys in " + connections.tables().key()), session -> {
                    Set<String> present = new HashSet<>();
                    for (KeyRow row : rows) {
                        if (isPresent(session, row)) {
                            present.add(row.id());
                        }
                    }
                    return present;
                });
    }

    private boolean isPresent(Session session, KeyRow row) throws SQLException {
        Session.Parameters keys =
                statement -> Binding.of(statement).text(row.id()).text(row.lookup());
        return !session.query(exists, keys, result -> true).isEmpty();
    }

    /** Returns whether the journal has a row of an id. */
    boolean isTold(String journalId) {
        Task task = Task.read("look for an import in " + connections.tables().journal());
        return connections.run(
                task,
                session -> !session.query(
                                told, statement -> Binding.of(statement).text(journalId), result -> true)
                        .isEmpty());
    }

    /**
     * Moves the mark of a source and writes rows with their journal row, all or nothing. So the mark records exactly
     * what was written: an import that continues after it writes no row twice and restores none that was deleted since,
     * and of several imports of one source, only one writes each batch.
     *
     * @param expected the mark as it was found, or null if there was none
     * @param mark the mark once the rows are written
     * @param rows the rows; with none, only the mark moves
     * @return false if the mark has changed; nothing was written
     * @throws dev.apikeys.spi.KeyExistsException if a key with the id or hash of a row exists, or the journal row does;
     *     nothing was written
     */
    boolean write(String source, @Nullable String expected, String mark, List<KeyRow> rows, JournalRow journal) {
        WriteSet.Builder builder = WriteSet.builder().journal(journal);
        rows.forEach(builder::insert);
        WriteSet writeSet = builder.build();
        Task task = Task.transaction(
                "import " + rows.size() + " rows into " + connections.tables().key());
        return connections.run(task, session -> {
            if (!marks.move(session, source, expected, mark)) {
                session.undo();
                return false;
            }
            return rows.isEmpty() || writeSets.write(session, writeSet);
        });
    }
}
