package dev.apikeys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.Verification.Code;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A JVM whose memory is full once a change is written: no object that the library makes then finds a place. */
class NoMoreMemoryTest {

    @Test
    void theSecretReachesTheCaller() throws Exception {
        Process jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx32m",
                        "-XX:+UseSerialGC",
                        "-Xint", // compiled code may need no object where this one does
                        "-cp",
                        System.getProperty("java.class.path"),
                        Full.class.getName())
                .redirectErrorStream(true)
                .start();
        try {
            assertThat(output(jvm)) // which the JVM writes to, too
                    .contains(
                            "create: filled 1, VALID",
                            "createWithHandOff: filled 2, VALID",
                            "createAll: filled 3, VALID",
                            "rotate: filled 4, VALID",
                            "claim: filled 5, VALID");
        } finally {
            jvm.destroyForcibly();
        }
    }

    private static String output(Process jvm) throws IOException {
        return new String(jvm.getInputStream().readAllBytes(), StandardCharsets.UTF_8).replace("\r", "");
    }

    /** The program: each call is made to load all classes, then again with a store that fills the memory once it wrote. */
    static final class Full {
        private static final class Place {
            final @Nullable Place next;

            Place(@Nullable Place next) {
                this.next = next;
            }
        }

        private static @Nullable Object[] hoard;
        private static @Nullable Place last = new Place(null); // Loads the class before memory is full.
        private static boolean fills;
        private static volatile boolean isFull;
        private static int filled;

        private Full() {}

        public static void main(String[] arguments) {
            List<String> calls = List.of("create", "createWithHandOff", "createAll", "rotate", "claim");
            try (Service service = new Service()) {
                ApiKeys.Builder builder = service.builder().operationListener((operation, step, outcome, nanos) -> {});
                builder.ticker = () -> {
                    refill();
                    return service.time.getAsLong();
                };
                ApiKeyManager keys = service.start(builder);
                service.store.hooks.after("write", Full::fill);
                service.temp.hooks.after("settle", Full::fill);
                calls.forEach(call -> call(call, keys, false));
                Thread taking = new Thread(Full::takeWhatIsFreed);
                taking.setDaemon(true);
                taking.start();
                for (String call : calls) {
                    Secret secret = call(call, keys, true);
                    Code code = keys.verify(secret.reveal()).code();
                    System.out.println(call + ": filled " + filled + ", " + code);
                }
            }
        }

        private static Secret call(String name, ApiKeyManager keys, boolean full) {
            CreatedKey key = keys.create(Service.specWithHandOff());
            Rotation rotation = Rotation.immediate().handOff(Duration.ofMinutes(5));
            String ticket = key.handOff().orElseThrow().ticket().reveal();
            fills = full;
            try {
                return switch (name) {
                    case "create" -> keys.create(Service.spec()).secret();
                    case "createWithHandOff" ->
                        keys.create(Service.specWithHandOff()).secret();
                    case "createAll" ->
                        keys.createAll(List.of(Service.spec(), Service.spec()))
                                .get(1)
                                .secret();
                    case "rotate" -> keys.rotate(key.id(), rotation).secret();
                    default -> ((ClaimResult.Claimed) keys.vault().claim(ticket)).secret();
                };
            } finally {
                hoard = null;
                last = null;
                fills = false;
                isFull = false;
            }
        }

        private static void fill() {
            if (!fills) {
                return;
            }
            for (int size = 1 << 20; size > 0; ) {
                try {
                    hoard = new Object[] {hoard, new Object[size]};
                } catch (OutOfMemoryError full) {
                    size /= 2;
                }
            }
            isFull = true;
            refill();
            filled++;
        }

        /** As other threads of a service do. */
        private static void takeWhatIsFreed() {
            for (Place own = null; ; own = isFull ? own : null) {
                try {
                    own = isFull ? new Place(own) : null;
                } catch (OutOfMemoryError full) {
                    Thread.onSpinWait();
                }
            }
        }

        /** Until not even the smallest object finds a place, also after all garbage is gone. */
        private static void refill() {
            for (int refused = 0; isFull && refused < 3; ) {
                try {
                    last = new Place(last);
                } catch (OutOfMemoryError full) {
                    refused++;
                }
            }
        }
    }
}
