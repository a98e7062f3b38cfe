package dev.apikeys.jdbc;

import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Change;
import dev.apikeys.spi.DuplicateKeyException;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.UsageDelta;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * API keys in a table of PostgreSQL, MariaDB, H2 or SQLite.
 *
 * <p>Thread-safe, and safe with any number of nodes on one database. It keeps no connection and no thread: each call
 * borrows one connection, commits, and gives it back with its auto-commit mode and timeouts as they were.
 *
 * <p>Give it the pool itself, never a proxy that hands out the connection of the caller's transaction: each call is a
 * transaction of its own. Such a connection is refused if that transaction has written, on MariaDB also if it has read a
 * table. Where this cannot be seen (one that has only read on PostgreSQL or H2, any on SQLite), the call ends the caller's
 * transaction with its own: its snapshot, its locks and what was set for its length are lost.
 *
 * <p>Bounds: a call ends within the {@linkplain Builder#timeout timeout}, 5 seconds unless set, after it was given a
 * connection; how long it waits for one is the pool's bound (HikariCP: {@code connectionTimeout}, 30 seconds unless set).
 */
public final class JdbcApiKeyStore implements ApiKeyStore {

    /** How many rows a page with a filter that no index serves looks at before it is handed over as it is. */
    private static final int WINDOW = 10_000;

    private static final int MOST_IMPORTED = 1_000;
    private static final Pattern PRINTABLE = Pattern.compile("[ -~]{1,200}");

    private static final String COLUMNS = String.join(", ", KeyRows.COLUMNS);

    private final Connections connections;
    private final String insert;
    private final String replace;
    private final String find;
    private final String findByLookup;
    private final String exists;
    private final String addUsage;
    private final String delete;
    private final String ended;
    private final String purge;
    private final String beginImport;
    private final String moveImport;
    private final String importMark;
    private final String table;

    private JdbcApiKeyStore(Connections connections) {
        this.connections = connections;
        table = connections.tables().key();
        String select = "SELECT " + COLUMNS + " FROM " + table;
        insert = connections.dialect().insertInto(table, KeyRows.COLUMNS);
        replace = "UPDATE " + table + " SET " + String.join(" = ?, ", KeyRows.REPLACED)
                + " = ? WHERE id = ? AND version = ? AND hash = ?";
        find = select + " WHERE id = ?";
        findByLookup = select + " WHERE lookup = ?";
        exists = "SELECT id FROM " + table + " WHERE id = ? OR lookup = ?";
        // A count that was edited to the brink must not fail the whole batch for ever.
        addUsage = "UPDATE " + table + " SET usage_count = CASE WHEN usage_count <= ? THEN usage_count + ?"
                + " ELSE usage_count END, last_used_at = CASE WHEN last_used_at IS NULL OR last_used_at < ? THEN ?"
                + " ELSE last_used_at END WHERE id = ?";
        delete = "DELETE FROM " + table + " WHERE id = ?";
        // Not left to us, or unreadable rows would take the places of others within the limit, at each purge again.
        String readable = connections.dialect().andWholeNumber("expires_at")
                + connections.dialect().andWholeNumber("revoked_at");
        ended = select + " WHERE ends_at > ? AND ends_at < ?" + readable + " ORDER BY ends_at LIMIT ?";
        purge = "DELETE FROM " + table + " WHERE id = ? AND version = ? AND ends_at < ?";
        String imports = connections.tables().imports();
        beginImport = connections.dialect().insertInto(imports, List.of("source", "mark"));
        moveImport = "UPDATE " + imports + " SET mark = ? WHERE source = ? AND mark = ?";
        importMark = "SELECT mark FROM " + imports + " WHERE source = ?";
    }

    /**
     * Makes a store on the tables that begin with {@code apikeys_}, with a timeout of 5 seconds.
     *
     * @param dataSource the pool; it stays the caller's to close
     * @return a store
     * @throws IllegalArgumentException if the database is not one of those supported
     * @throws StorageException if it cannot be reached, or its tables are missing or of another version; the message says
     *     what to do
     */
    public static JdbcApiKeyStore create(DataSource dataSource) {
        return builder(dataSource).build();
    }

    /**
     * Begins a store with options.
     *
     * @param dataSource the pool; it stays the caller's to close
     * @return a builder
     */
    public static Builder builder(DataSource dataSource) {
        return new Builder(dataSource);
    }

    /** Options of a store. Not thread-safe. */
    public static final class Builder {

        private final DataSource dataSource;
        private Tables tables = new Tables(Tables.DEFAULT_PREFIX);
        private Duration timeout = Connections.DEFAULT_TIMEOUT;

        private Builder(DataSource dataSource) {
            this.dataSource = Objects.requireNonNull(dataSource, "dataSource");
        }

        /**
         * What the names of the tables begin with; {@code apikeys_} unless set.
         *
         * @param prefix of the grammar {@code [a-z][a-z0-9_]{0,29}}
         * @return this
         * @throws IllegalArgumentException if the prefix is outside the grammar
         */
        public Builder tablePrefix(String prefix) {
            tables = new Tables(prefix);
            return this;
        }

        /**
         * How long a call may take once it has its connection; 5 seconds unless set. A purge that finds rows is two such
         * calls.
         *
         * <p>To this, up to a second each may come for the last statement (H2, SQLite), for a rollback and for turning
         * auto-commit on again. On MariaDB, each row of a batch has the time that was left when the batch began. Batches
         * grow from one row to 128, so a call of many rows that all wait about as long for others takes twice its timeout
         * at the most; if only rows of one batch wait, each for somebody else, it can take that time once a row.
         *
         * <p>On PostgreSQL, set {@code cancelSignalTimeout=1} in the URL. To end a statement in time, the driver asks the
         * server over another connection, which has this timeout, in seconds, 10 unless set. Where the network is silent
         * it comes on top.
         *
         * @param bound one second to one hour
         * @return this
         * @throws IllegalArgumentException if the bound is shorter or longer
         */
        public Builder timeout(Duration bound) {
            timeout = Connections.checkTimeout(bound);
            return this;
        }

        /**
         * Makes the store.
         *
         * @return a store
         * @throws IllegalArgumentException if the database is not one of those supported
         * @throws StorageException if it cannot be reached, or its tables are missing or of another version; the message
         *     says what to do
         */
        public JdbcApiKeyStore build() {
            return new JdbcApiKeyStore(JdbcSchema.check(Connections.to(dataSource, tables, timeout)));
        }
    }

    @Override
    public boolean write(List<Change> changes) {
        Operation operation = Operation.write("write " + changes.size() + " rows of " + table, changes.size());
        return connections.run(operation.creating(onlyInsert(changes)), session -> writeRuns(session, changes));
    }

    private static @Nullable String onlyInsert(List<Change> changes) {
        List<String> inserted = changes.stream()
                .filter(Change.Insert.class::isInstance)
                .map(change -> change.row().id())
                .limit(2)
                .toList();
        return inserted.size() == 1 ? inserted.get(0) : null;
    }

    /** Writes in the order given, which is that of the ids; neighbours of one kind make one batch. */
    private boolean writeRuns(Session session, List<Change> changes) throws SQLException {
        int from = 0;
        while (from < changes.size()) {
            List<KeyRow> inserts = new ArrayList<>();
            while (from < changes.size() && changes.get(from) instanceof Change.Insert insert) {
                inserts.add(insert.row());
                from++;
            }
            List<Change.Replace> replaces = new ArrayList<>();
            while (from < changes.size() && changes.get(from) instanceof Change.Replace replace) {
                replaces.add(replace);
                from++;
            }
            if (!inserts.isEmpty()) {
                insert(session, inserts);
            }
            if (!replaces.isEmpty() && !replace(session, replaces)) {
                session.undo();
                return false;
            }
        }
        return true;
    }

    private void insert(Session session, List<KeyRow> rows) throws SQLException {
        Dialect dialect = connections.dialect();
        if (dialect.countsDuplicates()) {
            int[] counts = session.updateAll(insert, rows, KeyRows::bindInsert);
            for (int i = 0; i < counts.length; i++) {
                if (counts[i] == 0) {
                    throw new DuplicateKeyException(rows.get(i).id(), null);
                }
            }
            return;
        }
        try {
            session.runAll(insert, rows, KeyRows::bindInsert);
        } catch (SQLException e) {
            if (dialect.duplicate().match(e)) {
                session.rollback(e);
                throw new DuplicateKeyException(duplicate(session, rows), e);
            }
            throw e;
        }
    }

    /** The first row of which there is one already; the database says only that there is. */
    private String duplicate(Session session, List<KeyRow> rows) throws SQLException {
        for (KeyRow row : rows) {
            Session.Parameters keys =
                    statement -> Binding.of(statement).text(row.id()).text(row.lookup());
            if (rows.size() == 1 || !session.query(exists, keys, result -> true).isEmpty()) {
                return row.id();
            }
        }
        return rows.get(0).id();
    }

    private boolean replace(Session session, List<Change.Replace> changes) throws SQLException {
        for (int count : session.updateAll(replace, changes, KeyRows::bindReplace)) {
            if (count == 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public @Nullable KeyRow find(String id) {
        return findOne(find, id);
    }

    @Override
    public @Nullable KeyRow findByLookup(String lookup) {
        return findOne(findByLookup, lookup);
    }

    private @Nullable KeyRow findOne(String query, String key) {
        Operation operation = Operation.read("find a row of " + table);
        List<KeyRow> rows = connections.run(
                operation,
                session ->
                        session.query(query, statement -> Binding.of(statement).text(key), KeyRows::read));
        return rows.isEmpty() ? null : rows.get(0);
    }

    @Override
    public Slice list(KeyFilter filter, @Nullable String afterId, int limit, long now) {
        return connections.run(
                Operation.read("list rows of " + table), session -> slice(session, filter, afterId, limit, now));
    }

    private Slice slice(Session session, KeyFilter filter, @Nullable String afterId, int limit, long now)
            throws SQLException {
        Where indexed = new Where().after(afterId).owner(filter.owner());
        String last = null;
        if (filter.role() != null || filter.status() != null) {
            last = windowEnd(session, indexed);
        }
        Where where = indexed.upTo(last).role(filter.role()).status(filter.status(), now);
        // One more than asked for tells whether there are more.
        List<KeyRow> rows = session.query(
                "SELECT " + COLUMNS + " FROM " + table + where.sql() + where.order() + " LIMIT ?",
                statement -> where.bind(statement).number(limit + 1L),
                KeyRows::read);
        if (rows.size() > limit) {
            List<KeyRow> page = rows.subList(0, limit);
            return new Slice(page, page.get(limit - 1).id());
        }
        return new Slice(rows, last);
    }

    /** The id at which a page ends that finds too little, null if the table ends before. */
    private @Nullable String windowEnd(Session session, Where indexed) throws SQLException {
        List<String> ids = session.query(
                "SELECT id FROM " + table + indexed.sql() + indexed.order() + " LIMIT 1 OFFSET ?",
                statement -> indexed.bind(statement).number(WINDOW - 1L),
                result -> result.getString(1));
        return ids.isEmpty() ? null : ids.get(0);
    }

    @Override
    public void addUsage(List<UsageDelta> deltas) {
        Operation operation = Operation.write("add usage to " + deltas.size() + " rows of " + table, deltas.size());
        connections.run(operation, session -> {
            session.runAll(
                    addUsage,
                    deltas,
                    (statement, delta) -> Binding.of(statement)
                            .number(Long.MAX_VALUE - delta.count())
                            .number(delta.count())
                            .number(delta.lastUsedAt())
                            .number(delta.lastUsedAt())
                            .text(delta.keyId()));
            return true;
        });
    }

    @Override
    public boolean delete(String id) {
        Operation operation = Operation.write("delete a row of " + table, 1);
        return connections.run(
                operation,
                session -> session.update(
                                delete, statement -> Binding.of(statement).text(id))
                        > 0);
    }

    /** Finds first and deletes then, row by row: so it never holds one row while it waits for another. */
    @Override
    public List<KeyRow> purge(long endedBefore, int limit) {
        List<KeyRow> found = endedBefore(endedBefore, limit);
        if (found.isEmpty()) {
            return List.of();
        }
        Operation operation = Operation.write("purge " + found.size() + " rows of " + table, found.size());
        return connections.run(operation, session -> {
            int[] counts = session.updateAll(
                    purge,
                    found,
                    (statement, row) -> Binding.of(statement)
                            .text(row.id())
                            .number(row.version())
                            .number(endedBefore));
            List<KeyRow> purged = new ArrayList<>();
            for (int i = 0; i < counts.length; i++) {
                if (counts[i] > 0) {
                    purged.add(found.get(i));
                }
            }
            return purged;
        });
    }

    /** In the order of their ids. An end that cannot be read is damage to be looked at, not an end. */
    private List<KeyRow> endedBefore(long time, int limit) {
        List<KeyRow> found = connections.run(
                Operation.read("find old rows of " + table),
                session -> session.query(
                        ended,
                        statement -> Binding.of(statement)
                                .number(KeyRow.UNREADABLE)
                                .number(time)
                                .number((long) limit),
                        KeyRows::read));
        return found.stream().sorted(Comparator.comparing(KeyRow::id)).toList();
    }

    /**
     * How far an import came, as {@link #importRows} last said.
     *
     * @param source what is imported, 1 to 200 printable characters of ASCII
     * @return the mark, empty if nothing of that source was imported yet
     * @throws IllegalArgumentException if the source is outside these bounds
     * @throws StorageException if the store failed
     */
    public Optional<String> importMark(String source) {
        requirePrintable("source", source);
        List<String> marks = connections.run(
                Operation.read("read how far an import came from "
                        + connections.tables().imports()),
                session -> session.query(
                        importMark, statement -> Binding.of(statement).text(source), result -> result.getString(1)));
        return marks.stream().findFirst();
    }

    /**
     * Inserts rows that come from elsewhere and moves the import's mark, all or nothing. If an import is interrupted,
     * the mark says exactly what was written: an import that continues after it writes no row twice and restores none
     * that was deleted since. If several import the same source at once, one makes progress at a time; for the others
     * this returns false.
     *
     * @param source what is imported, 1 to 200 printable characters of ASCII
     * @param expected the mark as {@link #importMark} gave it, or null if there was none
     * @param mark the mark once the rows are written: how far the source was read, 1 to 200 printable characters of ASCII
     * @param rows at most 1 000 rows of version 1, in any order; with none the mark moves alone
     * @return true if all was written; false, and nothing was written, if the mark is not the one expected, since somebody
     *     else imports the same source
     * @throws DuplicateKeyException if an id or lookup exists already; nothing was written
     * @throws IllegalArgumentException if there are more rows, a version is not 1, a text is outside these bounds, or the
     *     mark does not move
     * @throws StorageException if the store failed
     */
    public boolean importRows(String source, @Nullable String expected, String mark, List<KeyRow> rows) {
        requirePrintable("source", source);
        requirePrintable("mark", mark);
        Objects.requireNonNull(rows, "rows");
        if (mark.equals(expected)) {
            throw new IllegalArgumentException("mark must differ from the one expected, but both are " + mark);
        }
        if (rows.size() > MOST_IMPORTED) {
            throw new IllegalArgumentException("rows must be at most " + MOST_IMPORTED + ", but are " + rows.size());
        }
        List<KeyRow> inserted = rows.stream()
                .map(row -> new Change.Insert(Objects.requireNonNull(row, "row")).row())
                .sorted(Comparator.comparing(KeyRow::id))
                .toList();
        Operation operation =
                new Operation("import " + rows.size() + " rows into " + table, Operation.Mode.TRANSACTION, null);
        return connections.run(operation, session -> {
            if (!moveMark(session, source, expected, mark)) {
                session.undo();
                return false;
            }
            if (!inserted.isEmpty()) {
                insert(session, inserted);
            }
            return true;
        });
    }

    private boolean moveMark(Session session, String source, @Nullable String expected, String mark)
            throws SQLException {
        if (expected != null) {
            Session.Parameters parameters =
                    statement -> Binding.of(statement).text(mark).text(source).text(expected);
            return session.update(moveImport, parameters) > 0;
        }
        try {
            Session.Parameters parameters =
                    statement -> Binding.of(statement).text(source).text(mark);
            return session.update(beginImport, parameters) > 0;
        } catch (SQLException e) {
            if (connections.dialect().duplicate().match(e)) {
                return false;
            }
            throw e;
        }
    }

    private static void requirePrintable(String argument, String value) {
        Objects.requireNonNull(value, argument);
        if (!PRINTABLE.matcher(value).matches()) {
            throw new IllegalArgumentException(argument + " must match " + PRINTABLE + ", but was " + Shown.of(value));
        }
    }
}
