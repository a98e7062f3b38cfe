package starts;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A service in a process of its own, and what it wrote to its log. */
final class Running {
    private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");
    private static final long LONG = 180; // seconds, for a busy machine

    private final Process process;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final StringBuffer log = new StringBuffer();
    private final Thread reader = new Thread(this::read);

    /** Starts the service on the jars that are taken. */
    Running(Start start, Predicate<String> taken, List<String> arguments) throws IOException {
        process = new ProcessBuilder(command(start, taken, arguments))
                .redirectErrorStream(true)
                .start();
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts the service as it is meant to be. */
    static Running of(Start start, Database database) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "--spring.datasource.url=" + database.url(), "--spring.datasource.username=" + database.user()));
        arguments.addAll(tables(start));
        arguments.add(start.hasSecurity() ? "--apikeys.admin.enabled=true" : "--apikeys.web.paths=/api");
        return new Running(start, start::takes, arguments);
    }

    private static List<String> command(Start start, Predicate<String> taken, List<String> arguments)
            throws IOException {
        Path service = Path.of("..", "spring-boot-" + start.boot());
        String jars = Arrays.stream(Files.readString(service.resolve("target/classpath"))
                        .strip()
                        .split(File.pathSeparator))
                .filter(jar -> taken.test(Path.of(jar).getFileName().toString()))
                .collect(Collectors.joining(File.pathSeparator));
        List<String> command = new ArrayList<>(List.of(
                java(start.java()),
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                // Tomcat keeps its directories.
                "-Djava.io.tmpdir=" + Files.createDirectories(Path.of("target", "temporary").toAbsolutePath()),
                "-classpath",
                service.resolve("target/classes") + File.pathSeparator + jars,
                "consumer.Service"));
        command.addAll(arguments);
        return command;
    }

    /** By Flyway beside the service's own migration; by Spring's scripts, which the store waits for; or by the store. */
    private static List<String> tables(Start start) {
        if (start.hasFlyway()) {
            return List.of("--apikeys.jdbc.initialize-schema=flyway");
        }
        return start.database() == Database.Kind.H2
                ? List.of(
                        "--spring.sql.init.mode=always",
                        "--spring.sql.init.schema-locations=classpath:dev/apikeys/jdbc/schema/h2/V1__apikeys.sql",
                        "--apikeys.jdbc.initialize-schema=never")
                : List.of("--apikeys.jdbc.initialize-schema=always");
    }

    /** That of JAVA17_HOME or JAVA25_HOME, or where Linux keeps it; else the one that runs the tests. */
    static String java(int version) {
        String named = System.getenv("JAVA" + version + "_HOME");
        return Stream.concat(Stream.ofNullable(named).map(Path::of), installed())
                .filter(home -> isVersion(home, version))
                .findFirst()
                .orElse(Path.of(System.getProperty("java.home")))
                .resolve("bin/java")
                .toString();
    }

    private static Stream<Path> installed() {
        try (Stream<Path> homes = Files.list(Path.of("/usr/lib/jvm"))) {
            return homes.sorted().toList().stream();
        } catch (IOException e) {
            return Stream.empty();
        }
    }

    private static boolean isVersion(Path home, int version) {
        try {
            return Files.readString(home.resolve("release")).contains("JAVA_VERSION=\"" + version + ".");
        } catch (IOException e) {
            return false;
        }
    }

    private void read() {
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                log.append(line).append('\n');
                lines.add(line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            lines.add("The service ended");
        }
    }

    /** Waits for a line of the log. */
    Matcher await(Pattern pattern) throws InterruptedException {
        for (; ; ) {
            String line = lines.poll(LONG, TimeUnit.SECONDS);
            if (line == null || line.equals("The service ended")) {
                process.destroyForcibly();
                throw new AssertionError("no line with " + pattern + " in\n" + log);
            }
            Matcher matcher = pattern.matcher(line);
            if (matcher.find()) {
                return matcher;
            }
        }
    }

    /** Waits until it listens. */
    int port() throws InterruptedException {
        return Integer.parseInt(await(PORT).group(1));
    }

    /** All that was logged until now. */
    String log() {
        return log.toString();
    }

    /** Asks the service to end, as an operator does. By its handle: the process would close the log as well. */
    void terminate() {
        process.toHandle().destroy();
    }

    /** Waits for its end. */
    int exitCode() throws InterruptedException {
        if (!process.waitFor(LONG, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("the service does not end\n" + log);
        }
        reader.join();
        return process.exitValue();
    }

    /** Ends it whatever it does. */
    void kill() {
        process.destroyForcibly();
    }
}
