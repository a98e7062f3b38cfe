package dev.apikeys.jdbc.internal;

import dev.apikeys.spi.JournalRow;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What differs between the databases, as data. Immutable and thread-safe. */
public final class Dialect {

    /** How a driver bounds a wait. */
    enum Timeouts {
        /** By statement, and on the socket. */
        NETWORK,
        /** By statement; there is no socket, or the driver cannot bound it. */
        STATEMENT,
        /** By statement, but the bound stays with the session and has to be restored. */
        SESSION
    }

    /** What a driver makes of a batch. */
    enum Batches {
        /** One wait for all rows, which the timeout of the statement ends. */
        WHOLE,
        /** Few round trips, but each row may wait as long as the timeout of the statement. */
        ROWS,
        /** Nothing that we should use. */
        NONE
    }

    /** How long the isolation of a transaction that was set for it stays. */
    enum Isolation {
        /** Until the transaction ends. */
        TRANSACTION,
        /** Until it is set again. */
        SESSION,
        /** It is the highest one in any case. */
        FIXED
    }

    /** By what a reader of the journal knows which rows became visible since it read last. */
    public enum Visibility {
        /** By a snapshot: it tells of each transaction whether it was visible then. */
        SNAPSHOT,
        /** By the number of the row: rows become visible in the order of their numbers. */
        NUMBER,
        /** By the time of the row, with an overlap: no order can be relied on. */
        TIME
    }

    private static final String CHANGE = " WHERE type <> '" + JournalRow.CREATED + "' AND key_id IS NOT NULL AND ";

    /** Rows of the last minute, and what has a new number but an old time: a clock is behind, or a transaction was slow. */
    private static final String CHANGES_BY_TIME = "SELECT %1$s, (SELECT max(seq) FROM %2$s), 0, (SELECT min(time) FROM"
            + " %2$s), r.id, r.key_id, r.told_at, 0 FROM (SELECT 1 AS one) AS o LEFT JOIN ((SELECT id, key_id, told_at"
            + " FROM %2$s WHERE told_at >= COALESCE(?, %1$s - 60000) LIMIT ?) UNION ALL (SELECT id, key_id, told_at FROM"
            + " %2$s WHERE seq > ? AND told_at < ? LIMIT ?)) AS r ON 1 = 1";

    /**
     * When PostgreSQL started, or started again after a crash of one of its processes: it drops its statistics then. Before
     * version 15 they are in a file, which takes too long to read.
     */
    private static final String STARTED = "CAST(extract(epoch FROM GREATEST(pg_postmaster_start_time(), CASE WHEN"
            + " CAST(current_setting('server_version_num') AS INTEGER) >= 150000 THEN"
            + " pg_stat_get_bgwriter_stat_reset_time() END)) * 1000000 AS BIGINT)";

    private static final String A_TO_Z = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    public static final Dialect POSTGRESQL = new Definition("PostgreSQL", "postgresql")
            // SELECT, not VALUES: a driver that rewrites batches of VALUES no longer returns their counts.
            .insert("INSERT INTO %s (%s) SELECT %s ON CONFLICT DO NOTHING")
            .now("CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS BIGINT)")
            .contains("strpos(lower(%s COLLATE \"C\"), ?) > 0")
            // A standby answers queries: a primary that was demoted would go on accepting what was revoked elsewhere.
            .standby("pg_is_in_recovery()")
            .decidingQuery("SELECT %s, pg_is_in_recovery() FROM (SELECT 1) AS one LEFT JOIN %s ON %s")
            // A row whose transaction is beyond the snapshot came with a dump of another server.
            .changes(
                    Visibility.SNAPSHOT,
                    "SELECT %1$s, CAST(pg_current_snapshot() AS TEXT), " + STARTED + ", (SELECT min(time) FROM %2$s),"
                            + " r.id, r.key_id, r.time, pg_is_in_recovery() FROM (SELECT 1) AS one LEFT JOIN (SELECT"
                            + " id, key_id, time FROM %2$s" + CHANGE + "xact >= pg_snapshot_xmin(CAST(? AS"
                            + " pg_snapshot)) AND xact < pg_snapshot_xmax(pg_current_snapshot()) AND NOT"
                            + " pg_visible_in_snapshot(xact, CAST(? AS pg_snapshot)) LIMIT ?) AS r ON TRUE",
                    "xact")
            .skipLocked(" FOR UPDATE SKIP LOCKED")
            .comparingRows()
            .retryable(Codes.states("40001", "40P01"))
            .refused(Codes.states("26000", "53", "54", "55", "57014"))
            .foreignStatement(Codes.states("26000", "42P05"))
            .missing(Codes.states("42P01", "42703", "3F000"))
            .changing(Codes.states("42P07", "42701", "42710", "23505", "XX000"))
            .denied(Codes.states("42501"))
            .notUnderstood(Codes.states("42601", "42883"))
            .readOnly(Codes.states("25006"))
            // A canceled wait for a synchronous standby is a success with a warning.
            .doubtfulWarning(Codes.states("01000"))
            .isolation(Isolation.TRANSACTION)
            .openTransaction("SELECT txid_current_if_assigned() IS NOT NULL")
            .waits(Timeouts.NETWORK, Batches.WHOLE)
            .define();

    /** MariaDB as a node of a Galera cluster. */
    static final Dialect GALERA = mariadb()
            // Else the node may not have applied yet what was committed on another one.
            .upToDate("SET STATEMENT wsrep_sync_wait = 1 FOR ")
            // A bulk insert that is aborted in favor of another node is reported as committed.
            .waits(Timeouts.NETWORK, Batches.NONE)
            // evs.suspect_timeout, after which a cluster goes on without a dead node, is 5 seconds.
            .defaultTimeout(Duration.ofSeconds(10))
            .define();

    public static final Dialect MARIADB =
            mariadb().inCluster("SHOW VARIABLES LIKE 'wsrep_on'", GALERA).define();

    public static final Dialect H2 = new Definition("H2", "h2")
            .insert("INSERT INTO %s (%s) VALUES (%s)")
            .now("CAST(FLOOR(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP(3)) * 1000) AS BIGINT)")
            .changes(Visibility.TIME, CHANGES_BY_TIME, "seq", "told_at")
            .contains("LOCATE(?, TRANSLATE(%s, '" + A_TO_Z + "', '" + A_TO_Z.toLowerCase(Locale.ROOT) + "')) > 0")
            .skipLocked(" FOR UPDATE SKIP LOCKED")
            .duplicate(Codes.vendor(23505))
            .retryable(Codes.vendor(40001, 50200, 90131))
            .lockTimeout(Codes.vendor(50200))
            .refused(Codes.vendor(57014, 90097))
            .missing(Codes.vendor(42102, 42104, 42122))
            // 50000: it checks first and creates then, and fails in general if another node was faster.
            // 42102: it copies a table in order to alter it, and for a moment there is none of the name.
            .changing(Codes.vendor(42101, 42102, 42111, 42121, 23505, 50000))
            .denied(Codes.vendor(90096))
            .notUnderstood(Codes.vendor(42000, 42001, 50100))
            .readOnly(Codes.vendor(90097))
            .isolation(Isolation.SESSION)
            .openTransaction(
                    "SELECT CONTAINS_UNCOMMITTED FROM INFORMATION_SCHEMA.SESSIONS WHERE SESSION_ID = SESSION_ID()")
            .waits(Timeouts.SESSION, Batches.NONE)
            .define();

    public static final Dialect SQLITE = new Definition("SQLite", "sqlite")
            .insert("INSERT INTO %s (%s) VALUES (%s) ON CONFLICT DO NOTHING")
            .now("CAST(round((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER)")
            .changes(
                    Visibility.NUMBER,
                    "SELECT %1$s, (SELECT seq FROM sqlite_sequence WHERE name = '%2$s'), 0, (SELECT min(time) FROM %2$s),"
                            + " r.id, r.key_id, r.time, 0 FROM (SELECT 1) AS one LEFT JOIN (SELECT id, key_id, time FROM"
                            + " %2$s" + CHANGE + "seq > ? LIMIT ?) AS r ON 1",
                    "seq")
            .contains("instr(lower(%s), ?) > 0")
            // It locks the whole file; a transaction that reads first cannot write once another one has.
            .beginWriting("DELETE FROM %s WHERE 0")
            .beginAnew("BEGIN")
            // Otherwise a column would hold whatever is written into it.
            .findLoose("SELECT 1 FROM pragma_table_list WHERE name = ? AND strict = 0")
            .findColumn("SELECT 1 FROM pragma_table_xinfo(?) WHERE name = ?")
            .retryable(Codes.vendor(5, 6))
            .refused(Codes.vendor(1, 8, 13, 19, 20))
            .missing(Codes.vendor(1))
            .readOnly(Codes.vendor(8))
            .waits(Timeouts.STATEMENT, Batches.NONE)
            .define();

    static final List<Dialect> ALL = List.of(POSTGRESQL, MARIADB, H2, SQLITE);

    private static Definition mariadb() {
        return new Definition("MariaDB", "mariadb")
                .insert("INSERT INTO %s (%s) VALUES (%s)")
                // UTC, computed without the time zone of the session: a local hour can repeat.
                .now("(TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(3)) DIV 1000)")
                .changes(Visibility.TIME, CHANGES_BY_TIME, "seq", "told_at")
                // lower() would change more than A to Z in the column, and not in what is searched.
                .contains("LOCATE(?, %s COLLATE utf8mb4_general_ci) > 0")
                .skipLocked(" FOR UPDATE SKIP LOCKED")
                .duplicate(Codes.vendor(1062))
                .retryable(Codes.vendor(1213, 1205, 1020))
                .lockTimeout(Codes.vendor(1205))
                // 1047: the node is not part of a cluster that can write.
                .refused(Codes.vendor(1969, 1290, 1792, 1836, 1114, 1047))
                .missing(Codes.vendor(1146, 1054))
                .changing(Codes.vendor(1050, 1060, 1061, 1062))
                .denied(Codes.vendor(1044, 1142, 1143))
                .notUnderstood(Codes.vendor(1064, 1305))
                .readOnly(Codes.vendor(1290, 1792, 1836))
                .unready(Codes.vendor(1047))
                .isolation(Isolation.TRANSACTION)
                .openTransaction("SELECT @@in_transaction")
                .waits(Timeouts.NETWORK, Batches.ROWS);
    }

    /**
     * SQLSTATEs by which any of them says that it did not do what it was asked: whole classes, but of 40, a rollback, not
     * 40003, which says that the completion of the statement is unknown.
     */
    private static final Codes REFUSED = Codes.states(
            "0A", "21", "22", "23", "25", "28", "3D", "3F", "40000", "40001", "40002", "40004", "40P01", "42");

    private final Definition data;

    private Dialect(Definition data) {
        this.data = data;
    }

    /**
     * Returns the dialect of the database behind a connection.
     *
     * @throws IllegalArgumentException if it is none of these
     */
    static Dialect of(Connection connection) throws SQLException {
        String product = connection.getMetaData().getDatabaseProductName();
        return called(product)
                .orElseThrow(() -> new IllegalArgumentException(
                        "dataSource leads to a database called " + product + ", but supported are "
                                + ALL.stream().map(Dialect::product).collect(Collectors.joining(", "))));
    }

    /**
     * Returns the dialect of a product.
     *
     * @param product what the driver calls the database
     * @return the dialect, empty if the product is not supported
     */
    public static Optional<Dialect> called(String product) {
        return ALL.stream()
                .filter(dialect -> dialect.data.product.equals(product))
                .findFirst();
    }

    /** Returns what the driver calls the database. */
    String product() {
        return data.product;
    }

    /** Returns where a script is, from the package {@code dev.apikeys.jdbc} on. */
    public String script(String name) {
        return "schema/" + data.directory + "/" + name;
    }

    /** Returns where the scripts are in the jar, for messages. */
    public String scripts() {
        return "dev/apikeys/jdbc/schema/" + data.directory;
    }

    /** Returns a query that yields a name and ON in a cluster, or null if there are none. */
    @Nullable String findCluster() {
        return data.findCluster;
    }

    /** Returns the dialect in a cluster. */
    Dialect inCluster() {
        return Objects.requireNonNullElse(data.inCluster, this);
    }

    Duration defaultTimeout() {
        return data.defaultTimeout;
    }

    Timeouts timeouts() {
        return data.timeouts;
    }

    Isolation isolation() {
        return data.isolation;
    }

    Batches batches() {
        return data.batches;
    }

    /** Returns the present time of the database in epoch milliseconds, as SQL. */
    public String now() {
        return data.now;
    }

    /** Returns what makes a query lock its rows and leave out those that are locked; empty where no row is. */
    public String skipLocked() {
        return data.skipLocked;
    }

    /** Returns a statement without effect that begins a transaction that may write, or null if none is needed. */
    public @Nullable String beginWriting(String table) {
        return data.beginWriting == null ? null : format(data.beginWriting, table);
    }

    /**
     * Returns what begins a transaction if none is under way and else fails, or null where the driver knows whether one is.
     */
    @Nullable String beginAnew() {
        return data.beginAnew;
    }

    /** Returns a query for whether a table takes values of any type, or null if none does. */
    public @Nullable String findLoose() {
        return data.findLoose;
    }

    /** Returns a query for whether a table has a column, or null where a definition can ask itself. */
    @Nullable String findColumn() {
        return data.findColumn;
    }

    /**
     * Returns a query for whether a transaction is under way, or null if the database cannot say; PostgreSQL and H2 can
     * say it only of one that has written.
     */
    public @Nullable String openTransaction() {
        return data.openTransaction;
    }

    /** Returns an insert with one parameter a column. */
    public String insertInto(String table, List<String> columns) {
        return insertInto(table, columns, columns.stream().map(column -> "?").toList());
    }

    /** Returns an insert of values: parameters or SQL. */
    public String insertInto(String table, List<String> columns, List<String> values) {
        return format(data.insert, table, String.join(", ", columns), String.join(", ", values));
    }

    /**
     * Returns a query for at most one row on which something is decided, see {@link Session#decide}: it sees what was
     * committed before, on whatever node.
     */
    public String decidingQuery(List<String> columns, String table, String condition) {
        return upToDate(format(data.decidingQuery, String.join(", ", columns), table, condition));
    }

    /** Returns a last column for {@link Session#decide}, where a query of a list is no {@link #decidingQuery}. */
    public String standbyColumn() {
        return data.standby == null ? "0" : data.standby;
    }

    /** Returns a query for whether the server is a standby, or null if none answers queries as one. */
    @Nullable String findStandby() {
        return data.standby == null ? null : "SELECT " + data.standby;
    }

    /** Returns a query that sees what was committed before, on whatever node, unless its transaction has read already. */
    public String upToDate(String query) {
        return data.upToDate + query;
    }

    /** Returns by what a reader of the journal knows which rows became visible since it read last. */
    public Visibility visibility() {
        return data.visibility;
    }

    /**
     * Returns a query for the journal rows that tell of a change, see {@link Session#decide}; always of at least one row.
     * Columns: the present time, the position, what tells one server from another, the time of the oldest row of the
     * journal or NULL; id, key id and time of a row or NULL, and whether it was visible at the position given. Parameters:
     * SNAPSHOT: the last position, twice, and the limit. NUMBER: the last position, the limit. TIME: the earliest time or
     * NULL, the limit, the last position, the earliest time, the limit.
     */
    public String changesQuery(String journal) {
        return upToDate(format(data.changes, data.now, journal));
    }

    /** Returns the columns of the journal that serve {@link #changesQuery} alone. */
    public List<String> changesColumns() {
        return data.changesColumns;
    }

    /** Returns whether a comparison of rows, as in {@code (a, b) < (?, ?)}, uses an index and has to be used for it. */
    public boolean comparesRows() {
        return data.comparesRows;
    }

    /** Returns a condition that a column contains the parameter, which has no letter A to Z, whatever their case. */
    public String contains(String column) {
        return format(data.contains, column);
    }

    private static String format(String template, String... values) {
        return String.format(Locale.ROOT, template, (Object[]) values);
    }

    /** Returns whether an insert of a row that exists counts 0 instead of failing. */
    public boolean countsDuplicates() {
        return data.duplicate.equals(Codes.NONE);
    }

    /** Returns whether an insert met a row that exists. */
    public boolean duplicate(Throwable thrown) {
        return data.duplicate.match(thrown);
    }

    /** Returns whether a table or column does not exist. */
    public boolean missing(Throwable thrown) {
        return data.missing.match(thrown);
    }

    /** Returns whether another node changes the tables: something exists that did not, or, in H2, a table is being altered. */
    boolean changing(Throwable thrown) {
        return data.changing.match(thrown);
    }

    /** Returns whether the user lacks a right. */
    boolean denied(Throwable thrown) {
        return data.denied.match(thrown);
    }

    /** Returns whether the database does not know the syntax or a function. */
    boolean notUnderstood(Throwable thrown) {
        return data.notUnderstood.match(thrown);
    }

    /** Returns whether the connection or the database may not be written to. */
    boolean readOnly(Throwable thrown) {
        return data.readOnly.match(thrown);
    }

    /** Returns whether prepared statements of several clients meet in one session of the server. */
    boolean foreignStatement(Throwable thrown) {
        return data.foreignStatement.match(thrown);
    }

    /** Returns whether the server will refuse the next call too, so that a pool should connect anew. */
    boolean unfit(Throwable thrown) {
        return data.readOnly.match(thrown) || data.unready.match(thrown);
    }

    /** Returns whether the transaction was given up in favor of another and may be tried again after a rollback. */
    boolean retryable(Throwable thrown) {
        return data.retryable.match(thrown);
    }

    /** Returns whether the transaction was given up because it waited too long for a lock, by the database's own bound. */
    boolean lockTimeout(Throwable thrown) {
        return data.lockTimeout.match(thrown);
    }

    /** Returns whether the database itself said that it did not do what it was asked. */
    boolean refused(Throwable thrown) {
        return REFUSED.match(thrown) || data.refused.match(thrown) || retryable(thrown);
    }

    /** Returns whether the database itself said that it did not commit. */
    boolean refusedCommit(Throwable thrown) {
        return retryable(thrown) || data.unready.match(thrown);
    }

    /** Returns whether successes can carry warnings that {@link #doubtful} has to look at. */
    boolean warnsOfDoubt() {
        return !data.doubtfulWarning.equals(Codes.NONE);
    }

    /** Returns whether a success with this warning may be undone. */
    boolean doubtful(@Nullable Throwable warning) {
        return data.doubtfulWarning.match(warning);
    }

    @Override
    public String toString() {
        return data.product;
    }

    /** The data of a dialect; not changed once it is defined. */
    private static final class Definition {
        private final String product;
        private final String directory;
        private String insert = "";
        private String now = "";
        private String contains = "";
        private @Nullable String standby;
        private String decidingQuery = "SELECT %s, 0 FROM %s WHERE %s";
        private String upToDate = "";
        private Visibility visibility = Visibility.TIME;
        private String changes = "";
        private List<String> changesColumns = List.of();
        private String skipLocked = "";
        private boolean comparesRows;
        private @Nullable String beginWriting;
        private @Nullable String beginAnew;
        private @Nullable String findLoose;
        private @Nullable String findColumn;
        private @Nullable String openTransaction;
        private @Nullable String findCluster;
        private @Nullable Dialect inCluster;
        private Codes duplicate = Codes.NONE;
        private Codes retryable = Codes.NONE;
        private Codes lockTimeout = Codes.NONE;
        private Codes refused = Codes.NONE;
        private Codes missing = Codes.NONE;
        private Codes changing = Codes.NONE;
        private Codes denied = Codes.NONE;
        private Codes notUnderstood = Codes.NONE;
        private Codes readOnly = Codes.NONE;
        private Codes unready = Codes.NONE;
        private Codes doubtfulWarning = Codes.NONE;
        private Codes foreignStatement = Codes.NONE;
        private Duration defaultTimeout = Duration.ofSeconds(5);
        private Isolation isolation = Isolation.FIXED;
        private Timeouts timeouts = Timeouts.STATEMENT;
        private Batches batches = Batches.NONE;

        Definition(String product, String directory) {
            this.product = product;
            this.directory = directory;
        }

        /** An insert with places for table, columns and values. */
        Definition insert(String template) {
            insert = template;
            return this;
        }

        /** The present time, epoch milliseconds. */
        Definition now(String expression) {
            now = expression;
            return this;
        }

        /** A condition with places for a column and a parameter in lower case; true for more rows than it need be, at most. */
        Definition contains(String template) {
            contains = template;
            return this;
        }

        /** A condition that the server is a standby. */
        Definition standby(String condition) {
            standby = condition;
            return this;
        }

        /** A query with places for columns, table and condition; its last column is whether the answer may be old. */
        Definition decidingQuery(String template) {
            decidingQuery = template;
            return this;
        }

        /** What makes a node of a cluster catch up before it answers. */
        Definition upToDate(String prefix) {
            upToDate = prefix;
            return this;
        }

        /** A query with places for the present time and the journal, and the columns that it needs besides. */
        Definition changes(Visibility by, String template, String... columns) {
            visibility = by;
            changes = template;
            changesColumns = List.of(columns);
            return this;
        }

        Definition skipLocked(String suffix) {
            skipLocked = suffix;
            return this;
        }

        Definition comparingRows() {
            comparesRows = true;
            return this;
        }

        Definition beginWriting(String template) {
            beginWriting = template;
            return this;
        }

        /** A statement that fails within a transaction. */
        Definition beginAnew(String statement) {
            beginAnew = statement;
            return this;
        }

        Definition findLoose(String query) {
            findLoose = query;
            return this;
        }

        Definition findColumn(String query) {
            findColumn = query;
            return this;
        }

        Definition openTransaction(String query) {
            openTransaction = query;
            return this;
        }

        /** Not every build of MariaDB has the variable, so the query must not fail without it. */
        Definition inCluster(String query, Dialect dialect) {
            findCluster = query;
            inCluster = dialect;
            return this;
        }

        Definition isolation(Isolation stays) {
            isolation = stays;
            return this;
        }

        /** None where the insert then counts 0 instead of failing. */
        Definition duplicate(Codes codes) {
            duplicate = codes;
            return this;
        }

        Definition retryable(Codes codes) {
            retryable = codes;
            return this;
        }

        /** Some of those that are retryable. */
        Definition lockTimeout(Codes codes) {
            lockTimeout = codes;
            return this;
        }

        /** Beyond what {@link #REFUSED} says. */
        Definition refused(Codes codes) {
            refused = codes;
            return this;
        }

        Definition missing(Codes codes) {
            missing = codes;
            return this;
        }

        Definition changing(Codes codes) {
            changing = codes;
            return this;
        }

        Definition denied(Codes codes) {
            denied = codes;
            return this;
        }

        Definition notUnderstood(Codes codes) {
            notUnderstood = codes;
            return this;
        }

        Definition readOnly(Codes codes) {
            readOnly = codes;
            return this;
        }

        /** The server takes no statement at all, a commit included. */
        Definition unready(Codes codes) {
            unready = codes;
            return this;
        }

        Definition doubtfulWarning(Codes codes) {
            doubtfulWarning = codes;
            return this;
        }

        /** A prepared statement is not that of the session that uses it. */
        Definition foreignStatement(Codes codes) {
            foreignStatement = codes;
            return this;
        }

        Definition defaultTimeout(Duration timeout) {
            defaultTimeout = timeout;
            return this;
        }

        Definition waits(Timeouts bounds, Batches batching) {
            timeouts = bounds;
            batches = batching;
            return this;
        }

        Dialect define() {
            return new Dialect(this);
        }
    }
}
