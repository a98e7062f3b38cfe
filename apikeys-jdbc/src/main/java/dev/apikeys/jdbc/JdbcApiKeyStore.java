package dev.apikeys.jdbc;

import dev.apikeys.internal.text.Setters;
import dev.apikeys.jdbc.internal.Binding;
import dev.apikeys.jdbc.internal.Connections;
import dev.apikeys.jdbc.internal.Dialect;
import dev.apikeys.jdbc.internal.JournalRows;
import dev.apikeys.jdbc.internal.KeyRows;
import dev.apikeys.jdbc.internal.Session;
import dev.apikeys.jdbc.internal.Tables;
import dev.apikeys.jdbc.internal.Task;
import dev.apikeys.jdbc.internal.WriteSets;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Changes;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.KeyStatus;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.UsageBatch;
import dev.apikeys.spi.WriteSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongSupplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * API keys in tables of PostgreSQL, MariaDB, H2 or SQLite.
 *
 * <pre>{@code
 * JdbcSchema.create(pool);
 * ApiKeyManager keys = ApiKeys.builder(JdbcApiKeyStore.create(pool)).build();
 * }</pre>
 *
 * <p>Thread-safe, and safe with any number of nodes on one database. It keeps no connection and no thread: each call
 * borrows one connection, commits, and returns it with its auto-commit mode and timeouts unchanged.
 *
 * <p>Give it the pool itself, never a proxy that hands out the connection of the caller's transaction: each call is a
 * transaction of its own. Such a connection is refused if that transaction has written, on MariaDB also if it has read a
 * table. Where this cannot be seen (one that has only read on PostgreSQL or H2, any on SQLite), the call ends the caller's
 * transaction with its own: its snapshot, its locks and what was set for its length are lost.
 *
 * <p>Bounds: a call ends within the {@linkplain Builder#timeout timeout}, 5 seconds unless set, after it was given a
 * connection; for the connection, the pool's timeout applies (HikariCP: {@code connectionTimeout}, 30 seconds unless set).
 *
 * @since 0.1
 */
public final class JdbcApiKeyStore implements ApiKeyStore {

    /** One locked row must not take the whole timeout of a batch: the caller then tries a half of it. */
    private static final Duration USAGE_PATIENCE = Duration.ofSeconds(1);

    /** How long the last batch of a node is remembered: longer than any node repeats one. */
    private static final Duration NODE_AGE = Duration.ofDays(30);

    private static final long NODES_AT_ONCE = 100;

    private final Connections connections;
    private final WriteSets writeSets;
    private final Feed feed;
    private final String table;
    private final String journalTable;
    private final String nodeTable;
    private final String find;
    private final String findByLookup;
    private final String addUsage;
    private final String firstBatch;
    private final String nextBatch;
    private final String ended;
    private final String delete;
    private final String oldNodes;
    private final String deleteNode;
    private final String oldJournal;
    private final String deleteJournal;

    JdbcApiKeyStore(Connections connections) {
        this.connections = connections;
        Dialect dialect = connections.dialect();
        Tables tables = connections.tables();
        writeSets = new WriteSets(dialect, tables);
        feed = new Feed(connections);
        table = tables.key();
        journalTable = tables.journal();
        nodeTable = tables.node();
        find = dialect.decidingQuery(KeyRows.COLUMNS, table, "id = ?");
        findByLookup = dialect.decidingQuery(KeyRows.COLUMNS, table, "lookup = ?");
        // A count that was edited to the highest number must not fail its batch at every attempt.
        addUsage = "UPDATE " + table + " SET usage_count = CASE WHEN usage_count <= ? THEN usage_count + ?"
                + " ELSE usage_count END, last_used_at = CASE WHEN last_used_at IS NULL OR last_used_at < ? THEN ?"
                + " ELSE last_used_at END WHERE id = ?";
        firstBatch = dialect.insertInto(nodeTable, List.of("node", "number", "time"), List.of("?", "?", dialect.now()));
        nextBatch =
                "UPDATE " + nodeTable + " SET number = ?, time = " + dialect.now() + " WHERE node = ? AND number < ?";
        ended = "SELECT " + String.join(", ", KeyRows.COLUMNS) + " FROM " + table
                + " WHERE ends_at > ? AND ends_at <= ? ORDER BY ends_at LIMIT ?" + dialect.skipLocked();
        delete = "DELETE FROM " + table + " WHERE id = ?";
        oldNodes = dialect.upToDate("SELECT node FROM " + nodeTable + " WHERE time <= ? ORDER BY node LIMIT ?");
        // One that has come back meanwhile stays: without its number, a repeated batch would count twice.
        deleteNode = "DELETE FROM " + nodeTable + " WHERE node = ? AND time <= ?";
        // The newest stay: an empty journal would not tell whether there was something to be followed.
        oldJournal = "SELECT id FROM " + journalTable + " WHERE time <= ? AND time < (SELECT max(time) FROM "
                + journalTable + ") ORDER BY time, id LIMIT ?";
        deleteJournal = "DELETE FROM " + journalTable + " WHERE id = ?";
    }

    /**
     * Creates a store on the tables that begin with {@code apikeys_}, with the default timeout.
     *
     * @param dataSource the pool; the caller closes it
     * @return a store
     * @throws IllegalArgumentException if the database is not one of those supported
     * @throws StorageException if it cannot be reached, or its tables are missing or of a version that cannot be used; the
     *     message says what to do
     */
    public static JdbcApiKeyStore create(DataSource dataSource) {
        return builder(dataSource).build();
    }

    /**
     * Starts a store with options.
     *
     * @param dataSource the pool; the caller closes it
     * @return a builder
     */
    public static Builder builder(DataSource dataSource) {
        return new Builder(dataSource);
    }

    /**
     * Options of a store. Not thread-safe.
     *
     * @since 0.1
     */
    public static final class Builder {
        private final Set<String> called = new HashSet<>();
        private final DataSource dataSource;
        private Tables tables = new Tables(Tables.DEFAULT_PREFIX);
        private @Nullable Duration timeout;
        private LongSupplier ticker = System::nanoTime;

        private Builder(DataSource dataSource) {
            this.dataSource = Objects.requireNonNull(dataSource, "dataSource");
        }

        /**
         * Sets what the names of the tables begin with; {@code apikeys_} unless set.
         *
         * @param prefix of the grammar {@code [a-z][a-z0-9_]{0,29}}
         * @return this
         * @throws IllegalArgumentException if the prefix is outside the grammar
         * @throws IllegalStateException if it was called before
         */
        public Builder tablePrefix(String prefix) {
            Setters.once(called, "tablePrefix");
            tables = new Tables(prefix);
            return this;
        }

        /**
         * Sets how long a call may take once it has its connection; 5 seconds unless set, on a Galera cluster 10. A purge
         * is two such calls.
         *
         * <p>In addition, up to a second each is possible for the last statement, for a commit or rollback and for turning
         * auto-commit on again. On MariaDB, each row of a batch may take the time that was left when the batch began.
         * Batches grow from one row to 128, so a call of many rows that all wait about as long takes twice its timeout at
         * the most; worst case, every row of a batch blocks on a different lock: timeout x rows.
         *
         * <p>On PostgreSQL, set {@code cancelSignalTimeout=1} in the URL. To end a statement in time, the driver asks the
         * server over another connection, which has this timeout, in seconds, 10 unless set. Where the network is silent
         * it comes on top.
         *
         * @param bound one second to one hour
         * @return this
         * @throws IllegalArgumentException if the bound is shorter or longer
         * @throws IllegalStateException if it was called before
         */
        public Builder timeout(Duration bound) {
            Setters.once(called, "timeout");
            timeout = Connections.checkTimeout(bound);
            return this;
        }

        Builder ticker(LongSupplier nanos) {
            ticker = nanos;
            return this;
        }

        /**
         * Creates the store.
         *
         * @return a store
         * @throws IllegalArgumentException if the database is not one of those supported
         * @throws StorageException if it cannot be reached, or its tables are missing or of a version that cannot be used;
         *     the message says what to do
         */
        public JdbcApiKeyStore build() {
            return new JdbcApiKeyStore(
                    Connections.to(dataSource, tables, timeout, ticker).checking(JdbcSchema.VERSION));
        }
    }

    @Override
    public boolean write(WriteSet rows) {
        return connections.run(rows.split(this::task), session -> writeSets.write(session, rows));
    }

    private Task task(
            List<KeyRow> inserts,
            List<WriteSet.Replace> replaces,
            List<WriteSet.Delete> deletes,
            List<JournalRow> journal) {
        int keys = inserts.size() + replaces.size() + deletes.size();
        String what = "write " + keys + " rows of " + table;
        Task task = keys + journal.size() == 1 ? Task.statement(what) : Task.transaction(what);
        return task.creating(inserts.size() == 1 ? inserts.get(0).id() : null);
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
        Task task = Task.read("find a row of " + table);
        return connections
                .run(task, session -> session.decide(query, key, KeyRows::read))
                .orElse(null);
    }

    @Override
    public Slice list(KeyFilter filter, Order order, @Nullable String after, int limit, long now) {
        KeyScan scan = new KeyScan(connections, filter, order, now);
        return connections.run(scan.task(), session -> scan.page(session, after, limit));
    }

    @Override
    public void addUsage(UsageBatch batch) {
        Task task = Task.transaction("add usage to " + batch.deltas().size() + " rows of " + table)
                .waiting(USAGE_PATIENCE);
        connections.run(task, session -> addUsage(session, batch));
    }

    private boolean addUsage(Session session, UsageBatch batch) throws SQLException {
        if (!isNew(session, batch)) {
            session.undo();
            return false;
        }
        session.runAll(
                addUsage,
                batch.deltas(),
                (statement, delta) -> Binding.of(statement)
                        .number(Long.MAX_VALUE - delta.count())
                        .number(delta.count())
                        .number(delta.lastUsedAt())
                        .number(delta.lastUsedAt())
                        .text(delta.keyId()));
        return true;
    }

    /** Takes the number of a batch as the last one of its node; returns false if it was added before. */
    private boolean isNew(Session session, UsageBatch batch) throws SQLException {
        Session.Parameters next = statement ->
                Binding.of(statement).number(batch.number()).text(batch.node()).number(batch.number());
        if (batch.number() > 1 && session.update(nextBatch, next) > 0) {
            return true;
        }
        try {
            Session.Parameters first =
                    statement -> Binding.of(statement).text(batch.node()).number(batch.number());
            return session.update(firstBatch, first) > 0;
        } catch (SQLException e) {
            if (connections.dialect().duplicate(e)) {
                return false;
            }
            throw e;
        }
    }

    @Override
    public Purge purge(Duration age, long now, int limit, JournalRow journal) {
        OptionalLong clock = Clocks.earlier(connections, now);
        if (clock.isEmpty()) {
            return Purge.putOff();
        }
        long time = clock.getAsLong();
        List<KeyRow> purged = connections.run(
                Task.transaction("purge rows of " + table),
                session -> purge(session, Clocks.before(time, age), limit, journal));
        return Purge.ofKeys(purged, purged.size() < limit ? Rest.NONE : Rest.MORE);
    }

    /** An end that cannot be read is damage to be looked at, not an end. */
    private List<KeyRow> purge(Session session, long before, int limit, JournalRow journal) throws SQLException {
        List<KeyRow> found = session.lock(
                table,
                ended,
                statement -> Binding.of(statement)
                        .number(KeyRow.UNREADABLE)
                        .number(before)
                        .number((long) limit),
                KeyRows::read);
        if (!found.isEmpty()) {
            found.sort(Comparator.comparing(KeyRow::id));
            session.runAll(
                    delete, found, (statement, row) -> Binding.of(statement).text(row.id()));
            JournalRow counted = journal.toBuilder().count(found.size()).build();
            writeSets.write(session, WriteSet.builder().journal(counted).build());
        }
        return found;
    }

    @Override
    public List<JournalRow> journal(JournalRow.Filter filter, JournalRow.@Nullable Position before, int limit) {
        return connections.run(Task.read("read " + journalTable), session -> journal(session, filter, before, limit));
    }

    private List<JournalRow> journal(
            Session session, JournalRow.Filter filter, JournalRow.@Nullable Position before, int limit)
            throws SQLException {
        IndexRange range = IndexRange.over(connections.dialect(), true, "time", "id");
        String key = filter.keyId();
        String actor = filter.actor();
        if (key != null) {
            range = range.only("key_id", key);
        } else if (actor != null) {
            range = range.only("actor", actor);
        }
        Where page = before == null ? Where.ALL : range.compared("<", before.time(), before.id());
        Where where = range.where()
                .given(key == null ? null : actor, "actor = ?")
                .given(filter.from(), "time >= ?")
                .given(filter.until(), "time < ?")
                .and(page);
        return session.query(
                connections
                        .dialect()
                        .upToDate("SELECT " + String.join(", ", JournalRows.COLUMNS) + " FROM " + journalTable
                                + where.sql() + range.order() + " LIMIT ?"),
                statement -> where.bind(statement).number((long) limit),
                JournalRows::read);
    }

    /**
     * {@inheritDoc}
     *
     * <p>One statement, which reads what is new. PostgreSQL says of each transaction whether it was visible to the last call,
     * and SQLite has one writer, whose rows are numbered. On MariaDB and H2 a call goes by the time of the rows, with an
     * overlap of 60 seconds; rows that were reported are remembered. Up to 10 000 rows are remembered or read again: of more,
     * as after a change of 10 000 keys within a minute, all keys are reported.
     */
    @Override
    public Changes changes(Changes.@Nullable Mark mark) {
        return feed.changes(mark);
    }

    /** Finds first and deletes then, row by row: nobody changes these rows, and the user need not be allowed to. */
    @Override
    public Purge purgeJournal(Duration age, long now, int limit) {
        OptionalLong clock = Clocks.earlier(connections, now);
        if (clock.isEmpty()) {
            return Purge.putOff();
        }
        forgetNodes(Clocks.before(clock.getAsLong(), NODE_AGE));
        List<String> old = oldJournal(Clocks.before(clock.getAsLong(), age), limit);
        if (old.isEmpty()) {
            return Purge.ofJournal(0, Rest.NONE);
        }
        int removed = connections.run(
                Task.transaction("purge " + old.size() + " rows of " + journalTable),
                session -> Arrays.stream(session.updateAll(
                                deleteJournal,
                                old,
                                (statement, id) -> Binding.of(statement).text(id)))
                        .sum());
        return Purge.ofJournal(removed, old.size() < limit ? Rest.NONE : Rest.MORE);
    }

    /** With the journal, whose purge runs on every service, not only where ended keys are purged. */
    private void forgetNodes(long before) {
        List<String> old =
                connections.run(Task.read("find old rows of " + nodeTable), session -> oldNodes(session, before));
        if (!old.isEmpty()) {
            connections.run(
                    Task.transaction("delete " + old.size() + " rows of " + nodeTable),
                    session -> deleteNodes(session, old, before));
        }
    }

    private List<String> oldNodes(Session session, long before) throws SQLException {
        return session.query(
                oldNodes,
                statement -> Binding.of(statement).number(before).number(NODES_AT_ONCE),
                result -> result.getString(1));
    }

    private int[] deleteNodes(Session session, List<String> nodes, long before) throws SQLException {
        return session.runAll(
                deleteNode,
                nodes,
                (statement, node) -> Binding.of(statement).text(node).number(before));
    }

    private List<String> oldJournal(long before, int limit) {
        return connections
                .run(
                        Task.read("find old rows of " + journalTable),
                        session -> session.query(
                                oldJournal,
                                statement ->
                                        Binding.of(statement).number(before).number((long) limit),
                                result -> result.getString(1)))
                .stream()
                .sorted()
                .toList();
    }

    /** Runs every statement on rows that are never committed. */
    void rehearse(String probe) {
        KeyRow row = KeyRow.builder(probe, "hash", "name")
                .lookup(probe)
                .owner(probe)
                .createdBy(probe)
                .expiresAt(1L)
                .build();
        JournalRow told = JournalRow.builder(probe, "TRIED", probe).keyId(probe).build();
        connections.run(
                Task.transaction("try the statements on " + connections.tables().prefix() + "*"), session -> {
                    session.undo();
                    writeSets.write(
                            session,
                            WriteSet.builder().insert(row).journal(told).build());
                    addUsage(session, new UsageBatch(probe, 2, List.of(new UsageBatch.Delta(probe, 1, 1))));
                    JdbcSchema.requireCodeUnits(
                            session, connections, table, probe, List.of("id", "lookup", "owner", "created_by"));
                    JdbcSchema.requireCodeUnits(
                            session, connections, journalTable, probe, List.of("id", "key_id", "actor"));
                    JdbcSchema.requireCodeUnits(session, connections, nodeTable, probe, List.of("node"));
                    rehearseReads(session, probe);
                    rehearseChanges(session, row);
                    return true;
                });
    }

    private void rehearseReads(Session session, String probe) throws SQLException {
        session.decide(find, probe, KeyRows::read);
        session.decide(findByLookup, probe, KeyRows::read);
        KeyFilter filter = KeyFilter.builder()
                .owner(probe)
                .createdBy(probe)
                .role(probe)
                .matching(probe)
                .endingBefore(2L)
                .unusedSince(2L)
                .status(KeyStatus.ACTIVE)
                .build();
        for (Order order : Order.values()) {
            new KeyScan(connections, filter, order, 0).page(session, null, 1);
        }
        journal(
                session,
                JournalRow.Filter.builder()
                        .keyId(probe)
                        .actor(probe)
                        .from(0L)
                        .until(1L)
                        .build(),
                new JournalRow.Position(1, probe),
                1);
        session.query(oldJournal, statement -> Binding.of(statement).number(0L).number(1L), result -> true);
        feed.changes(session, feed.changes(session, null).next());
    }

    private void rehearseChanges(Session session, KeyRow row) throws SQLException {
        String id = row.id();
        WriteSet.Replace replace =
                new WriteSet.Replace(row.toBuilder().version(2).build(), row.hash(), 2L);
        writeSets.write(session, WriteSet.builder().replace(replace).build());
        writeSets.write(
                session,
                WriteSet.builder()
                        .delete(new WriteSet.Delete(id, row.hash(), 3L))
                        .build());
        oldNodes(session, Long.MIN_VALUE);
        deleteNodes(session, List.of(id), Long.MIN_VALUE);
        session.update(deleteJournal, statement -> Binding.of(statement).text(id));
        purge(session, 1, 1, JournalRow.builder(id, "TRIED", id).build());
    }
}
