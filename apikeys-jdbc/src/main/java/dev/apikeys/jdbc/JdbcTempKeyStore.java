package dev.apikeys.jdbc;

import dev.apikeys.spi.DuplicateKeyException;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.TempRow;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Temp keys in a table of PostgreSQL, MariaDB, H2 or SQLite; on every node the same one, so that a key that was created
 * on one can be claimed on another.
 *
 * <p>Thread-safe, and safe with any number of nodes on one database. Pool, transactions and bounds are as for
 * {@link JdbcApiKeyStore}.
 *
 * <p>At most {@linkplain Builder#maxLive 10 000} rows wait unclaimed. Rows are counted again each time a quarter of the
 * remaining room is used, not at every insert. From one thread of one node the bound is exact. Concurrent inserts can
 * exceed it by a few, and each further node by up to a quarter of it: it may still use the room that it counted before
 * others filled the table. Nothing unclaimed is dropped before its deadline.
 */
public final class JdbcTempKeyStore implements TempKeyStore {

    private static final int DEFAULT_MAX_LIVE = 10_000;
    private static final int HIGHEST_MAX_LIVE = 10_000_000;

    /** How many expired rows a full store frees before it refuses an insert. */
    private static final int FREED_AT_ONCE = 64;

    private static final int ROOM_SHARE = 4;

    private static final List<String> COLUMNS =
            List.of("ticket_hash", "key_id", "sealed", "created_at", "deadline", "settled_at");

    private final Connections connections;
    private final int maxLive;
    private final AtomicLong room = new AtomicLong();
    private final String table;
    private final String insert;
    private final String find;
    private final String findByKey;
    private final String settle;
    private final String waiting;
    private final String discard;
    private final String overdue;
    private final String expired;
    private final String purge;
    private final String count;

    private JdbcTempKeyStore(Connections connections, int maxLive) {
        this.connections = connections;
        this.maxLive = maxLive;
        table = connections.tables().temp();
        String select = "SELECT " + String.join(", ", COLUMNS) + " FROM " + table;
        String hashes = "SELECT ticket_hash FROM " + table;
        insert = connections.dialect().insertInto(table, COLUMNS);
        find = select + " WHERE ticket_hash = ?";
        findByKey = select + " WHERE key_id = ? AND settled_at IS NULL ORDER BY deadline DESC LIMIT 1";
        settle = "UPDATE " + table
                + " SET settled_at = ?, sealed = NULL WHERE ticket_hash = ? AND settled_at IS NULL AND deadline > ?";
        waiting = hashes + " WHERE key_id = ? AND settled_at IS NULL";
        discard = "DELETE FROM " + table + " WHERE ticket_hash = ? AND settled_at IS NULL";
        overdue = hashes + " WHERE deadline < ? ORDER BY deadline LIMIT ?";
        expired = hashes + " WHERE settled_at IS NULL AND deadline < ? ORDER BY deadline LIMIT ?";
        purge = "DELETE FROM " + table + " WHERE ticket_hash = ? AND deadline < ?";
        count = "SELECT count(*) FROM (SELECT 1 FROM " + table + " WHERE settled_at IS NULL LIMIT ?) live";
    }

    /**
     * Makes a store on the tables that begin with {@code apikeys_}, with a timeout of 5 seconds and at most 10 000 rows
     * unclaimed.
     *
     * @param dataSource the pool; it stays the caller's to close
     * @return a store
     * @throws IllegalArgumentException if the database is not one of those supported
     * @throws StorageException if it cannot be reached, or its tables are missing or of another version; the message says
     *     what to do
     */
    public static JdbcTempKeyStore create(DataSource dataSource) {
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
        private int maxLive = DEFAULT_MAX_LIVE;

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
         * How long a call may take once it has its connection; 5 seconds unless set. An insert that has to count, and a
         * discard or purge that finds rows, are two such calls; an insert that finds the table full is up to four. What can
         * come on top is as for {@link JdbcApiKeyStore.Builder#timeout}; on PostgreSQL, set {@code cancelSignalTimeout=1} in
         * the URL, or a silent network adds 10 seconds.
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
         * How many rows may wait unclaimed; 10 000 unless set.
         *
         * @param most 1 to 10 000 000
         * @return this
         * @throws IllegalArgumentException if there are fewer or more
         */
        public Builder maxLive(int most) {
            if (most < 1 || most > HIGHEST_MAX_LIVE) {
                throw new IllegalArgumentException(
                        "maxLive must be between 1 and " + HIGHEST_MAX_LIVE + ", but was " + most);
            }
            maxLive = most;
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
        public JdbcTempKeyStore build() {
            return new JdbcTempKeyStore(JdbcSchema.check(Connections.to(dataSource, tables, timeout)), maxLive);
        }
    }

    @Override
    public void insert(TempRow row) {
        if (room.getAndDecrement() <= 0) {
            makeRoom(row.createdAt());
        }
        Operation operation = Operation.write("insert a row of " + table, 1);
        boolean inserted = connections.run(operation, session -> insert(session, row));
        if (!inserted) {
            throw new DuplicateKeyException(row.keyId(), null);
        }
    }

    private boolean insert(Session session, TempRow row) throws SQLException {
        try {
            return session.update(insert, statement -> bind(statement, row)) > 0;
        } catch (SQLException e) {
            if (connections.dialect().duplicate().match(e)) {
                throw new DuplicateKeyException(row.keyId(), e);
            }
            throw e;
        }
    }

    /** Counts what waits and lets in a share of the room that is left. */
    private void makeRoom(long now) {
        long free = maxLive - countWaiting();
        if (free <= 0) {
            free += deleteOld(expired, now, FREED_AT_ONCE);
        }
        if (free <= 0) {
            throw new StorageException(
                    "The table " + table + " is full: " + maxLive
                            + " temp keys wait and none of them has expired; raise"
                            + " maxLive, shorten the time for hand-off, or see who creates keys that nobody claims",
                    null);
        }
        // One of these is for the caller.
        room.set((free - 1) / ROOM_SHARE);
    }

    private long countWaiting() {
        return connections
                .run(
                        Operation.read("count rows of " + table),
                        session -> session.query(
                                count,
                                statement -> Binding.of(statement).number((long) maxLive),
                                result -> result.getLong(1)))
                .get(0);
    }

    @Override
    public @Nullable TempRow find(String ticketHash) {
        return findOne(find, ticketHash);
    }

    @Override
    public @Nullable TempRow findByKey(String keyId) {
        return findOne(findByKey, keyId);
    }

    private @Nullable TempRow findOne(String query, String key) {
        List<TempRow> rows = connections.run(
                Operation.read("find a row of " + table),
                session ->
                        session.query(query, statement -> Binding.of(statement).text(key), JdbcTempKeyStore::read));
        return rows.isEmpty() ? null : rows.get(0);
    }

    @Override
    public boolean settle(String ticketHash, long now) {
        return connections.run(
                Operation.write("settle a row of " + table, 1),
                session -> session.update(
                                settle,
                                statement -> Binding.of(statement)
                                        .number(now)
                                        .text(ticketHash)
                                        .number(now))
                        > 0);
    }

    @Override
    public int discard(String keyId) {
        List<String> hashes = hashes(waiting, statement -> Binding.of(statement).text(keyId));
        return deleteEach(
                discard, hashes, (statement, hash) -> Binding.of(statement).text(hash));
    }

    @Override
    public int purge(long before, int limit) {
        return deleteOld(overdue, before, limit);
    }

    /** Finds first and deletes then, row by row: so it never holds one row while it waits for another. */
    private int deleteOld(String query, long before, int limit) {
        List<String> hashes =
                hashes(query, statement -> Binding.of(statement).number(before).number((long) limit));
        return deleteEach(
                purge,
                hashes,
                (statement, hash) -> Binding.of(statement).text(hash).number(before));
    }

    private List<String> hashes(String query, Session.Parameters parameters) {
        return connections
                .run(
                        Operation.read("find rows of " + table),
                        session -> session.query(query, parameters, result -> result.getString(1)))
                .stream()
                .sorted()
                .toList();
    }

    private int deleteEach(String statement, List<String> hashes, Session.Binder<String> binder) {
        if (hashes.isEmpty()) {
            return 0;
        }
        Operation operation = Operation.write("delete " + hashes.size() + " rows of " + table, hashes.size());
        return connections.run(
                operation,
                session -> Arrays.stream(session.updateAll(statement, hashes, binder))
                        .sum());
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

    /** A row that was edited to hold both or neither of the two that exclude each other is one that opens to nothing. */
    private static TempRow read(ResultSet result) throws SQLException {
        Columns columns = new Columns(result);
        String ticketHash = Objects.requireNonNullElse(columns.text(), "");
        String keyId = Objects.requireNonNullElse(columns.text(), "");
        String sealed = columns.text();
        long createdAt = columns.number();
        long deadline = columns.number();
        Long settledAt = columns.optionalNumber();
        if (settledAt == null) {
            sealed = Objects.requireNonNullElse(sealed, "");
        } else {
            sealed = null;
        }
        return new TempRow(ticketHash, keyId, sealed, createdAt, deadline, settledAt);
    }
}
