package dev.apikeys.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import dev.apikeys.jdbc.TestDatabase.Product;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.WriteSet;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** Transactions of SQLite that are not what its driver takes them for. */
class SqliteTransactionsTest {

    private static void run(DataSource pool, String sql) throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** SQLite rolls back by itself then, and the driver, which does not know, cannot: it would go on without one. */
    @Test
    void aFullDiskLeavesAConnectionWhoseTransactionsAreStillOnes() throws SQLException {
        try (TestDatabase database = TestDatabase.of(Product.SQLITE)) {
            DataSource pool = database.pool(database.configuration(1));
            JdbcSchema.create(pool);
            ApiKeyStore store = JdbcApiKeyStore.create(pool);
            KeyRow large = Rows.builder("large").metadata("x".repeat(1_000_000)).build();
            run(pool, "PRAGMA max_page_count = 1"); // as many as there are

            assertThatThrownBy(() -> store.write(WriteSet.builder()
                            .insert(Rows.key("a"))
                            .insert(large)
                            .journal(Rows.journal(1))
                            .build()))
                    .isInstanceOfSatisfying(
                            StorageException.class,
                            e -> assertThat(e.outcomeUnknown()).isFalse());

            run(pool, "PRAGMA max_page_count = 1000000");
            assertThat(store.write(WriteSet.builder()
                            .insert(Rows.key("a"))
                            .replace(Rows.replacing("b", 2))
                            .build()))
                    .isFalse();
            assertThat(store.find("a")).isNull();
            assertThat(store.write(WriteSet.builder()
                            .insert(Rows.key("a"))
                            .insert(large)
                            .journal(Rows.journal(1))
                            .build()))
                    .isTrue();
            assertThat(store.find("large")).isEqualTo(large);
        }
    }

    /** The driver then begins the next transaction in the call that commits the last one, and waits for the lock there. */
    @Test
    void aCommitIsOneThoughTheNextTransactionCannotBegin() throws Exception {
        try (TestDatabase database = TestDatabase.of(Product.SQLITE)) {
            HikariConfig configuration = database.configuration(4);
            configuration.setJdbcUrl(database.url() + "&transaction_mode=IMMEDIATE&busy_timeout=1");
            JdbcSchema.create(database.pool());
            ApiKeyStore store = JdbcApiKeyStore.create(database.pool(configuration));
            ConcurrentLinkedQueue<String> failed = new ConcurrentLinkedQueue<>();
            ExecutorService callers = Executors.newFixedThreadPool(4);
            List<Future<?>> done = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                int node = i;
                done.add(callers.submit(() -> {
                    for (int round = 0; round < 100; round++) {
                        String id = Rows.id(1000 * node + round);
                        try {
                            store.write(WriteSet.builder()
                                    .insert(Rows.key(id))
                                    .journal(Rows.journal(1000 * node + round))
                                    .build());
                            store.addUsage(Rows.usage("node " + node, round + 1, id));
                        } catch (StorageException e) {
                            failed.add(id + ": " + e);
                        }
                    }
                }));
            }
            for (Future<?> caller : done) {
                caller.get();
            }
            callers.shutdown();

            assertThat(failed).isEmpty();
            assertThat(store.find(Rows.id(3099)).usageCount()).isEqualTo(1);
        }
    }
}
