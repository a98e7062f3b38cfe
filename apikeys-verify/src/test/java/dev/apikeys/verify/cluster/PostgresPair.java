package dev.apikeys.verify.cluster;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Two PostgreSQL servers on this machine: 0 begins as the primary, 1 as its standby. Not thread-safe. */
final class PostgresPair implements AutoCloseable {

    /** When a commit on the primary is acknowledged. */
    enum Replication {
        /** Once the standby has it. */
        SYNCHRONOUS,
        /** Before. */
        ASYNCHRONOUS
    }

    private static final Servers STANDBY = Servers.STANDBY;
    private static final String BIN = "/usr/lib/postgresql/15/bin/";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path directory;
    private final List<Integer> ports = ServerProcess.freePorts(3);
    private final ServerProcess[] processes = new ServerProcess[2];
    private ServerProcess bouncer;

    private PostgresPair(Path directory) {
        this.directory = directory;
    }

    /** Starts both with an empty database. */
    static PostgresPair start(Replication replication) {
        PostgresPair pair = new PostgresPair(STANDBY.directory());
        try {
            pair.startPrimary();
            pair.startStandby();
            if (replication == Replication.SYNCHRONOUS) {
                pair.execute(0, "ALTER SYSTEM SET synchronous_standby_names = 'n1'", "SELECT pg_reload_conf()");
                pair.awaitText(0, "SELECT sync_state FROM pg_stat_replication", "sync");
            }
            return pair;
        } catch (RuntimeException | Error e) {
            pair.close();
            throw e;
        }
    }

    private void startPrimary() {
        run("initdb", "-D", data(0).toString(), "-U", "app", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "-N");
        append(
                data(0).resolve("postgresql.conf"),
                "listen_addresses = '127.0.0.1'",
                "unix_socket_directories = ''",
                "shared_buffers = 64MB",
                // What is lost with the power of the machine is not what is tested.
                "fsync = off",
                "full_page_writes = off");
        launch(0);
        executeIn("postgres", 0, "CREATE DATABASE t");
    }

    private void startStandby() {
        run(
                "pg_basebackup",
                "-D",
                data(1).toString(),
                "-X",
                "stream",
                "-c",
                "fast",
                "-d",
                "host=127.0.0.1 user=app port=" + ports.get(0));
        follow(1, 0);
        launch(1);
        awaitText(0, "SELECT state FROM pg_stat_replication WHERE application_name = 'n1'", "streaming");
    }

    /** Makes a server that does not run a standby of another one. */
    private void follow(int standby, int primary) {
        append(
                data(standby).resolve("postgresql.auto.conf"),
                "primary_conninfo = 'host=127.0.0.1 user=app port=" + ports.get(primary) + " application_name=n"
                        + standby + "'");
        append(data(standby).resolve("standby.signal"));
    }

    private void launch(int number) {
        processes[number] = ServerProcess.start(
                STANDBY.user(),
                directory.resolve("n" + number + ".log"),
                List.of(
                        BIN + "postgres",
                        "-D",
                        data(number).toString(),
                        "-p",
                        ports.get(number).toString()));
        awaitText(number, "SELECT 'up'", "up");
    }

    private void run(String program, String... arguments) {
        List<String> command = new ArrayList<>(List.of(BIN + program));
        command.addAll(List.of(arguments));
        ServerProcess.run(STANDBY.user(), directory.resolve(program + ".log"), command);
    }

    private Path data(int number) {
        return directory.resolve("n" + number);
    }

    /** Writes to a file of the servers, which stays theirs. */
    private void append(Path file, String... lines) {
        try {
            Files.write(file, List.of(lines), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            ServerProcess.give(file, STANDBY.user());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns where a program beside the servers can write what it says. */
    Path log(String name) {
        return directory.resolve(name + ".log");
    }

    /** Returns the URL that leads to whichever is the primary, with what docs/storage-jdbc.md advises. */
    String url() {
        return "jdbc:postgresql://127.0.0.1:" + ports.get(0) + ",127.0.0.1:" + ports.get(1)
                + "/t?user=app&targetServerType=primary&hostRecheckSeconds=1&connectTimeout=2&cancelSignalTimeout=1";
    }

    /** Returns the URL that leads to the standby where there is no primary. */
    String urlOfEither() {
        return url().replace("targetServerType=primary", "targetServerType=preferPrimary");
    }

    /** Returns the URL of one of the servers, whatever it is. */
    String url(int number) {
        return "jdbc:postgresql://127.0.0.1:" + ports.get(number) + "/t?user=app&cancelSignalTimeout=1";
    }

    /** Starts a pgbouncer before the first server, which lends connections by transaction, and returns its URL. */
    String bouncerUrl() {
        Path file = directory.resolve("bouncer.ini");
        append(
                file,
                "[databases]",
                "t = host=127.0.0.1 port=" + ports.get(0) + " dbname=t user=app",
                "[pgbouncer]",
                "listen_addr = 127.0.0.1",
                "listen_port = " + ports.get(2),
                "unix_socket_dir =",
                "auth_type = any",
                "pool_mode = transaction",
                "default_pool_size = 4",
                "max_client_conn = 100",
                "ignore_startup_parameters = extra_float_digits");
        bouncer = ServerProcess.start(
                STANDBY.user(), directory.resolve("bouncer.log"), List.of("/usr/sbin/pgbouncer", file.toString()));
        String url = "jdbc:postgresql://127.0.0.1:" + ports.get(2) + "/t?user=app&cancelSignalTimeout=1";
        await("pgbouncer").atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).until(() -> {
            requireAlive(bouncer);
            return "up".equals(text(url + "&prepareThreshold=0", "SELECT 'up'"));
        });
        return url;
    }

    /** Ends a server at once, with all its processes, as a crash of its machine does. */
    void kill(int number) {
        processes[number].kill();
    }

    /** Starts a server that was killed. */
    void restart(int number) {
        launch(number);
    }

    /** Makes the standby a primary. */
    void promote() {
        executeIn("postgres", 1, "SELECT pg_promote(true, 60)");
        awaitText(1, "SELECT pg_is_in_recovery()", "f");
    }

    /** Changes the roles of the two, as an operator does who maintains the primary. */
    void switchOver() {
        processes[0].end("INT");
        promote();
        follow(0, 1);
        launch(0);
        awaitText(0, "SELECT pg_is_in_recovery()", "t");
    }

    /** Waits until the standby has all that the primary has committed. */
    void awaitReplicated() {
        awaitText(0, "SELECT pg_current_wal_lsn() = replay_lsn FROM pg_stat_replication", "t");
    }

    private void awaitText(int number, String query, String text) {
        await(query + " to say " + text + " on server " + number)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> {
                    requireAlive(processes[number]);
                    return text.equals(text(url(number).replace("/t?", "/postgres?"), query));
                });
    }

    private static void requireAlive(ServerProcess process) {
        if (!process.isAlive()) {
            throw new IllegalStateException("The server has ended\n" + process.said());
        }
    }

    private static String text(String url, String query) {
        try (Connection connection = DriverManager.getConnection(url + "&connectTimeout=2&socketTimeout=5");
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            return result.next() ? result.getString(1) : "";
        } catch (SQLException e) {
            return e.toString();
        }
    }

    List<String> texts(int number, String query) {
        try (Connection connection = DriverManager.getConnection(url(number))) {
            return Audit.texts(connection, query);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    void execute(int number, String... statements) {
        executeIn("t", number, statements);
    }

    private void executeIn(String database, int number, String... statements) {
        try (Connection connection = DriverManager.getConnection(url(number).replace("/t?", "/" + database + "?"));
                Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        if (bouncer != null) {
            bouncer.close();
        }
        for (ServerProcess process : processes) {
            if (process != null) {
                process.close();
            }
        }
        ServerProcess.delete(directory);
    }
}
