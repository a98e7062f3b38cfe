package dev.apikeys.jdbc.legacy;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;

/**
 * A borrowed connection that is only read, with a bound on each wait for its socket. Where the driver can set neither
 * (SQLite), it is used as it is: nothing is sent but queries. Given back as it was.
 */
final class ReadOnly implements AutoCloseable {

    private interface Setting {
        void set() throws SQLException;
    }

    static final int TIMEOUT_SECONDS = 30;

    private final Connection connection;
    private final boolean readOnlyBefore;
    private final int networkTimeoutBefore;

    private ReadOnly(Connection connection) throws SQLException {
        this.connection = connection;
        readOnlyBefore = connection.isReadOnly();
        networkTimeoutBefore = networkTimeout();
        set(() -> connection.setReadOnly(true));
        set(() -> connection.setNetworkTimeout(Runnable::run, (int) TimeUnit.SECONDS.toMillis(2 * TIMEOUT_SECONDS)));
    }

    static ReadOnly borrow(DataSource dataSource) throws SQLException {
        Connection connection = dataSource.getConnection();
        try {
            return new ReadOnly(connection);
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    Connection connection() {
        return connection;
    }

    private int networkTimeout() {
        try {
            return connection.getNetworkTimeout();
        } catch (SQLException e) {
            return 0;
        }
    }

    private static void set(Setting setting) {
        try {
            setting.set();
        } catch (SQLException e) {
            // The driver cannot: see above.
        }
    }

    @Override
    public void close() throws SQLException {
        try (connection) {
            if (!connection.getAutoCommit()) {
                connection.rollback();
            }
            set(() -> connection.setReadOnly(readOnlyBefore));
            set(() -> connection.setNetworkTimeout(Runnable::run, networkTimeoutBefore));
        }
    }
}
