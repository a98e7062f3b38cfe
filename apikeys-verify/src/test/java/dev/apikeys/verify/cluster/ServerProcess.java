package dev.apikeys.verify.cluster;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A server that a test started. Ended by its pid: when it is closed, or else when the JVM of the tests ends. Thread-safe.
 */
final class ServerProcess implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 60;

    /** Where an installation fails, the reason stands before a page of advice. */
    private static final int LINES_SHOWN = 150;

    private static final Set<ServerProcess> RUNNING = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> RUNNING.forEach(ServerProcess::kill)));
    }

    private final Process process;
    private final Path log;

    private ServerProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /**
     * Starts a server.
     *
     * @param user whose process it is to be; ignored unless this one is root's
     * @param log takes what it says
     * @param command the program and its arguments
     */
    static ServerProcess start(String user, Path log, List<String> command) {
        try {
            Process started = new ProcessBuilder(as(user, command))
                    .directory(log.getParent().toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            started.getOutputStream().close();
            ServerProcess server = new ServerProcess(started, log);
            RUNNING.add(server);
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a program to its end; one that fails is an {@link IllegalStateException} with what it said. */
    static void run(String user, Path log, List<String> command) {
        try (ServerProcess program = start(user, log, command)) {
            if (!program.process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || program.process.exitValue() != 0) {
                throw new IllegalStateException("Failed: " + command + "\n" + program.said());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static List<String> as(String user, List<String> command) {
        if (!isRoot()) {
            return command;
        }
        List<String> changed =
                new ArrayList<>(List.of("setpriv", "--reuid=" + user, "--regid=" + user, "--clear-groups"));
        changed.addAll(command);
        return changed;
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    /** Makes a directory of the user: below {@code target}, or among the temporary ones if the user cannot get there. */
    static Path directory(String name, String user) {
        try {
            Path target = Files.createDirectories(Path.of("target", "cluster").toAbsolutePath());
            Path parent = open(target) ? target : Path.of(System.getProperty("java.io.tmpdir"));
            Path made = Files.createTempDirectory(
                    parent, name, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            give(made, user);
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes a file that of the user, where this process is root's. */
    static void give(Path file, String user) throws IOException {
        if (isRoot()) {
            Files.setOwner(
                    file, file.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(user));
        }
    }

    private static boolean open(Path directory) throws IOException {
        for (Path at = directory; at != null; at = at.getParent()) {
            if (isRoot()
                    && !PosixFilePermissions.toString(Files.getPosixFilePermissions(at))
                            .endsWith("x")) {
                return false;
            }
        }
        return true;
    }

    /** Deletes a directory and all below it. */
    static void delete(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException | UncheckedIOException e) {
            // A server that ends may still be taking its own files away.
        }
    }

    /** Returns ports of the loopback interface that are free, each another one. */
    static List<Integer> freePorts(int count) {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            return sockets.stream().map(ServerSocket::getLocalPort).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            for (ServerSocket socket : sockets) {
                try {
                    socket.close();
                } catch (IOException e) {
                    // It was only to be taken for a moment.
                }
            }
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** The end of what it said, for messages. */
    String said() {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join("\n", lines.subList(Math.max(0, lines.size() - LINES_SHOWN), lines.size()));
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Ends it at once with all that it started, as a crash does; children keep what they share until they are gone. */
    void kill() {
        List<ProcessHandle> children = process.descendants().toList();
        signal("KILL");
        awaitEnd();
        await("the children of " + process.pid() + " to end")
                .atMost(Duration.ofSeconds(PATIENCE_SECONDS))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> children.stream().allMatch(ServerProcess::isGone));
    }

    /** A zombie counts as gone: it holds nothing, and waits for the process that adopted it. */
    private static boolean isGone(ProcessHandle child) {
        try {
            return !child.isAlive()
                    || Files.readString(Path.of("/proc", Long.toString(child.pid()), "stat"))
                            .contains(") Z ");
        } catch (IOException gone) {
            return true;
        }
    }

    /** Takes the processor away from it, and from what it has started. */
    void pause() {
        signal("STOP");
    }

    void resume() {
        signal("CONT");
    }

    /** Sends a signal to the process and its children. */
    private void signal(String signal) {
        String pids = Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .filter(ProcessHandle::isAlive)
                .map(each -> Long.toString(each.pid()))
                .collect(Collectors.joining(" "));
        if (pids.isEmpty()) {
            return;
        }
        try {
            new ProcessBuilder("sh", "-c", "kill -" + signal + " " + pids + " 2>/dev/null")
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitEnd() {
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("Does not end: " + process.pid());
            }
            RUNNING.remove(this);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Asks it to end, for as long as it has anything to write. */
    void end(String signal) {
        if (process.isAlive()) {
            try {
                new ProcessBuilder("sh", "-c", "kill -" + signal + " " + process.pid())
                        .start()
                        .waitFor();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            awaitEnd();
        }
    }

    @Override
    public void close() {
        kill();
    }
}
