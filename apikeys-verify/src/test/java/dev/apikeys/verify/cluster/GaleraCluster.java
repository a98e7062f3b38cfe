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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Three MariaDB nodes with Galera on this machine, numbered from 0. Not thread-safe. */
final class GaleraCluster implements AutoCloseable {

    static final int NODES = 3;

    private static final Servers GALERA = Servers.GALERA;
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Pattern RECOVERED = Pattern.compile("Recovered position:? (\\S+)");

    private final Path directory;
    private final List<Node> nodes = new ArrayList<>();

    /** The ports of a node: for SQL, for the group, for incremental and for whole state transfers. */
    private record Ports(int sql, int group, int incremental, int whole) {}

    private static final class Node {
        private final Path directory;
        private final Ports ports;
        private ServerProcess process;

        Node(Path directory, Ports ports) {
            this.directory = directory;
            this.ports = ports;
        }

        Path log() {
            return directory.resolveSibling(directory.getFileName() + ".log");
        }
    }

    private GaleraCluster(Path directory) {
        this.directory = directory;
        List<Integer> free = ServerProcess.freePorts(4 * NODES);
        for (int i = 0; i < NODES; i++) {
            List<Integer> ports = free.subList(4 * i, 4 * i + 4);
            nodes.add(new Node(
                    directory.resolve("n" + i), new Ports(ports.get(0), ports.get(1), ports.get(2), ports.get(3))));
        }
    }

    /** Starts three nodes with an empty database. */
    static GaleraCluster start() {
        GaleraCluster cluster = new GaleraCluster(GALERA.directory());
        try {
            cluster.install();
            cluster.launch(0, List.of("--wsrep-new-cluster"));
            cluster.awaitSynced(0);
            for (int i = 1; i < NODES; i++) {
                cluster.launch(i, List.of());
                cluster.awaitSynced(i);
            }
            return cluster;
        } catch (RuntimeException | Error e) {
            cluster.close();
            throw e;
        }
    }

    /** Makes the data of the first node; the others get theirs from it. */
    private void install() {
        Path log = directory.resolve("install.log");
        String data = "--datadir=" + nodes.get(0).directory;
        ServerProcess.run(
                GALERA.user(),
                log,
                List.of(
                        "/usr/bin/mariadb-install-db",
                        "--no-defaults",
                        data,
                        "--auth-root-authentication-method=normal",
                        "--skip-test-db"));
        Path script = directory.resolve("user.sql");
        try {
            Files.writeString(
                    script,
                    "CREATE DATABASE t;\nFLUSH PRIVILEGES;\nGRANT ALL ON *.* TO 'app'@'127.0.0.1' IDENTIFIED BY 'app';\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ServerProcess.run(
                GALERA.user(),
                log,
                List.of("sh", "-c", "/usr/sbin/mariadbd --no-defaults " + data + " --bootstrap < " + script));
        nodes.stream()
                .skip(1)
                .forEach(node -> ServerProcess.run(GALERA.user(), log, List.of("mkdir", node.directory.toString())));
    }

    private void launch(int number, List<String> further) {
        Node node = nodes.get(number);
        List<String> command = command(number);
        command.addAll(further);
        node.process = ServerProcess.start(GALERA.user(), node.log(), command);
    }

    private List<String> command(int number) {
        Node node = nodes.get(number);
        List<String> command = new ArrayList<>(withoutCluster(node));
        Ports ports = node.ports;
        String members =
                nodes.stream().map(each -> "127.0.0.1:" + each.ports.group).collect(Collectors.joining(","));
        command.addAll(List.of(
                "--wsrep-on=ON",
                "--wsrep-provider=/usr/lib/galera/libgalera_smm.so",
                "--wsrep-cluster-name=" + directory.getFileName(),
                "--wsrep-cluster-address=gcomm://" + members,
                "--wsrep-node-name=n" + number,
                "--wsrep-node-address=127.0.0.1:" + ports.group,
                "--wsrep-sst-method=rsync",
                "--wsrep-sst-receive-address=127.0.0.1:" + ports.whole,
                "--wsrep-slave-threads=2",
                "--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:" + ports.group
                        + ";ist.recv_addr=127.0.0.1:" + ports.incremental + ";gcache.size=64M"));
        return command;
    }

    private static List<String> withoutCluster(Node node) {
        return List.of(
                "/usr/sbin/mariadbd",
                "--no-defaults",
                "--datadir=" + node.directory,
                "--port=" + node.ports.sql,
                "--bind-address=127.0.0.1",
                // Relative to the data: the path of a socket must be short.
                "--socket=socket",
                "--pid-file=pid",
                "--skip-name-resolve",
                "--performance-schema=OFF",
                "--max-connections=150",
                "--innodb-buffer-pool-size=96M",
                "--innodb-log-file-size=48M",
                "--innodb-autoinc-lock-mode=2",
                // What is lost with the power of the machine is not what is tested.
                "--innodb-flush-log-at-trx-commit=2",
                "--binlog-format=ROW");
    }

    /** Returns where a program beside the servers can write what it says. */
    Path log(String name) {
        return directory.resolve(name + ".log");
    }

    /** Returns the URL of one node, for a pool of its own. */
    String url(int node) {
        return "jdbc:mariadb://127.0.0.1:" + nodes.get(node).ports.sql + "/t?user=app&password=app";
    }

    /** Ends a node at once, as a crash does. */
    void kill(int node) {
        nodes.get(node).process.kill();
    }

    /** Takes the processor away from a node. */
    void pause(int node) {
        nodes.get(node).process.pause();
    }

    void resume(int node) {
        nodes.get(node).process.resume();
    }

    /** Starts a node that was killed, from the position that its files have, and waits until it takes part again. */
    void rejoin(int node) {
        launch(node, List.of("--wsrep-start-position=" + recover(node)));
        awaitSynced(node);
    }

    private String recover(int number) {
        Node node = nodes.get(number);
        Path log = node.directory.resolveSibling(node.directory.getFileName() + ".recovery.log");
        try {
            Files.writeString(log, "", StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
            List<String> command = command(number);
            command.add("--wsrep-recover");
            ServerProcess.run(GALERA.user(), log, command);
            Matcher found = RECOVERED.matcher(Files.readString(log));
            if (!found.find()) {
                throw new IllegalStateException("No position in " + log);
            }
            return found.group(1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes the only node that is left a cluster of its own, as its operator does. */
    void bootstrap(int node) {
        execute(node, "SET GLOBAL wsrep_provider_options = 'pc.bootstrap=YES'");
        awaitSynced(node);
    }

    void awaitSynced(int node) {
        awaitStatus(node, "wsrep_local_state_comment", "Synced");
        awaitStatus(node, "wsrep_ready", "ON");
    }

    void awaitStatus(int number, String variable, String value) {
        Node node = nodes.get(number);
        await(variable + " of node " + number + " to be " + value)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> {
                    if (!node.process.isAlive()) {
                        throw new IllegalStateException("Node " + number + " has ended\n" + node.process.said());
                    }
                    return value.equals(status(number, variable));
                });
    }

    /** Returns whether all nodes run and take part. */
    boolean isWhole() {
        return IntStream.range(0, NODES)
                .allMatch(node -> nodes.get(node).process.isAlive()
                        && status(node, "wsrep_cluster_size").equals(Integer.toString(NODES))
                        && status(node, "wsrep_local_state_comment").equals("Synced"));
    }

    private String status(int node, String variable) {
        try (Connection connection = connect(node);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SHOW GLOBAL STATUS LIKE '" + variable + "'")) {
            return result.next() ? result.getString(2) : "";
        } catch (SQLException e) {
            return e.toString();
        }
    }

    Connection connect(int node) throws SQLException {
        return DriverManager.getConnection(url(node) + "&connectTimeout=2000&socketTimeout=60000");
    }

    void execute(int node, String... statements) {
        try (Connection connection = connect(node);
                Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Connects for queries that see what was committed before, on whatever node. */
    Connection connectInStep(int node) throws SQLException {
        return DriverManager.getConnection(url(node) + "&sessionVariables=wsrep_sync_wait=1");
    }

    /** Returns the first column of a query. */
    List<String> texts(int node, String query) {
        try (Connection connection = connectInStep(node)) {
            return Audit.texts(connection, query);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Empties the database; not while anything else uses it. */
    void recreate() {
        execute(0, "DROP DATABASE IF EXISTS t", "CREATE DATABASE t");
        IntStream.range(0, NODES).forEach(this::awaitDatabase);
    }

    /** Another node may not have it yet, and a login to it is no read that waits. */
    private void awaitDatabase(int node) {
        String url = url(node).replace("/t?", "/?") + "&sessionVariables=wsrep_sync_wait=1";
        try (Connection connection = DriverManager.getConnection(url)) {
            String query = "SELECT schema_name FROM information_schema.schemata WHERE schema_name = 't'";
            if (Audit.texts(connection, query).isEmpty()) {
                throw new IllegalStateException("node " + node + " lacks the database that node 0 has created");
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        IntStream.range(0, NODES).mapToObj(nodes::get).forEach(node -> {
            if (node.process != null) {
                node.process.close();
            }
        });
        ServerProcess.delete(directory);
    }
}
