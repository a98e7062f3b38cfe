package dev.apikeys.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/** Bounds whatever is sent over a connection by the deadline of one operation, and restores its timeouts. */
final class Bounds {

    /** The time for the operation is over. */
    static final class OverdueException extends SQLTimeoutException {
        private static final long serialVersionUID = 1L;

        OverdueException() {
            super("The time for this operation is over");
        }
    }

    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final int MILLIS_PER_SECOND = 1_000;

    /** What each step takes at the most that leaves a connection clean when the time is over. */
    private static final int TIDY_MILLIS = 1_000;

    private final Connection connection;
    private final Dialect.Timeouts timeouts;
    private final long deadline;

    private @Nullable Integer networkTimeoutBefore;
    private @Nullable Integer statementTimeoutBefore;

    /** With a deadline of {@link System#nanoTime}. */
    Bounds(Connection connection, Dialect.Timeouts timeouts, long deadline) {
        this.connection = connection;
        this.timeouts = timeouts;
        this.deadline = deadline;
    }

    /**
     * Bounds what is sent next by the time that is left.
     *
     * @throws OverdueException if there is none
     */
    void nextStep() throws SQLException {
        socket(remaining());
    }

    /** Bounds what is sent next and leaves the connection clean; for that there is a little time also after the deadline. */
    void tidyingStep() throws SQLException {
        socket(Math.max(TIDY_MILLIS, millisLeft()));
    }

    /**
     * Bounds a statement by the time that is left.
     *
     * @throws OverdueException if there is none
     */
    void statement(Statement statement) throws SQLException {
        int millis = remaining();
        socket(millis);
        if (timeouts == Dialect.Timeouts.SESSION && statementTimeoutBefore == null) {
            statementTimeoutBefore = statement.getQueryTimeout();
        }
        // Rounded down, so that the database ends a statement before we give up its connection.
        statement.setQueryTimeout(Math.max(1, millis / MILLIS_PER_SECOND));
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
        return (int) ((deadline - System.nanoTime()) / NANOS_PER_MILLI);
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
