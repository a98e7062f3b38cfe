package dev.apikeys.examples;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The incident ends in a named stall, a caller that is back, and nothing lost; the guide shows what was printed. */
class IncidentReplayTest {
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```\\n(.*?)^```$");

    private static String printed = "";

    /** Once: the threads of the last shape stay deadlocked, and the JVM would find them again. */
    @BeforeAll
    static void print() throws InterruptedException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        IncidentReplay.replay(out);
        DeadlockShapes.show(out);
        printed = bytes.toString(StandardCharsets.UTF_8).replace("\r", "");
    }

    @Test
    void namesWhereItHangsBringsTheCallerBackAndLosesNothing() {
        assertThat(printed)
                .contains("STALLED: create in vault.insert on http-worker-7")
                .contains("operation create, step vault.insert, thread http-worker-7")
                .contains("at java.util.concurrent.locks.StampedLock.")
                .contains("at dev.apikeys.examples.SelfLockingVault.cleanUp")
                .contains("No key was created: create did not end in time in vault.insert")
                .contains("outcomeUnknown false, key id in the exception: true")
                .contains("verify  VALID, meanwhile")
                .contains("list    2 keys: those whose create returned")
                .contains("create  with a hand-off, claimed, verified: VALID");
    }

    /** Line by line and in order: nothing is printed that differs from run to run. */
    @Test
    void theGuideShowsWhatIsPrintedAndNothingElse() throws IOException {
        String guide = Files.readString(Path.of("..", "docs", "deadlocks.md")).replace("\r", "");

        String shown = BLOCK.matcher(guide)
                .results()
                .map(block -> block.group(1) + "\n")
                .collect(joining());

        assertThat(unnumbered(shown)).isEqualTo(unnumbered(printed));
    }

    /** Compilers of different versions number lambdas differently. */
    private static String unnumbered(String frames) {
        return frames.replaceAll("(lambda\\$\\w+\\$)[0-9]+", "$1");
    }
}
