package dev.apikeys.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The incident ends in a named stall, a caller that is back, and nothing lost; the guide shows what was printed. */
class IncidentReplayTest {

    @Test
    void namesWhereItHangsBringsTheCallerBackAndLosesNothing() throws Exception {
        String printed = print();

        assertThat(printed)
                .contains("STALLED: create in vault.insert on http-worker-7")
                .contains("operation create, step vault.insert, thread http-worker-7")
                .contains("at java.util.concurrent.locks.StampedLock.")
                .contains("at dev.apikeys.examples.SelfLockingVault.cleanUp")
                .contains("create did not end in time in vault.insert, unknown outcome")
                .contains("outcomeUnknown false, key id in the exception: true")
                .contains("verify  VALID, meanwhile")
                .contains("list    2 keys: those whose create returned")
                .contains("create  with a hand-off, claimed, verified: VALID");
    }

    @Test
    void theGuideShowsWhatIsPrinted() throws Exception {
        String guide = Files.readString(Path.of("..", "docs", "deadlocks.md")).replace("\r", "");

        for (String line : print().split("\n", -1)) {
            if (!line.isBlank() && !line.contains("java.util.concurrent.locks")) {
                assertThat(guide).contains(line);
            }
        }
    }

    private static String print() throws InterruptedException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        IncidentReplay.replay(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        return bytes.toString(StandardCharsets.UTF_8).replace("\r", "");
    }
}
