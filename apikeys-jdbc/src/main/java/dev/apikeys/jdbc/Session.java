package dev.apikeys.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One borrowed connection for the length of one operation. Runs its statements within {@link Bounds}, knows whether what
 * was sent may have been committed, and gives the connection back as it was.
 */
final class Session implements AutoCloseable {

    /** Sets the parameters of a query. */
    @FunctionalInterface
    interface Parameters {
        void set(PreparedStatement statement) throws SQLException;
    }

    /** Sets the parameters of a statement from a row. */
    @FunctionalInterface
    interface Binder<R> {
        void bind(PreparedStatement statement, R row) throws SQLException;
    }

    /** Reads the row on which a result stands. */
    @FunctionalInterface
    interface Reader<T> {
        T read(ResultSet result) throws SQLException;
    }

    /** The attempt is to be taken back and made again. */
    static final class AgainException extends SQLException {
        private static final long serialVersionUID = 1L;

        AgainException(String reason, @Nullable Throwable cause) {
            super(reason, cause);
        }
    }

    /** The connection is not one to work on; the message says why, and what to do. */
    static final class UnfitException extends SQLException {
        private static final long serialVersionUID = 1L;

        UnfitException(String message) {
            super(message);
        }
    }

    private enum Doubt {
        /** Nothing that could commit was sent. */
        NONE,
        /** A statement that commits by itself was sent. */
        STATEMENT,
        /** A commit was sent. */
        COMMIT
    }

    static final String READ_ONLY = "the connection or the database is read-only; give the store a pool that may write";

    /** Where each row of a batch has the whole time: a hundred or so are few round trips, and not too many bounds. */
    private static final int LONGEST_BATCH = 128;

    private final Connection connection;
    private final Dialect dialect;
    private final Operation operation;
    private final Bounds bounds;

    private boolean begun;
    private boolean commitsItself;
    private boolean autoCommitChanged;
    private boolean undo;
    private boolean rowByRow;

    /** A transaction of ours is neither committed nor rolled back: until it is, nothing may commit it by the way. */
    private boolean unsettled;

    private Doubt doubt = Doubt.NONE;

    Session(Connection connection, Dialect dialect, Operation operation, long deadline) {
        this.connection = connection;
        this.dialect = dialect;
        this.operation = operation;
        this.bounds = new Bounds(connection, dialect.timeouts(), deadline);
    }

    /** Begins an attempt. */
    void begin() throws SQLException {
        undo = false;
        doubt = Doubt.NONE;
        if (!begun) {
            prepare();
            begun = true;
        }
        unsettled = !commitsItself;
    }

    private void prepare() throws SQLException {
        // First of all: as it comes out of a pool, a socket waits for ever, and Connector/J asks the server for
        // auto-commit.
        bounds.nextStep();
        // A driver may take this for a hint and write all the same.
        if (operation.mode() != Operation.Mode.READ && connection.isReadOnly()) {
            throw new UnfitException(READ_ONLY);
        }
        commitsItself = connection.getAutoCommit();
        if (!commitsItself) {
            refuseForeignTransaction();
        } else if (operation.mode() == Operation.Mode.TRANSACTION) {
            autoCommitChanged = true;
            unsettled = true;
            connection.setAutoCommit(false);
            commitsItself = false;
        }
    }

    /** A transaction that somebody else began would end with ours. */
    private void refuseForeignTransaction() throws SQLException {
        String open = dialect.openTransaction();
        if (open != null
                && query(open, statement -> {}, result -> result.getBoolean(1)).contains(true)) {
            throw new UnfitException(
                    "the data source gave a connection with a transaction under way; give the store the"
                            + " pool itself, not a proxy that is bound to the caller's transaction");
        }
    }

    /** Says that this attempt is to leave nothing behind. */
    void undo() {
        undo = true;
    }

    /** Ends an attempt. What it wrote is committed when this returns, unless {@link #undo} was called. */
    void end() throws SQLException {
        if (commitsItself) {
            return;
        }
        bounds.nextStep();
        if (undo || operation.mode() == Operation.Mode.READ) {
            connection.rollback();
        } else {
            doubt = Doubt.COMMIT;
            connection.commit();
            doubt = Doubt.NONE;
        }
        unsettled = false;
    }

    /**
     * Ends an attempt that failed with this. What cannot be rolled back stays unsettled, so that {@link #close} gives the
     * connection up; why, is told along with what was thrown.
     */
    void rollback(Throwable thrown) {
        if (!begun || commitsItself) {
            return;
        }
        unsettled = true;
        try {
            bounds.tidyingStep();
            connection.rollback();
            unsettled = false;
        } catch (Throwable e) {
            tellAlong(thrown, e);
        }
    }

    @SuppressWarnings("ReferenceEquality") // Which object it is decides: nothing suppresses itself.
    private static void tellAlong(Throwable thrown, Throwable also) {
        if (also != thrown) {
            thrown.addSuppressed(also);
        }
    }

    /** Whether the attempt that ended with this may have been done all the same. */
    boolean unsure(Exception thrown) {
        return switch (doubt) {
            case NONE -> false;
            case STATEMENT -> !(thrown instanceof SQLException sql && dialect.refused(sql));
            case COMMIT ->
                !(thrown instanceof SQLException sql && dialect.retryable().match(sql));
        };
    }

    /** Whether another attempt can be made on this connection. */
    boolean usable() {
        return begun && !unsettled;
    }

    /** Runs a statement that writes and returns how many rows it met. */
    int update(String sql, Parameters parameters) throws SQLException {
        try (PreparedStatement statement = statement(sql)) {
            return update(statement, parameters);
        }
    }

    private int update(PreparedStatement statement, Parameters parameters) throws SQLException {
        parameters.set(statement);
        bounds.statement(statement);
        doubt = commitsItself ? Doubt.STATEMENT : Doubt.NONE;
        int count = statement.executeUpdate();
        doubt = Doubt.NONE;
        return count;
    }

    /**
     * Runs a statement once a row, in batches, and returns how many rows each met.
     *
     * @throws AgainException if the driver does not tell; the next attempt runs row by row
     */
    <R> int[] updateAll(String sql, List<R> rows, Binder<R> binder) throws SQLException {
        if (rowByRow) {
            return updateEach(sql, rows, binder);
        }
        int[] counts = runAll(sql, rows, binder);
        if (Arrays.stream(counts).anyMatch(count -> count < 0)) {
            rowByRow = true;
            throw new AgainException("The driver did not tell the counts of a batch", null);
        }
        return counts;
    }

    /** Runs a statement once a row, in batches whose counts may be negative: the driver does not tell them. */
    <R> int[] runAll(String sql, List<R> rows, Binder<R> binder) throws SQLException {
        if (rows.size() == 1) {
            return updateEach(sql, rows, binder);
        }
        return switch (dialect.batches()) {
            case NONE -> updateEach(sql, rows, binder);
            case ROWS -> growingBatches(sql, rows, binder);
            case WHOLE -> batch(sql, rows, binder);
        };
    }

    private <R> int[] updateEach(String sql, List<R> rows, Binder<R> binder) throws SQLException {
        int[] counts = new int[rows.size()];
        try (PreparedStatement statement = statement(sql)) {
            for (int i = 0; i < counts.length; i++) {
                R row = rows.get(i);
                counts[i] = update(statement, s -> binder.bind(s, row));
            }
        }
        return counts;
    }

    /**
     * Looks at the clock between batches, of which each is one row longer than all before it together: so if rows wait for
     * locks, all of them about as long, the last batch that begins in time takes no longer than those before it.
     */
    private <R> int[] growingBatches(String sql, List<R> rows, Binder<R> binder) throws SQLException {
        int[] counts = new int[rows.size()];
        int size = 1;
        for (int from = 0; from < counts.length; from += size, size = Math.min(2 * size, LONGEST_BATCH)) {
            List<R> part = rows.subList(from, Math.min(from + size, counts.length));
            System.arraycopy(batch(sql, part, binder), 0, counts, from, part.size());
        }
        return counts;
    }

    private <R> int[] batch(String sql, List<R> rows, Binder<R> binder) throws SQLException {
        try (PreparedStatement statement = statement(sql)) {
            for (R row : rows) {
                binder.bind(statement, row);
                statement.addBatch();
            }
            bounds.statement(statement);
            return statement.executeBatch();
        }
    }

    /** Reads all rows that a query yields. */
    <T> List<T> query(String sql, Parameters parameters, Reader<T> reader) throws SQLException {
        try (PreparedStatement statement = statement(sql)) {
            parameters.set(statement);
            bounds.statement(statement);
            try (ResultSet result = statement.executeQuery()) {
                List<T> rows = new ArrayList<>();
                while (result.next()) {
                    rows.add(reader.read(result));
                }
                return rows;
            }
        }
    }

    /**
     * Runs a statement of a script that creates what is missing.
     *
     * @throws AgainException if somebody else created the same in this moment
     */
    void executeDefinition(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            bounds.statement(statement);
            statement.execute(sql);
        } catch (SQLException e) {
            throw dialect.exists().match(e) ? new AgainException("Somebody else creates the tables", e) : e;
        }
    }

    private PreparedStatement statement(String sql) throws SQLException {
        // With some of a driver's options, this is a round trip.
        bounds.nextStep();
        return connection.prepareStatement(sql);
    }

    /** Gives the connection back; with a transaction unsettled only after it is aborted, since a pool may commit. */
    @Override
    public void close() {
        try (Connection closing = connection) {
            if (unsettled) {
                closing.abort(Runnable::run);
            } else {
                restoreOrAbort();
            }
        } catch (SQLException | RuntimeException e) {
            // What the operation came to is known already.
        }
    }

    private void restoreOrAbort() throws SQLException {
        try {
            restore();
        } catch (Throwable thrown) {
            try {
                connection.abort(Runnable::run);
            } catch (Throwable e) {
                tellAlong(thrown, e);
            }
            throw thrown;
        }
    }

    private void restore() throws SQLException {
        if (autoCommitChanged) {
            bounds.tidyingStep();
            connection.setAutoCommit(true);
        }
        bounds.restore();
    }
}
