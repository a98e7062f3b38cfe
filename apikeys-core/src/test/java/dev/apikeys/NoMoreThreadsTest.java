package dev.apikeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.apikeys.internal.gate.Gate;
import dev.apikeys.internal.gate.Operation;
import dev.apikeys.internal.gate.Operations;
import dev.apikeys.spi.StorageException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.Test;

/** A JVM that can make no thread any more costs an event, or an answer, and never what was done already. */
class NoMoreThreadsTest {
    /** Newer JVMs start the threads of a pool past {@code Thread.start}, so it is the making that fails. */
    private static final ThreadFactory EXHAUSTED = task -> {
        throw new OutOfMemoryError("unable to create native thread");
    };

    @Test
    void anEventIsDroppedAndCounted() {
        List<KeyEvent> told = new ArrayList<>();
        Emitter.Listening listening = new Emitter.Listening(told::add, Gate.direct(() -> 0, null), EXHAUSTED);
        Emitter emitter = new Emitter(List.of(listening), () -> 0);

        emitter.emit(KeyEvent.Type.CREATED, KeyId.random(), 0, "");

        assertThat(emitter.dropped()).containsEntry(KeyEvent.Dropped.FULL, 1L);
        assertThat(told).isEmpty();
    }

    @Test
    void aCallThatNeedsAWorkerIsNotBegun() {
        Gate gate = Gate.bounded(EXHAUSTED, System::nanoTime, null);
        Operation operation =
                new Operations(System::nanoTime, Duration.ofMinutes(1).toNanos()).begin("create");
        List<String> begun = new ArrayList<>();
        List<Throwable> failed = new ArrayList<>();

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> gate.write(operation, "store.write", () -> begun.add("write")))
                .withMessageContaining("nothing of it was done")
                .satisfies(e -> assertThat(e.outcomeUnknown()).isFalse());
        gate.later(operation, "vault.discard", () -> begun.add("discard"), failed::add);

        assertThat(begun).isEmpty();
        assertThat(failed).hasSize(1);
    }
}
