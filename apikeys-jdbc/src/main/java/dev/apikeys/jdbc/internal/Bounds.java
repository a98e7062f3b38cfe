package dev.apikeys.jdbc.internal;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Bounds everything that is sent over a connection by the deadline of one task, and restores its timeouts. */
final class Bounds {

    /** The time for the task has run out. */
    static final class OverdueException extends SQLTimeoutException {
        private static final long serialVersionUID = 1L;

        OverdueException() {
            super("The time for this task has run out");
        }
    }

    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final int MILLIS_PER_SECOND = 1_000;

    /** The least time for a step that must not end halfway: a commit, a rollback, restoring a connection. */
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
     * @param deadline when the time runs out, by the ticker
     * @param patience how long one statement may take, or null for the time that is left
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
     * Bounds what is sent next by the time that is left.
     *
     * @throws OverdueException if none is left
     */
    void nextStep() throws SQLException {
        socket(remaining());
    }

    /**
     * Bounds a commit. One that has a moment to run gets a second: the socket would otherwise end it, and its outcome
     * would be unknown.
     *
     * @throws OverdueException if no time is left
     */
    void commit() throws SQLException {
        socket(Math.max(LEAST_MILLIS, remaining()));
    }

    /** Bounds a step that leaves the connection clean, for which there is a second also after the deadline. */
    void tidyingStep() throws SQLException {
        socket(Math.max(LEAST_MILLIS, millisLeft()));
    }

    /**
     * Bounds a statement by the time that is left. The database ends it first and the socket a second later: a socket
     * that ended first would leave a statement running in the server, with an outcome that is unknown.
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

    /** Sets the timeouts as they were. */
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
