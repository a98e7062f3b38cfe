package dev.apikeys.jdbc;

import dev.apikeys.spi.StorageException;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import javax.sql.DataSource;

/**
 * The only place where a connection is borrowed: one an operation, never nested. Repeats what the database gave up for
 * the sake of another transaction, until the operation's time is over, and turns what it throws into
 * {@link StorageException}.
 */
final class Connections {

    /** What is done on a connection; done again from its beginning if the database gave it up. */
    @FunctionalInterface
    interface Work<T> {
        T run(Session session) throws SQLException;
    }

    static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);

    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofHours(1);
    private static final int LONGEST_PAUSE_MILLIS = 64;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final DataSource dataSource;
    private final Dialect dialect;
    private final Tables tables;
    private final long timeoutNanos;

    private Connections(DataSource dataSource, Dialect dialect, Tables tables, Duration timeout) {
        this.dataSource = dataSource;
        this.dialect = dialect;
        this.tables = tables;
        this.timeoutNanos = timeout.toNanos();
    }

    /**
     * Asks the data source which database it leads to.
     *
     * @throws IllegalArgumentException if it is not supported, or the timeout is out of bounds
     * @throws StorageException if it cannot be reached
     */
    static Connections to(DataSource dataSource, Tables tables, Duration timeout) {
        Objects.requireNonNull(dataSource, "dataSource");
        checkTimeout(timeout);
        Connection connection = borrow(dataSource, "ask which database it is");
        try (connection) {
            return new Connections(dataSource, Dialect.of(connection), tables, timeout);
        } catch (SQLException e) {
            throw new StorageException("Could not ask the data source which database it leads to", e);
        }
    }

    /** Refuses a timeout outside one second to one hour. */
    static Duration checkTimeout(Duration timeout) {
        Objects.requireNonNull(timeout, "timeout");
        if (timeout.compareTo(SHORTEST) < 0 || timeout.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "timeout must be between " + SHORTEST + " and " + LONGEST + ", but was " + timeout);
        }
        return timeout;
    }

    Dialect dialect() {
        return dialect;
    }

    Tables tables() {
        return tables;
    }

    /**
     * Does an operation.
     *
     * @throws StorageException if it failed; whatever it is, the connection was given back
     */
    <T> T run(Operation operation, Work<T> work) {
        Connection connection = borrow(dataSource, operation.what());
        long deadline = System.nanoTime() + timeoutNanos;
        try (Session session = new Session(connection, dialect, operation, deadline)) {
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
                    session.rollback(e);
                    if (unsure || !session.usable() || !again(e) || !pause(attempt, deadline)) {
                        throw failed(operation, e, unsure);
                    }
                } catch (Throwable e) {
                    // No exception, but an error. To turn auto-commit on again would commit what was done until then.
                    session.rollback(e);
                    throw e;
                }
            }
        }
    }

    private boolean again(Exception thrown) {
        return thrown instanceof Session.AgainException
                || (thrown instanceof SQLException sql && dialect.retryable().match(sql));
    }

    /** Waits a random, growing time; false if there is none left. */
    private static boolean pause(int attempt, long deadline) {
        int most = Math.min(LONGEST_PAUSE_MILLIS, 2 << Math.min(attempt, 10));
        long millis = ThreadLocalRandom.current().nextInt(most) + 1L;
        if (deadline - System.nanoTime() <= millis * NANOS_PER_MILLI) {
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

    private StorageException failed(Operation operation, Exception thrown, boolean unsure) {
        Exception cause = withoutBatch(thrown);
        String outcome = "";
        if (unsure) {
            outcome = "; it may have been done all the same, so ask before you repeat it";
        } else if (operation.mode() != Operation.Mode.READ) {
            outcome = "; nothing was written";
        }
        String message = "Could not " + operation.what() + ": " + reason(cause) + outcome;
        return new StorageException(message, cause, unsure, operation.keyId());
    }

    /** A driver may put the parameters of a batch into its message; what made the batch fail is told without them. */
    private static Exception withoutBatch(Exception thrown) {
        if (thrown instanceof BatchUpdateException batch && batch.getNextException() != null) {
            return batch.getNextException();
        }
        return thrown;
    }

    private String reason(Exception cause) {
        if (cause instanceof Session.UnfitException unfit) {
            return String.valueOf(unfit.getMessage());
        }
        if (cause instanceof Bounds.OverdueException) {
            return "its timeout of " + Duration.ofNanos(timeoutNanos) + " is over";
        }
        if (!(cause instanceof SQLException sql)) {
            return "the driver or the pool threw " + cause.getClass().getName();
        }
        if (dialect.readOnly().match(sql)) {
            return Session.READ_ONLY;
        }
        if (dialect.missing().match(sql)) {
            return "a table or column is missing; run JdbcSchema.create or " + dialect.scriptInJar()
                    + " from the jar, and check the table prefix, which is " + tables.prefix();
        }
        return dialect.product() + " or its driver failed (SQLSTATE " + sql.getSQLState() + ", code "
                + sql.getErrorCode() + ")";
    }
}
