package dev.apikeys.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.apikeys.jdbc.internal.Dialect;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;
import java.util.stream.Stream;

/** A fresh, empty database of one of the products that are supported, and pools on it. */
@SuppressWarnings("exports") // The tests are compiled into the module, which does not require what only they use.
public final class TestDatabase implements AutoCloseable {

    /** What can be tested on. */
    public enum Product {
        POSTGRESQL(Dialect.POSTGRESQL),
        MARIADB(Dialect.MARIADB),
        H2(Dialect.H2),
        SQLITE(Dialect.SQLITE);

        final Dialect dialect;

        Product(Dialect dialect) {
            this.dialect = dialect;
        }
    }

    private static final String UNCHECKED_MILLIS = "com.zaxxer.hikari.aliveBypassWindowMs";

    static {
        // Else HikariCP hands out a connection unchecked that was good half a second ago, after an outage too.
        System.setProperty(UNCHECKED_MILLIS, "0");
    }

    private final Product product;
    private final String name = "t" + UUID.randomUUID().toString().replace("-", "");
    private final String url;
    private final Deque<Runnable> open = new ArrayDeque<>();

    private TestDatabase(Product product) {
        this.product = product;
        this.url = switch (product) {
            case POSTGRESQL -> onServer(Server.postgresql(), "postgres", "DROP DATABASE " + name + " WITH (FORCE)");
            case MARIADB -> onServer(Server.mariadb(), "", "DROP DATABASE " + name);
            case H2 -> "jdbc:h2:mem:" + name + ";DB_CLOSE_DELAY=-1";
            case SQLITE -> "jdbc:sqlite:" + file() + "?journal_mode=WAL&synchronous=NORMAL";
        };
    }

    public static TestDatabase of(Product product) {
        return new TestDatabase(product);
    }

    Product product() {
        return product;
    }

    public String url() {
        return url;
    }

    /** The URL of this database seen through another port of this machine. */
    String urlThrough(int port) {
        return server().url(name, port);
    }

    Server server() {
        return switch (product) {
            case POSTGRESQL -> Server.postgresql();
            case MARIADB -> Server.mariadb();
            default -> throw new IllegalStateException(product + " has no server");
        };
    }

    private String onServer(Server server, String administrative, String drop) {
        String administration = server.url(administrative, server.port());
        runOn(administration, "CREATE DATABASE " + name);
        open.push(() -> runOn(administration, drop));
        return server.url(name, server.port());
    }

    private String file() {
        try {
            Path directory = Files.createTempDirectory("apikeys-sqlite");
            open.push(() -> delete(directory));
            return directory.resolve(name + ".db").toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A pool of ten with auto-commit on. */
    public HikariDataSource pool() {
        return pool(configuration(10));
    }

    public HikariDataSource pool(HikariConfig configuration) {
        HikariDataSource pool = new HikariDataSource(configuration);
        open.push(pool::close);
        return pool;
    }

    /** A pool that hands out its connections unchecked, as any does for half a second unless it is told not to. */
    HikariDataSource uncheckedPool(HikariConfig configuration) {
        // Longer than half a second: the machine may be busy.
        System.setProperty(UNCHECKED_MILLIS, "3600000");
        try {
            return pool(configuration);
        } finally {
            System.setProperty(UNCHECKED_MILLIS, "0");
        }
    }

    public HikariConfig configuration(int size) {
        HikariConfig configuration = new HikariConfig();
        configuration.setJdbcUrl(url);
        configuration.setMaximumPoolSize(size);
        return configuration;
    }

    /** Runs statements on a connection of their own. */
    public void run(String... statements) {
        runOn(url, statements);
    }

    private static void runOn(String url, String... statements) {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(url, e);
        }
    }

    @Override
    public void close() {
        while (!open.isEmpty()) {
            open.pop().run();
        }
        if (product == Product.H2) {
            run("SHUTDOWN");
        }
    }
}
