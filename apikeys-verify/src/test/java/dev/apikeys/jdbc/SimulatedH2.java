package dev.apikeys.jdbc;

import dev.apikeys.jdbc.internal.Dialect;
import dev.apikeys.spi.ApiKeyStore;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import javax.sql.DataSource;

/**
 * A database whose time is simulated: each node has a connection to a server of its own, with a clock of its own, as in a
 * cluster. For one thread.
 */
public final class SimulatedH2 implements AutoCloseable {
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final String NOW = Dialect.H2.now();

    private final String url = "jdbc:h2:mem:simulated" + NUMBER.incrementAndGet();
    private final List<Connection> connections = new ArrayList<>();
    private final Connection own = connect();

    /** Creates an empty database. */
    public SimulatedH2() {
        JdbcSchema.create(source(System::currentTimeMillis));
    }

    /**
     * The store of a node.
     *
     * @param clock epoch milliseconds by the server
     * @param ticker nanoseconds by the node
     */
    public ApiKeyStore store(LongSupplier clock, LongSupplier ticker) {
        return JdbcApiKeyStore.builder(source(clock)).ticker(ticker).build();
    }

    /** Empties the journal, as somebody does by hand. */
    public void emptyJournal() {
        try (Statement statement = own.createStatement()) {
            statement.execute("DELETE FROM apikeys_journal");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private Connection connect() {
        try {
            Connection connection = DriverManager.getConnection(url);
            connections.add(connection);
            return connection;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Always the same connection, which its borrowers cannot close. */
    private DataSource source(LongSupplier clock) {
        Connection connection = connect();
        Connection kept = proxy(Connection.class, (proxy, method, arguments) -> {
            if (method.getName().equals("close")) {
                return null;
            }
            if (method.getName().equals("prepareStatement")) {
                return connection.prepareStatement(
                        ((String) arguments[0]).replace(NOW, "CAST(" + clock.getAsLong() + " AS BIGINT)"));
            }
            try {
                return method.invoke(connection, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
        return proxy(DataSource.class, (proxy, method, arguments) -> {
            if (!method.getName().equals("getConnection")) {
                throw new UnsupportedOperationException(method.getName());
            }
            return kept;
        });
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(SimulatedH2.class.getClassLoader(), new Class<?>[] {type}, handler));
    }

    @Override
    public void close() {
        for (Connection connection : connections) {
            try {
                connection.close();
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
