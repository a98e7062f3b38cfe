package dev.apikeys.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.tck.StoreFaults;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A pool that can be made to fail: over a proxy where there is a network, else by taking all its connections away. While
 * it fails, callers get a pool that lets them wait less, so that the tests take no longer than they must.
 */
final class Faults implements AutoCloseable {

    private static final int POOL_SIZE = 10;
    private static final int PATIENT_MILLIS = 30_000;
    private static final int IMPATIENT_MILLIS = 250;

    private final TestDatabase database;
    private final @Nullable TcpProxy proxy;
    private final HikariDataSource impatient;
    private final DataSource source;
    private volatile boolean faulty;
    private final List<Connection> taken = new ArrayList<>();
    private final boolean autoCommit;

    Faults(TestDatabase database, boolean autoCommit) {
        this.database = database;
        this.autoCommit = autoCommit;
        boolean network = database.product() == Product.POSTGRESQL || database.product() == Product.MARIADB;
        proxy = network ? new TcpProxy(database.server().port()) : null;
        impatient = database.pool(configuration(POOL_SIZE, IMPATIENT_MILLIS));
        HikariDataSource patient = database.pool(configuration(POOL_SIZE, PATIENT_MILLIS));
        source = new SourceOf(() -> (faulty ? impatient : patient).getConnection());
    }

    private HikariConfig configuration(int size, int patience) {
        HikariConfig configuration = database.configuration(size);
        configuration.setAutoCommit(autoCommit);
        configuration.setConnectionTimeout(patience);
        if (proxy != null) {
            configuration.setJdbcUrl(database.urlThrough(proxy.port()));
        }
        return configuration;
    }

    DataSource source() {
        return source;
    }

    <S> StoreFaults<S> forStore(Function<DataSource, S> make) {
        return new StoreFaults<>() {
            @Override
            public void fail() {
                faulty = true;
                if (proxy != null) {
                    proxy.refuse();
                } else {
                    takeAll();
                }
            }

            @Override
            public void hang() {
                faulty = true;
                if (proxy != null) {
                    proxy.hang();
                } else {
                    takeAll();
                }
            }

            @Override
            public void recover() {
                faulty = false;
                giveBack();
                if (proxy != null) {
                    proxy.pass();
                }
            }

            @Override
            public S onOneConnection() {
                return make.apply(database.pool(configuration(1, PATIENT_MILLIS)));
            }
        };
    }

    private void takeAll() {
        try {
            for (int i = 0; i < POOL_SIZE; i++) {
                taken.add(impatient.getConnection());
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private void giveBack() {
        for (Connection connection : taken) {
            try {
                connection.close();
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
        taken.clear();
    }

    @Override
    public void close() {
        if (proxy != null) {
            proxy.close();
        }
    }
}
