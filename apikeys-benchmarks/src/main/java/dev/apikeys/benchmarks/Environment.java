package dev.apikeys.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Where a run was made.
 *
 * @param processor its name
 * @param cores how many the JVM sees
 * @param java the JVM
 * @param commit what was measured
 * @param mode quick or full
 * @param bytesPerKey heap for a stored key, if it was counted
 * @param bytesPerTempKey heap for a waiting temp key, if it was counted
 */
record Environment(
        String processor,
        int cores,
        String java,
        String commit,
        String mode,
        Optional<Double> bytesPerKey,
        Optional<Double> bytesPerTempKey) {

    static Environment here(String mode, Optional<Double> bytesPerKey, Optional<Double> bytesPerTempKey) {
        return new Environment(
                processorName(),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("java.vm.name") + " " + System.getProperty("java.version"),
                commitName(),
                mode,
                bytesPerKey,
                bytesPerTempKey);
    }

    List<String> lines() {
        return List.of("Measured on " + cores + " cores of " + processor + ", " + java + ", JMH 1.37, commit " + commit
                + ", in the " + mode + " mode.");
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

    private static String commitName() {
        try {
            Process git = new ProcessBuilder("git", "rev-parse", "--short", "HEAD").start();
            String name = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return git.waitFor(10, TimeUnit.SECONDS) && git.exitValue() == 0 ? name : "unknown";
        } catch (IOException noGit) {
            return "unknown";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "unknown";
        }
    }
}
