package dev.apikeys.verify.programs;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.apikeys.jdbc.JdbcApiKeyStore;
import dev.apikeys.jdbc.JdbcSchema;
import dev.apikeys.jdbc.JdbcTempKeyStore;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.TempKeyStore;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Empty stores for one program. Thread-safe, as far as the stores are. */
public record Stores(ApiKeyStore keys, TempKeyStore tempKeys, Runnable closing) implements AutoCloseable {
    /** For a call that has its connection, while thousands compete for the processors. */
    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    private static final AtomicInteger NUMBER = new AtomicInteger();

    /** Where keys can live, with how many connections. */
    public enum Kind {
        MEMORY,
        H2_1,
        H2_2,
        H2_10,
        POSTGRESQL_1,
        POSTGRESQL_2,
        POSTGRESQL_10
    }

    /** One server for all programs; it ends with the JVM. */
    private static final class Server {
        static final EmbeddedPostgres POSTGRESQL = start();

        private static EmbeddedPostgres start() {
            try {
                return EmbeddedPostgres.builder()
                        .setServerConfig("listen_addresses", "127.0.0.1")
                        // A disk shared with other builds would keep a queue of thousands longer than a manager waits.
                        .setServerConfig("fsync", "off")
                        .setServerConfig("full_page_writes", "off")
                        .start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        static String url() {
            return "jdbc:postgresql://127.0.0.1:" + POSTGRESQL.getPort() + "/postgres?user=postgres";
        }
    }

    /** Stores that nobody else uses. */
    public static Stores of(Kind kind) {
        String name = newName();
        return switch (kind) {
            case MEMORY -> new Stores(new InMemoryApiKeyStore(), new InMemoryTempKeyStore(), () -> {});
            case H2_1 -> jdbc("jdbc:h2:mem:" + name, name, 1);
            case H2_2 -> jdbc("jdbc:h2:mem:" + name, name, 2);
            case H2_10 -> jdbc("jdbc:h2:mem:" + name, name, 10);
            case POSTGRESQL_1 -> jdbc(Server.url(), name, 1);
            case POSTGRESQL_2 -> jdbc(Server.url(), name, 2);
            case POSTGRESQL_10 -> jdbc(Server.url(), name, 10);
        };
    }

    /** The stores of two nodes, with a pool of four connections each, on one PostgreSQL. */
    public static List<Stores> ofTwoNodes() {
        String name = newName();
        return List.of(jdbc(Server.url(), name, 4), jdbc(Server.url(), name, 4));
    }

    private static String newName() {
        return "p" + NUMBER.incrementAndGet() + "_";
    }

    private static Stores jdbc(String url, String tablePrefix, int connections) {
        HikariConfig configuration = new HikariConfig();
        configuration.setJdbcUrl(url);
        configuration.setMaximumPoolSize(connections);
        HikariDataSource pool = new HikariDataSource(configuration);
        JdbcSchema.create(pool, tablePrefix);
        return new Stores(
                JdbcApiKeyStore.builder(pool)
                        .tablePrefix(tablePrefix)
                        .timeout(TIMEOUT)
                        .build(),
                JdbcTempKeyStore.builder(pool)
                        .tablePrefix(tablePrefix)
                        .timeout(TIMEOUT)
                        .build(),
                pool::close);
    }

    @Override
    public void close() {
        closing.run();
    }
}
