package dev.apikeys.examples;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.KeyFormat;
import dev.apikeys.jdbc.JdbcApiKeyStore;
import dev.apikeys.jdbc.JdbcTempKeyStore;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A node of a service: a pool, stores on it, a manager on these. The manager may be used by any number of threads.
 *
 * @param pool connections to the database that all nodes share
 * @param store the key store
 * @param keys the manager
 */
record Node(HikariDataSource pool, JdbcApiKeyStore store, ApiKeyManager keys) implements AutoCloseable {
    private static final int CONNECTIONS = 4;
    private static final long SECOND = 1_000;
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /**
     * Creates a pool. The password of a user is in the environment: arguments are in the history of the shell and in the
     * list of processes.
     */
    static HikariDataSource pool(String url, @Nullable String user) {
        HikariConfig settings = new HikariConfig();
        settings.setJdbcUrl(url);
        settings.setUsername(user);
        settings.setPassword(user == null ? null : System.getenv("APIKEYS_DB_PASSWORD"));
        settings.setMaximumPoolSize(CONNECTIONS);
        settings.setConnectionTimeout(SECOND); // the stores bound all but the wait for a connection
        settings.setValidationTimeout(SECOND);
        return new HikariDataSource(settings);
    }

    /** Starts a node on a pool, which it closes with itself, or if it cannot start. */
    static Node start(HikariDataSource pool, String tablePrefix, MutableClock clock) {
        try {
            return startOn(pool, tablePrefix, clock);
        } catch (RuntimeException e) {
            pool.close();
            throw e;
        }
    }

    private static Node startOn(HikariDataSource pool, String tablePrefix, MutableClock clock) {
        JdbcApiKeyStore store =
                JdbcApiKeyStore.builder(pool).tablePrefix(tablePrefix).build();
        JdbcTempKeyStore tempKeys =
                JdbcTempKeyStore.builder(pool).tablePrefix(tablePrefix).build();
        ApiKeyManager keys = ApiKeys.builder(store)
                .handOff(tempKeys)
                .alsoAccept(KeyFormat.sha64Hex())
                .clock(clock)
                .ticker(() -> Duration.between(Instant.EPOCH, clock.instant()).toNanos())
                .operationTimeout(PATIENCE)
                .maintainedByHost()
                .build();
        return new Node(pool, store, keys);
    }

    /** Closes the manager, which writes usage, then the pool, which the manager does not close. */
    @Override
    public void close() {
        try (pool) {
            keys.close();
        }
    }
}
