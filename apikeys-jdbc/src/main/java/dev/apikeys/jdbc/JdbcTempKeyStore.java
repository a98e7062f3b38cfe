package dev.apikeys.jdbc;

import dev.apikeys.internal.text.Setters;
import dev.apikeys.jdbc.internal.Binding;
import dev.apikeys.jdbc.internal.Columns;
import dev.apikeys.jdbc.internal.Connections;
import dev.apikeys.jdbc.internal.Dialect;
import dev.apikeys.jdbc.internal.Session;
import dev.apikeys.jdbc.internal.Tables;
import dev.apikeys.jdbc.internal.Task;
import dev.apikeys.jdbc.internal.UniqueInsert;
import dev.apikeys.spi.ApiKeyStore.Rest;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.TempRow;
import dev.apikeys.spi.VaultFullException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongSupplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Temp keys in a table of PostgreSQL, MariaDB, H2 or SQLite; on every node the same one, so that a key that was created
 * on one can be claimed on another.
 *
 * <pre>{@code
 * JdbcSchema.create(pool);
 * ApiKeyManager keys = ApiKeys.builder(JdbcApiKeyStore.create(pool))
 *         .handOff(JdbcTempKeyStore.create(pool))
 *         .build();
 * }</pre>
 *
 * <p>Thread-safe, and safe with any number of nodes on one database. Pool, transactions and bounds are as for
 * {@link JdbcApiKeyStore}.
 *
 * <p>At most {@linkplain Builder#maxLive 10 000} rows wait unclaimed. Rows are counted again each time a quarter of the
 * remaining room is used, not at every insert. From one thread of one node the bound is exact. Concurrent inserts can
 * exceed it by a few, and each further node by up to a quarter of it: it may still use the room that it counted before
 * others filled the table. Nothing unclaimed is dropped before its deadline. Of settled and ended rows, at most 100 times
 * as many are kept; a purge removes the oldest beyond that, with the same tolerance.
 *
 * @since 0.1
 */
public final class JdbcTempKeyStore implements TempKeyStore {

    private static final int DEFAULT_MAX_LIVE = 10_000;
    private static final int HIGHEST_MAX_LIVE = 10_000_000;

    /** How many expired rows a full store ends before it refuses an insert. */
    private static final long ENDED_FOR_ROOM = 64;

    private static final long SPENT_PER_LIVE = 100;

    static final List<String> COLUMNS =
            List.of("ticket_hash", "key_id", "sealed", "created_at", "deadline", "settled_at");

    private final Connections connections;
    private final int maxLive;
    private final Room live = new Room();
    private final Room spent = new Room();
    private final String table;
    private final UniqueInsert<TempRow> insert;
    private final String find;
    private final String findByKey;
    private final String settle;
    private final String waiting;
    private final String discard;
    private final String remove;
    private final String overdue;
    private final String end;
    private final String oldestSpent;
    private final String countLive;
    private final String countSpent;

    JdbcTempKeyStore(Connections connections, int maxLive) {
        this.connections = connections;
        this.maxLive = maxLive;
        table = connections.tables().temp();
        Dialect dialect = connections.dialect();
        String columns = String.join(", ", COLUMNS);
        insert = new UniqueInsert<>(
                dialect,
                dialect.insertInto(table, COLUMNS),
                JdbcTempKeyStore::bind,
                "SELECT ticket_hash FROM " + table + " WHERE ticket_hash = ?",
                (statement, row) -> Binding.of(statement).text(row.ticketHash()),
                TempRow::keyId);
        find = dialect.decidingQuery(COLUMNS, table, "ticket_hash = ?");
        findByKey = dialect.upToDate(
                "SELECT " + columns + " FROM " + table
                        + " WHERE key_id = ? ORDER BY CASE WHEN live_deadline IS NULL THEN 1 ELSE 0 END, deadline DESC LIMIT 1");
        settle = "UPDATE " + table + " SET settled_at = ?, sealed = NULL WHERE ticket_hash = ? AND live_deadline > ?";
        waiting = dialect.decidingQuery(List.of("ticket_hash"), table, "key_id = ? AND live_deadline IS NOT NULL");
        discard = "DELETE FROM " + table + " WHERE ticket_hash = ? AND live_deadline IS NOT NULL";
        remove = "DELETE FROM " + table + " WHERE ticket_hash = ?";
        overdue = "SELECT " + columns + " FROM " + table + " WHERE live_deadline <= ? ORDER BY live_deadline LIMIT ?"
                + dialect.skipLocked();
        end = "UPDATE " + table + " SET sealed = NULL WHERE ticket_hash = ?";
        oldestSpent = "SELECT ticket_hash FROM " + table + " WHERE spent_deadline <= ? ORDER BY spent_deadline LIMIT ?"
                + dialect.skipLocked();
        countLive = counting("live_deadline");
        countSpent = counting("spent_deadline");
    }

    /** Counts by a range, which every optimizer looks up in an index, and stops at a bound. */
    private String counting(String column) {
        return "SELECT count(*) FROM (SELECT 1 FROM " + table + " WHERE " + column + " >= ? LIMIT ?) counted";
    }

    /**
     * Creates a store on the tables that begin with {@code apikeys_}, with the default timeout and at most 10 000 rows
     * unclaimed.
     *
     * @param dataSource the pool; the caller closes it
     * @return a store
     * @throws IllegalArgumentException if the database is not one of those supported
     * @throws StorageException if it cannot be reached, or its tables are missing or of a version that cannot be used; the
     *     message says what to do
     */
    public static JdbcTempKeyStore create(DataSource dataSource) {
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
        private int maxLive = DEFAULT_MAX_LIVE;
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
         * Sets how long a call may take once it has its connection; 5 seconds unless set, on a Galera cluster 10. An
         * insert that has to count, a discard that finds rows and a purge are two such calls. What is possible in
         * addition is as for {@link JdbcApiKeyStore.Builder#timeout}; on PostgreSQL, set {@code cancelSignalTimeout=1} in
         * the URL, or a silent network adds 10 seconds.
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

        /**
         * Sets how many rows may wait unclaimed; 10 000 unless set.
         *
         * @param most 1 to 10 000 000
         * @return this
         * @throws IllegalArgumentException if there are fewer or more
         * @throws IllegalStateException if it was called before
         */
        public Builder maxLive(int most) {
            Setters.once(called, "maxLive");
            if (most < 1 || most > HIGHEST_MAX_LIVE) {
                throw new IllegalArgumentException(
                        "maxLive must be between 1 and " + HIGHEST_MAX_LIVE + ", but was " + most);
            }
            maxLive = most;
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
        public JdbcTempKeyStore build() {
            return new JdbcTempKeyStore(
                    Connections.to(dataSource, tables, timeout, ticker).checking(JdbcSchema.VERSION), maxLive);
        }
    }

    @Override
    public Sweep insert(List<TempRow> rows) {
        if (live.use(rows.size())) {
            return insert(rows, 0, Long.MIN_VALUE);
        }
        long free = maxLive - countLive() - rows.size();
        long earlier = free < 0 ? Math.min(rows.get(0).createdAt(), Clocks.own(connections)) : Long.MIN_VALUE;
        Sweep sweep = insert(rows, -free, earlier);
        live.counted(free + sweep.ended().size());
        spent.use(sweep.ended().size());
        return sweep;
    }

    private long countLive() {
        return connections.run(Task.read("count rows of " + table), session -> count(session, countLive, maxLive));
    }

    private static long count(Session session, String query, long most) throws SQLException {
        return session.query(
                        query,
                        statement ->
                                Binding.of(statement).number(Long.MIN_VALUE).number(most),
                        result -> result.getLong(1))
                .get(0);
    }

    /** Inserts rows, and ends overdue ones if so many places are missing, in one transaction; returns those it ended. */
    private Sweep insert(List<TempRow> rows, long missing, long now) {
        String what = "insert " + rows.size() + " rows of " + table;
        boolean single = rows.size() == 1 && missing <= 0;
        return connections.run(single ? Task.statement(what) : Task.transaction(what), session -> {
            List<TempRow> ended = List.of();
            if (missing > 0) {
                ended = end(session, now, ENDED_FOR_ROOM);
            }
            if (ended.size() < missing) {
                throw new VaultFullException(maxLive);
            }
            insert.run(session, rows);
            return new Sweep(ended, 0, 0, Rest.NONE);
        });
    }

    /** Ends live rows whose deadline has passed, and returns them as they are then. */
    private List<TempRow> end(Session session, long now, long limit) throws SQLException {
        List<TempRow> rows = session.lock(
                table, overdue, statement -> Binding.of(statement).number(now).number(limit), JdbcTempKeyStore::read);
        if (rows.isEmpty()) {
            return rows;
        }
        rows.sort(Comparator.comparing(TempRow::ticketHash));
        session.runAll(end, rows, (statement, row) -> Binding.of(statement).text(row.ticketHash()));
        return rows.stream().map(TempRow::ended).toList();
    }

    @Override
    public @Nullable TempRow find(String ticketHash) {
        Task task = Task.read("find a row of " + table);
        return connections
                .run(task, session -> session.decide(find, ticketHash, JdbcTempKeyStore::read))
                .orElse(null);
    }

    @Override
    public @Nullable TempRow findByKey(String keyId) {
        List<TempRow> rows = connections.run(
                Task.read("find a row of " + table),
                session -> session.query(
                        findByKey, statement -> Binding.of(statement).text(keyId), JdbcTempKeyStore::read));
        return rows.isEmpty() ? null : rows.get(0);
    }

    @Override
    public boolean settle(String ticketHash, long now) {
        boolean settled = connections.run(
                Task.statement("settle a row of " + table),
                session -> session.update(
                                settle,
                                statement -> Binding.of(statement)
                                        .number(now)
                                        .text(ticketHash)
                                        .number(now))
                        > 0);
        if (settled) {
            spent.use(1);
        }
        return settled;
    }

    /** Finds first and deletes then, row by row: so it never holds one row while it waits for another. */
    @Override
    public int discard(String keyId) {
        List<String> hashes = connections
                .run(
                        Task.read("find rows of " + table),
                        session -> session.decide(
                                waiting,
                                statement -> Binding.of(statement).text(keyId),
                                result -> Optional.ofNullable(result.getString(1))))
                .stream()
                .flatMap(Optional::stream)
                .sorted()
                .toList();
        if (hashes.isEmpty()) {
            return 0;
        }
        String what = "delete " + hashes.size() + " rows of " + table;
        return connections.run(
                hashes.size() == 1 ? Task.statement(what) : Task.transaction(what),
                session -> Arrays.stream(session.updateAll(discard, hashes, JdbcTempKeyStore::bindHash))
                        .sum());
    }

    @Override
    public boolean remove(String ticketHash) {
        return connections.run(
                Task.statement("delete a row of " + table),
                session -> session.update(remove, statement -> bindHash(statement, ticketHash)) > 0);
    }

    @Override
    public Sweep purge(Duration age, long now, int limit) {
        OptionalLong clock = Clocks.earlier(connections, now);
        if (clock.isEmpty()) {
            return new Sweep(List.of(), 0, 0, Rest.PUT_OFF);
        }
        long time = clock.getAsLong();
        return connections.run(Task.transaction("purge rows of " + table), session -> {
            List<TempRow> ended = end(session, time, limit);
            int removed = removeOldest(session, Clocks.before(time, age), limit);
            spent.use(ended.size());
            long excess = spent.isLeft() ? 0 : excess(session, limit);
            int forgotten = excess > 0 ? removeOldest(session, Long.MAX_VALUE, Math.min(excess, limit)) : 0;
            boolean more = removed == limit || ended.size() == limit || excess > limit;
            return new Sweep(ended, removed, forgotten, more ? Rest.MORE : Rest.NONE);
        });
    }

    private int removeOldest(Session session, long until, long limit) throws SQLException {
        List<String> hashes = session.lock(
                table,
                oldestSpent,
                statement -> Binding.of(statement).number(until).number(limit),
                result -> result.getString(1));
        if (!hashes.isEmpty()) {
            hashes.sort(Comparator.naturalOrder());
            session.runAll(remove, hashes, JdbcTempKeyStore::bindHash);
        }
        return hashes.size();
    }

    /** Returns by how many settled and ended rows are too many, up to more than so many. */
    private long excess(Session session, int enough) throws SQLException {
        long most = SPENT_PER_LIVE * maxLive;
        long free = most - count(session, countSpent, most + enough + 1);
        spent.counted(free);
        return -free;
    }

    /** Runs every statement on a row that is never committed. */
    void rehearse(String probe) {
        TempRow row = new TempRow(probe, probe, "sealed", 0, 1, null);
        connections.run(Task.transaction("try the statements on " + table), session -> {
            session.undo();
            insert.run(session, List.of(row));
            JdbcSchema.requireCodeUnits(session, connections, table, probe, List.of("ticket_hash", "key_id"));
            session.decide(find, probe, JdbcTempKeyStore::read);
            session.query(findByKey, statement -> bindHash(statement, probe), JdbcTempKeyStore::read);
            session.decide(waiting, statement -> bindHash(statement, probe), result -> true);
            session.update(
                    settle,
                    statement -> Binding.of(statement).number(0L).text(probe).number(1L));
            end(session, 1, 1);
            session.update(end, statement -> bindHash(statement, probe));
            count(session, countLive, 1);
            count(session, countSpent, 1);
            session.update(discard, statement -> bindHash(statement, probe));
            removeOldest(session, 1, 1);
            return session.update(remove, statement -> bindHash(statement, probe));
        });
    }

    private static void bindHash(PreparedStatement statement, String ticketHash) throws SQLException {
        Binding.of(statement).text(ticketHash);
    }

    private static void bind(PreparedStatement statement, TempRow row) throws SQLException {
        Binding.of(statement)
                .text(row.ticketHash())
                .text(row.keyId())
                .text(row.sealed())
                .number(row.createdAt())
                .number(row.deadline())
                .number(row.settledAt());
    }

    /** A row that was edited to be both live and settled is settled: it opens to nothing. */
    private static TempRow read(ResultSet result) throws SQLException {
        Columns columns = new Columns(result);
        String ticketHash = columns.text();
        String keyId = columns.text();
        String sealed = columns.optionalText();
        long createdAt = columns.number();
        long deadline = columns.number();
        Long settledAt = columns.optionalNumber();
        return new TempRow(ticketHash, keyId, settledAt == null ? sealed : null, createdAt, deadline, settledAt);
    }
}
