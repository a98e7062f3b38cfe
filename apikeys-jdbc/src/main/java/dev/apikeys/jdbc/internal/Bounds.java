package dev.apikeys.jdbc.internal;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Bounds all calls over a connection by the deadline of one task, and restores its timeouts. */
final class Bounds {

    /** Thrown when the time of the task has run out. */
    static final class OverdueException extends SQLTimeoutException {
        private static final long serialVersionUID = 1L;

        OverdueException() {
            super("The time for this task has run out");
        }
    }

    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final int MILLIS_PER_SECOND = 1_000;

    /** The minimum time for a step that must not be cut short: a commit, a rollback, restoring a connection. */
    private static final int LEAST_MILLIS = 1_000;

    private final Connection connection;
    private final Dialect.Timeouts timeouts;
    private final LongSupplier ticker;
    private final long deadline;
    private final int longestStatementSeconds;

    private @Nullable Integer networkTimeoutBefore;
    private @Nullable Integer statementTimeoutBefore;

    /**
     * Creates bounds.
     *
     * @param deadline the deadline, on the ticker
     * @param patience the timeout of one statement, or null for the remaining time
     */
    Bounds(
            Connection connection,
            Dialect.Timeouts timeouts,
            LongSupplier ticker,
            long deadline,
            @Nullable Duration patience) {
        this.connection = connection;
        this.timeouts = timeouts;
        this.ticker = ticker;
        this.deadline = deadline;
        this.longestStatementSeconds = patience == null ? Integer.MAX_VALUE : (int) patience.toSeconds();
    }

    /**
     * Bounds the next call by the remaining time.
     *
     * @throws OverdueException if none is left
     */
    void nextStep() throws SQLException {
        socket(remaining());
    }

    /**
     * Bounds a commit. With any time left, it gets at least a second: otherwise the socket timeout could cut it off,
     * with an unknown outcome.
     *
     * @throws OverdueException if no time is left
     */
    void commit() throws SQLException {
        socket(Math.max(LEAST_MILLIS, remaining()));
    }

    /** Bounds a clean-up of the connection, which gets a second even after the deadline. */
    void tidyingStep() throws SQLException {
        socket(Math.max(LEAST_MILLIS, millisLeft()));
    }

    /**
     * Bounds a statement by the remaining time. The socket timeout is a second later than the statement timeout: if it
     * came first, the statement would keep running in the server, with an unknown outcome.
     *
     * @throws OverdueException if no time is left
     */
    void statement(Statement statement) throws SQLException {
        int seconds = Math.min(Math.max(1, remaining() / MILLIS_PER_SECOND), longestStatementSeconds);
        socket((seconds + 1) * MILLIS_PER_SECOND);
        if (timeouts == Dialect.Timeouts.SESSION && statementTimeoutBefore == null) {
            statementTimeoutBefore = statement.getQueryTimeout();
        }
        statement.setQueryTimeout(seconds);
    }

    private void socket(int millis) throws SQLException {
        if (timeouts != Dialect.Timeouts.NETWORK) {
            return;
        }
        if (networkTimeoutBefore == null) {
            networkTimeoutBefore = connection.getNetworkTimeout();
        }
        connection.setNetworkTimeout(Runnable::run, millis);
    }

    private int remaining() throws OverdueException {
        int millis = millisLeft();
        if (millis <= 0) {
            throw new OverdueException();
        }
        return millis;
    }

    private int millisLeft() {
        return (int) ((deadline - ticker.getAsLong()) / NANOS_PER_MILLI);
    }

    /** Restores the timeouts. */
    void restore() throws SQLException {
        if (statementTimeoutBefore != null) {
            try (Statement statement = connection.createStatement()) {
                statement.setQueryTimeout(statementTimeoutBefore);
            }
        }
        if (networkTimeoutBefore != null) {
            connection.setNetworkTimeout(Runnable::run, networkTimeoutBefore);
        }
    }
}
