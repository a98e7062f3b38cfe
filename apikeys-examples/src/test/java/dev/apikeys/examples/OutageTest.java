package dev.apikeys.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The demo of an outage runs to its end, and prints a line for each setting. */
class OutageTest {

    @Test
    void printsALineForEachSetting() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Outage.show(
                new PrintStream(bytes, true, StandardCharsets.UTF_8), Duration.ofMillis(500), Duration.ofSeconds(30));

        assertThat(bytes.toString(StandardCharsets.UTF_8).lines())
                .filteredOn(line -> line.contains("apikeys, a pool") || line.contains("operationTimeout"))
                .hasSize(8);
    }
}
