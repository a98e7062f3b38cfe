package dev.apikeys.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Where, when and on what a run was made.
 *
 * @param mode quick or full
 * @param date the day, in UTC
 * @param minutes how long it took
 * @param machine cores, processor, memory and system
 * @param load how many other threads wanted a core when it began, on average over a minute
 * @param java the JVM
 * @param commit what was measured
 * @param versions the libraries, by name
 * @param bytesPerKey heap for a stored key
 * @param bytesPerTempKey heap for a waiting temp key
 */
record Environment(
        String mode,
        String date,
        long minutes,
        String machine,
        double load,
        String java,
        String commit,
        TreeMap<String, String> versions,
        double bytesPerKey,
        double bytesPerTempKey) {

    private static final double GIBIBYTE = 1 << 30;

    /** This machine before a run. */
    static Environment here(String mode, double perKey, double perTempKey) {
        return new Environment(
                mode,
                LocalDate.now(ZoneOffset.UTC).toString(),
                0,
                machineName(),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage(),
                System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"),
                commitName(),
                libraries(),
                perKey,
                perTempKey);
    }

    /** The same when the run is over. */
    Environment lasting(long took) {
        return new Environment(mode, date, took, machine, load, java, commit, versions, bytesPerKey, bytesPerTempKey);
    }

    /** The same with the commit of a benchmark that was measured again, and with bytes if they were counted again. */
    Environment measuredAgain(String benchmark, Environment then) {
        String others = commit.replaceAll("; " + Pattern.quote(benchmark) + ": [^;]*", "");
        String both = others + "; " + benchmark + ": " + then.commit;
        boolean counted = !Double.isNaN(then.bytesPerKey);
        return new Environment(
                mode,
                date,
                minutes,
                machine,
                load,
                java,
                both,
                versions,
                counted ? then.bytesPerKey : bytesPerKey,
                counted ? then.bytesPerTempKey : bytesPerTempKey);
    }

    List<String> lines() {
        String shorter = mode.equals("full")
                ? ""
                : " That mode measures less, for a shorter time, and no database: run `full` for the rest.";
        return List.of(
                String.format(
                        Locale.ROOT,
                        "Measured on %s, on %s, %s; commit %s; in the %s mode, which took %d minutes;"
                                + " %.1f threads ran on the machine when it began.%s",
                        date,
                        machine,
                        java,
                        commit,
                        mode,
                        minutes,
                        load,
                        shorter),
                "",
                "With "
                        + versions.entrySet().stream()
                                .map(library -> library.getKey() + " " + library.getValue())
                                .collect(Collectors.joining(", "))
                        + ".");
    }

    private static String machineName() {
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return String.format(
                Locale.ROOT,
                "%d cores of %s with %.0f GiB, %s %s",
                Runtime.getRuntime().availableProcessors(),
                processorName(),
                system.getTotalMemorySize() / GIBIBYTE,
                system.getName(),
                system.getVersion().replaceFirst("-.*", ""));
    }

    private static String processorName() {
        try {
            return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                    .filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(System.getProperty("os.arch"));
        } catch (IOException noLinux) {
            return System.getProperty("os.arch");
        }
    }

    private static TreeMap<String, String> libraries() {
        Properties properties = new Properties();
        try (InputStream in = Environment.class.getResourceAsStream("versions.properties")) {
            properties.load(Objects.requireNonNull(in, "versions.properties"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        TreeMap<String, String> versions = new TreeMap<>();
        properties.stringPropertyNames().forEach(name -> versions.put(name, properties.getProperty(name)));
        return versions;
    }

    /** The commit, and whether sources were changed since. */
    private static String commitName() {
        String commit = git("rev-parse", "--short=10", "HEAD");
        boolean changed = !git("status", "--porcelain", "--", "*.java", "pom.xml", "*/pom.xml")
                .isEmpty();
        return commit.isEmpty() ? "unknown" : commit + (changed ? " with changes" : "");
    }

    private static String git(String... arguments) {
        try {
            List<String> command = new ArrayList<>(List.of("git"));
            command.addAll(List.of(arguments));
            Process git = new ProcessBuilder(command).start();
            String answer = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return git.waitFor(10, TimeUnit.SECONDS) && git.exitValue() == 0 ? answer : "";
        } catch (IOException noGit) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }
}
