package dev.apikeys.jdbc.internal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One borrowed connection for the length of one task. Runs its statements within {@link Bounds}, knows whether what was
 * sent may have been committed, and returns the connection in the state in which it was borrowed. Not thread-safe.
 */
public final class Session implements AutoCloseable {

    /** Sets the parameters of a query. */
    @FunctionalInterface
    public interface Parameters {
        /** Sets them. */
        void set(PreparedStatement statement) throws SQLException;
    }

    /** Sets the parameters of a statement from a row. */
    @FunctionalInterface
    public interface Binder<R> {
        /** Sets them. */
        void bind(PreparedStatement statement, R row) throws SQLException;
    }

    /** Reads the row on which a result is positioned. */
    @FunctionalInterface
    public interface Reader<T> {
        /** Reads it. */
        T read(ResultSet result) throws SQLException;
    }

    /** The attempt is to be rolled back and made again. */
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

    /** The connection leads to a standby, which may not know yet what was committed. */
    static final class StandbyException extends SQLException {
        private static final long serialVersionUID = 1L;

        StandbyException() {
            super("The database is a standby");
        }
    }

    /** The database reported success with a warning that it may be undone. */
    static final class DoubtException extends SQLException {
        private static final long serialVersionUID = 1L;

        DoubtException(SQLWarning warning) {
            super("The database reported success with a warning", warning);
        }
    }

    private enum Doubt {
        /** Nothing that could commit was sent. */
        NONE,
        /** A statement that commits by itself was sent. */
        STATEMENT,
        /** A commit was sent. */
        COMMIT,
        /** The database reported success: no later failure says that nothing was done. */
        ANSWERED
    }

    static final String READ_ONLY = "the connection or the database is read-only; give the store a pool that may write";

    /** Where each row of a batch may take the whole time: few round trips, and not too many bounds. */
    private static final int LONGEST_BATCH = 128;

    private static final Pattern ADDED_COLUMN = Pattern.compile(
            "ALTER\\s+TABLE\\s+(\\w+)\\s+ADD\\s+COLUMN\\s+(\\w+).*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private final Connection connection;
    private final Dialect dialect;
    private final Task task;
    private final Bounds bounds;

    private boolean begun;
    private boolean commitsItself;
    private boolean autoCommitChanged;
    private @Nullable Integer isolationBefore;
    private boolean undo;
    private boolean rowByRow;

    /** A transaction of ours is neither committed nor rolled back: until it is, nothing may commit it as a side effect. */
    private boolean unsettled;

    /** The connection leads to a server that cannot be worked with, and must not be borrowed again. */
    private boolean givenUp;

    private Doubt doubt = Doubt.NONE;

    Session(Connection connection, Dialect dialect, Task task, Bounds bounds) {
        this.connection = connection;
        this.dialect = dialect;
        this.task = task;
        this.bounds = bounds;
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
        if (task.mode() == Task.Mode.SNAPSHOT && dialect.isolation() == Dialect.Isolation.TRANSACTION) {
            seeOneMoment();
        }
    }

    private void prepare() throws SQLException {
        // First of all: a socket from a pool waits without bound, and Connector/J asks the server for auto-commit.
        bounds.nextStep();
        // A driver may take this for a hint and write all the same.
        if (!task.onlyReads() && connection.isReadOnly()) {
            throw new UnfitException(READ_ONLY);
        }
        commitsItself = connection.getAutoCommit();
        if (!commitsItself) {
            refuseForeignTransaction();
            if (task.mode() == Task.Mode.SNAPSHOT) {
                // The query that found none has begun one of our own.
                bounds.nextStep();
                connection.rollback();
            }
        }
        if (task.mode() == Task.Mode.SNAPSHOT && dialect.isolation() == Dialect.Isolation.SESSION) {
            isolationBefore = connection.getTransactionIsolation();
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        }
        if (commitsItself && task.isTransaction()) {
            autoCommitChanged = true;
            unsettled = true;
            beginTransactions();
            commitsItself = false;
        }
    }

    private void beginTransactions() throws SQLException {
        try {
            connection.setAutoCommit(false);
        } catch (SQLException e) {
            if (!beginsAnew()) {
                throw e;
            }
        }
    }

    /**
     * Begins a transaction if none is under way although the driver takes it for granted. SQLite ends one by itself if the
     * disk is full; its driver begins the next one in the call that ends the last, which may fail while the last has ended.
     * Without this, the connection would go on with statements that commit one by one.
     *
     * @return whether none was under way
     */
    private boolean beginsAnew() {
        String begin = dialect.beginAnew();
        if (begin == null) {
            return false;
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute(begin);
            return true;
        } catch (SQLException e) {
            return false;
        }
    }

    /** Set for the transaction alone: behind a proxy, the next one may be on another connection to the server. */
    private void seeOneMoment() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            bounds.statement(statement);
            statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
        }
    }

    /** A transaction of the caller's would end with ours. */
    private void refuseForeignTransaction() throws SQLException {
        String open = dialect.openTransaction();
        if (open != null
                && query(open, statement -> {}, result -> result.getBoolean(1)).contains(true)) {
            throw new UnfitException(
                    "the data source gave a connection with a transaction in progress; give the store the"
                            + " pool itself, not a proxy that is bound to the caller's transaction");
        }
    }

    /** Makes this attempt leave nothing behind. */
    public void undo() {
        undo = true;
    }

    /** Ends an attempt. What it wrote is committed when this returns, unless {@link #undo} was called. */
    void end() throws SQLException {
        if (commitsItself) {
            return;
        }
        if (undo || task.onlyReads()) {
            bounds.nextStep();
            rollback();
            unsettled = false;
        } else {
            commit();
        }
    }

    private void commit() throws SQLException {
        bounds.commit();
        boolean warns = dialect.warnsOfDoubt();
        if (warns) {
            connection.clearWarnings();
        }
        doubt = Doubt.COMMIT;
        try {
            connection.commit();
        } catch (SQLException e) {
            // What waited for a lock and had ended was committed.
            if (!dialect.retryable(e) || !beginsAnew()) {
                throw e;
            }
        }
        unsettled = false;
        doubt = Doubt.ANSWERED;
        if (warns) {
            refuseDoubt(connection.getWarnings());
        }
        doubt = Doubt.NONE;
    }

    private void refuseDoubt(@Nullable SQLWarning warning) throws DoubtException {
        if (warning != null && dialect.doubtful(warning)) {
            throw new DoubtException(warning);
        }
    }

    /**
     * Ends an attempt that failed with this exception. If the rollback fails, the transaction stays unsettled, so that
     * {@link #close} aborts the connection; the reason becomes a suppressed exception.
     */
    void rollback(Throwable thrown) {
        if (!begun || commitsItself) {
            return;
        }
        unsettled = true;
        try {
            rollback();
            unsettled = false;
        } catch (Throwable e) {
            tellAlong(thrown, e);
        }
    }

    /** A rollback that reports a lost conflict has rolled back (Galera); the second one clears the connection. */
    private void rollback() throws SQLException {
        bounds.tidyingStep();
        try {
            connection.rollback();
        } catch (SQLException e) {
            if (beginsAnew()) {
                return;
            }
            if (!dialect.retryable(e)) {
                throw e;
            }
            bounds.tidyingStep();
            connection.rollback();
        }
    }

    @SuppressWarnings("ReferenceEquality") // Identity decides: nothing suppresses itself.
    private static void tellAlong(Throwable thrown, Throwable also) {
        if (also != thrown) {
            thrown.addSuppressed(also);
        }
    }

    /** Returns whether the attempt that ended with this exception may have taken effect. */
    boolean unsure(Exception thrown) {
        return switch (doubt) {
            case NONE -> false;
            case STATEMENT -> !dialect.refused(thrown);
            case COMMIT -> !dialect.refusedCommit(thrown);
            case ANSWERED -> true;
        };
    }

    /** Keeps the connection from being borrowed again if the exception says that its server cannot be worked with. */
    void giveUpIfUnfit(Exception thrown) {
        if (thrown instanceof StandbyException || dialect.unfit(thrown)) {
            givenUp = true;
        }
    }

    /** Returns whether another attempt can be made on this connection. */
    boolean usable() {
        return begun && !unsettled && !givenUp;
    }

    /** Runs a statement that writes and returns how many rows it met. */
    public int update(String sql, Parameters parameters) throws SQLException {
        return updateEach(sql, List.of(parameters), (statement, each) -> each.set(statement))[0];
    }

    private int update(PreparedStatement statement, Parameters parameters) throws SQLException {
        parameters.set(statement);
        bounds.statement(statement);
        if (!commitsItself) {
            return statement.executeUpdate();
        }
        doubt = Doubt.STATEMENT;
        int count = statement.executeUpdate();
        doubt = Doubt.ANSWERED;
        if (dialect.warnsOfDoubt()) {
            refuseDoubt(statement.getWarnings());
        }
        doubt = Doubt.NONE;
        return count;
    }

    /**
     * Runs a statement once a row, in batches, and returns how many rows each met.
     *
     * @throws AgainException if the driver does not return the counts; the next attempt runs row by row
     */
    public <R> int[] updateAll(String sql, List<R> rows, Binder<R> binder) throws SQLException {
        if (rowByRow) {
            return updateEach(sql, rows, binder);
        }
        int[] counts = runAll(sql, rows, binder);
        if (Arrays.stream(counts).anyMatch(count -> count < 0)) {
            rowByRow = true;
            throw new AgainException("The driver did not return the counts of a batch", null);
        }
        return counts;
    }

    /** Runs a statement once a row, in batches whose counts may be negative: the driver does not return them. */
    public <R> int[] runAll(String sql, List<R> rows, Binder<R> binder) throws SQLException {
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
        boolean done = false;
        try (PreparedStatement statement = statement(sql)) {
            for (int i = 0; i < counts.length; i++) {
                R row = rows.get(i);
                counts[i] = update(statement, s -> binder.bind(s, row));
            }
            done = commitsItself;
        } catch (Throwable e) {
            if (!done) {
                throw e;
            }
            // Thrown by the close of the statement, which is committed: its result reaches the caller.
            givenUp = true;
        }
        return counts;
    }

    /**
     * Looks at the clock between batches, each of which is one row longer than all before it together: if every row waits
     * about as long for a lock, the last batch that begins in time takes no longer than those before it.
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

    /** Reads all rows of a query. */
    public <T> List<T> query(String sql, Parameters parameters, Reader<T> reader) throws SQLException {
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
     * Reads rows and locks them; a query that ends in {@link Dialect#skipLocked} leaves out those that are locked.
     *
     * @param table the table that is written to next
     * @return the rows, in a list that can be sorted
     */
    public <T> List<T> lock(String table, String sql, Parameters parameters, Reader<T> reader) throws SQLException {
        String begin = dialect.beginWriting(table);
        if (begin != null) {
            update(begin, none -> {});
        }
        return query(sql, parameters, reader);
    }

    /**
     * Reads the row of a {@linkplain Dialect#decidingQuery deciding query}.
     *
     * @param sql the query
     * @param key its only parameter
     * @param reader reads the columns
     * @return the row, if there is one
     * @throws StandbyException if the answer may be older than a write that ended
     */
    public <T> Optional<T> decide(String sql, String key, Reader<T> reader) throws SQLException {
        // A join yields a row of nulls for none.
        List<Optional<T>> rows = decide(
                sql,
                statement -> Binding.of(statement).text(key),
                result -> result.getString(1) == null ? Optional.empty() : Optional.of(reader.read(result)));
        return rows.isEmpty() ? Optional.empty() : rows.get(0);
    }

    /**
     * Reads the rows of a query on which something is decided, whose last column is whether the answer may be old.
     *
     * @throws StandbyException if it may be older than a write that ended
     */
    public <T> List<T> decide(String sql, Parameters parameters, Reader<T> reader) throws SQLException {
        return query(sql, parameters, result -> {
            if (result.getBoolean(result.getMetaData().getColumnCount())) {
                throw new StandbyException();
            }
            return reader.read(result);
        });
    }

    /**
     * Refuses a standby. For a list without rows, of which none says that the answer may be old.
     *
     * @throws StandbyException if the server is one
     */
    public void requirePrimary() throws SQLException {
        String query = dialect.findStandby();
        if (query != null) {
            decide(query, none -> {}, result -> true);
        }
    }

    /**
     * Runs a statement of a script that creates what is missing.
     *
     * @throws AgainException if another node changes the same in this moment
     */
    public void executeDefinition(String sql) throws SQLException {
        if (addsColumnThatExists(sql)) {
            return;
        }
        try (Statement statement = connection.createStatement()) {
            bounds.statement(statement);
            statement.execute(sql);
        } catch (SQLException e) {
            throw dialect.changing(e) ? new AgainException("Another node changes the tables", e) : e;
        }
    }

    private boolean addsColumnThatExists(String sql) throws SQLException {
        String find = dialect.findColumn();
        Matcher added = ADDED_COLUMN.matcher(sql);
        if (find == null || !added.matches()) {
            return false;
        }
        Parameters names =
                statement -> Binding.of(statement).text(added.group(1)).text(added.group(2));
        return !query(find, names, result -> true).isEmpty();
    }

    private PreparedStatement statement(String sql) throws SQLException {
        // With some options of a driver, this is a round trip.
        bounds.nextStep();
        return connection.prepareStatement(sql);
    }

    /** Returns the connection; aborts it first if a transaction is unsettled, since a pool may commit. */
    @Override
    public void close() {
        try (Connection closing = connection) {
            if (unsettled || givenUp) {
                abort(closing);
            } else {
                restoreOrAbort();
            }
        } catch (Throwable e) {
            // The result of the task is known already, and reaches the caller: it can be a new secret.
        }
    }

    private void restoreOrAbort() throws SQLException {
        try {
            restore();
        } catch (Throwable thrown) {
            try {
                abort(connection);
            } catch (Throwable e) {
                tellAlong(thrown, e);
            }
            throw thrown;
        }
    }

    /**
     * Ends the connection, and uses it once more: a pool does not see that it was aborted (HikariCP with Connector/J), but
     * it sees that a statement fails for want of a connection, and lends it no more.
     */
    private void abort(Connection ended) throws SQLException {
        ended.abort(Runnable::run);
        if (dialect.timeouts() == Dialect.Timeouts.NETWORK) {
            try (Statement statement = ended.createStatement()) {
                statement.execute("SELECT 1");
            } catch (SQLException e) {
                // As intended.
            }
        }
    }

    private void restore() throws SQLException {
        if (autoCommitChanged) {
            bounds.tidyingStep();
            connection.setAutoCommit(true);
        }
        if (isolationBefore != null) {
            connection.setTransactionIsolation(isolationBefore);
        }
        bounds.restore();
    }
}
