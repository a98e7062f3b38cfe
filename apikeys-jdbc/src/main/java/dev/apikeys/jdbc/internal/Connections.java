package dev.apikeys.jdbc.internal;

import dev.apikeys.spi.StorageException;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The only place where a connection is borrowed: one a task, never nested. Repeats what the database gave up in favor of
 * another transaction, until the time for the task runs out, and turns what it throws into {@link StorageException}.
 * Thread-safe.
 */
public final class Connections {

    /** What is done on a connection; done again from its beginning if the database gave it up. */
    @FunctionalInterface
    public interface Work<T> {
        /** Does it. */
        T run(Session session) throws SQLException;
    }

    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofHours(1);
    private static final int LONGEST_PAUSE_MILLIS = 64;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final DataSource dataSource;
    private final Dialect dialect;
    private final Tables tables;
    private final Duration timeout;
    private final LongSupplier ticker;
    private final @Nullable VersionCheck versionCheck;

    private Connections(DataSource dataSource, Dialect dialect, Tables tables, Duration timeout, LongSupplier ticker) {
        this.dataSource = dataSource;
        this.dialect = dialect;
        this.tables = tables;
        this.timeout = timeout;
        this.ticker = ticker;
        this.versionCheck = null;
    }

    private Connections(Connections unchecked, VersionCheck versionCheck) {
        this.dataSource = unchecked.dataSource;
        this.dialect = unchecked.dialect;
        this.tables = unchecked.tables;
        this.timeout = unchecked.timeout;
        this.ticker = unchecked.ticker;
        this.versionCheck = versionCheck;
    }

    /**
     * Asks the data source for its database.
     *
     * @param dataSource the pool
     * @param tables the names of the tables
     * @param timeout how long a task may take once it has a connection, or null for the default of the database
     * @param ticker counts nanoseconds
     * @return connections to that database
     * @throws IllegalArgumentException if the database is not supported, or the timeout is out of bounds
     * @throws StorageException if the database cannot be reached
     */
    public static Connections to(
            DataSource dataSource, Tables tables, @Nullable Duration timeout, LongSupplier ticker) {
        Objects.requireNonNull(dataSource, "dataSource");
        if (timeout != null) {
            checkTimeout(timeout);
        }
        Dialect dialect;
        try (Connection connection = borrow(dataSource, "ask which database it is")) {
            dialect = Dialect.of(connection);
        } catch (SQLException e) {
            throw new StorageException("Could not ask the data source which database it leads to", e);
        }
        Duration bound = timeout == null ? dialect.defaultTimeout() : timeout;
        Connections alone = new Connections(dataSource, dialect, tables, bound, ticker);
        if (!alone.leadToCluster()) {
            return alone;
        }
        Dialect inCluster = dialect.inCluster();
        return new Connections(
                dataSource, inCluster, tables, timeout == null ? inCluster.defaultTimeout() : timeout, ticker);
    }

    private boolean leadToCluster() {
        String query = dialect.findCluster();
        return query != null
                && run(
                                Task.read("ask whether the server is part of a cluster"),
                                session -> session.query(query, none -> {}, result -> result.getString(2)))
                        .contains("ON");
    }

    /**
     * Checks a timeout.
     *
     * @return the timeout
     * @throws IllegalArgumentException if it is outside one second to one hour
     */
    public static Duration checkTimeout(Duration timeout) {
        Objects.requireNonNull(timeout, "timeout");
        if (timeout.compareTo(SHORTEST) < 0 || timeout.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "timeout must be between " + SHORTEST + " and " + LONGEST + ", but was " + timeout);
        }
        return timeout;
    }

    /**
     * Returns connections that refuse tables which a library must not use, now and later.
     *
     * @param library the version that the library was made for
     * @return these connections with a check
     * @throws StorageException if the tables must not be used now
     */
    public Connections checking(int library) {
        return new Connections(this, new VersionCheck(this, library));
    }

    /** Returns the dialect of the database. */
    public Dialect dialect() {
        return dialect;
    }

    /** Returns the names of the tables. */
    public Tables tables() {
        return tables;
    }

    /** Returns what counts nanoseconds. */
    public LongSupplier ticker() {
        return ticker;
    }

    /**
     * Does a task.
     *
     * @throws StorageException if it failed; the connection was returned in any case
     */
    public <T> T run(Task task, Work<T> work) {
        if (versionCheck != null) {
            versionCheck.beforeTask();
        }
        Connection connection = borrow(dataSource, task.what());
        long deadline = ticker.getAsLong() + timeout.toNanos();
        Bounds bounds = new Bounds(connection, dialect.timeouts(), ticker, deadline, task.patience());
        try (Session session = new Session(connection, dialect, task, bounds)) {
            for (int attempt = 0; ; attempt++) {
                try {
                    session.begin();
                    T result = work.run(session);
                    session.end();
                    return result;
                } catch (StorageException e) {
                    session.rollback(e);
                    throw e;
                } catch (SQLException | RuntimeException e) {
                    boolean unsure = session.unsure(e);
                    session.giveUpIfUnfit(e);
                    session.rollback(e);
                    if (unsure || !session.usable() || !again(task, e) || !pause(attempt, deadline)) {
                        throw failed(task, e, unsure);
                    }
                } catch (Throwable e) {
                    // No exception, but an error. To turn auto-commit on again would commit what was done until then.
                    session.rollback(e);
                    throw e;
                }
            }
        }
    }

    private boolean again(Task task, Exception thrown) {
        if (task.patience() != null && dialect.lockTimeout(thrown)) {
            return false;
        }
        return thrown instanceof Session.AgainException || dialect.retryable(thrown);
    }

    /** Waits a random, growing time; returns false if none is left. */
    private boolean pause(int attempt, long deadline) {
        int most = Math.min(LONGEST_PAUSE_MILLIS, 2 << Math.min(attempt, 10));
        long millis = ThreadLocalRandom.current().nextInt(most) + 1L;
        if (deadline - ticker.getAsLong() <= millis * NANOS_PER_MILLI) {
            return false;
        }
        try {
            Thread.sleep(millis);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static Connection borrow(DataSource dataSource, String what) {
        try {
            Connection connection = dataSource.getConnection();
            if (connection != null) {
                return connection;
            }
        } catch (SQLException | RuntimeException e) {
            throw new StorageException(
                    "Could not " + what + ": the data source gave no connection; see the cause for whether the database"
                            + " is down, or the pool closed or exhausted",
                    e);
        }
        throw new StorageException("Could not " + what + ": the data source gave null for a connection", null);
    }

    private StorageException failed(Task task, Exception thrown, boolean unsure) {
        Exception cause = cause(thrown);
        String outcome = "";
        if (unsure) {
            outcome = "; it may have been done all the same, so ask before you repeat it";
        } else if (!task.onlyReads()) {
            outcome = "; nothing was written";
        }
        return new StorageException(
                "Could not " + task.what() + ": " + reason(cause) + outcome, cause, unsure, task.keyId());
    }

    /** A driver may put the parameters of a batch into its message; what made the batch fail comes without them. */
    private static Exception cause(Exception thrown) {
        if (thrown instanceof BatchUpdateException batch && batch.getNextException() != null) {
            return batch.getNextException();
        }
        return thrown instanceof Session.AgainException && thrown.getCause() instanceof SQLException sql ? sql : thrown;
    }

    /** Never the text of a driver: it can hold the values of a row. */
    private String reason(Exception cause) {
        if (cause instanceof Session.UnfitException unfit) {
            return String.valueOf(unfit.getMessage());
        }
        if (cause instanceof Bounds.OverdueException) {
            return "its timeout of " + timeout + " has run out";
        }
        if (cause instanceof Session.StandbyException) {
            return "the database is a standby and may not know yet what was committed; the pool has to lead to the"
                    + " primary (targetServerType=primary)";
        }
        if (cause instanceof Session.DoubtException) {
            return dialect.product()
                    + " reported success with a warning: it may not have reached the synchronous standby";
        }
        if (!(cause instanceof SQLException sql)) {
            return "the driver or the pool threw " + cause.getClass().getName();
        }
        return reason(sql) + " (SQLSTATE " + sql.getSQLState() + ", code " + sql.getErrorCode() + ")";
    }

    private String reason(SQLException cause) {
        if (dialect.readOnly(cause)) {
            return Session.READ_ONLY;
        }
        if (dialect.foreignStatement(cause)) {
            return "it met a prepared statement of another client; before a pool that lends connections by transaction"
                    + " (pgbouncer), set prepareThreshold=0 in the URL";
        }
        if (dialect.missing(cause)) {
            return "a table or column is missing; run JdbcSchema.create or the scripts of the jar in "
                    + dialect.scripts() + ", and check the table prefix, which is " + tables.prefix();
        }
        if (dialect.denied(cause)) {
            return "the database user lacks a right; docs/storage-jdbc.md lists those that are needed";
        }
        if (dialect.notUnderstood(cause)) {
            return dialect.product() + " does not understand a statement of this library: it is too old, or in a mode"
                    + " in which it does not accept its own syntax (MODE of H2, sql_mode of MariaDB)";
        }
        return dialect.product() + " or its driver failed";
    }
}
