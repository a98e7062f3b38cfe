package dev.apikeys.examples;

import dev.apikeys.Access;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.CreatedKey;
import dev.apikeys.KeyQuery;
import dev.apikeys.KeySpec;
import dev.apikeys.Stall;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import dev.apikeys.spi.StorageException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The incident, replayed: a vault that deadlocks with itself hangs every creation of a key. First as it happened, with
 * the stall reported by the watch; then with an operation timeout, which lets the caller return; then with a correct
 * vault on the same keys.
 *
 * <p>{@code mvn -q -Pincident -pl apikeys-examples -am compile}
 */
public final class IncidentReplay {
    private static final Duration THRESHOLD = Duration.ofMillis(400);
    private static final Duration TIMEOUT = Duration.ofMillis(400);
    private static final KeySpec WITH_HAND_OFF = KeySpec.builder("ci deploy")
            .role("read_upload")
            .handOff(Duration.ofMinutes(10))
            .build();
    private static final KeySpec PLAIN =
            KeySpec.builder("nightly backup").role("download_only").build();
    private static final int FRAMES_SHOWN = 6;

    private final PrintStream out;
    private final InMemoryApiKeyStore store = new InMemoryApiKeyStore();

    private IncidentReplay(PrintStream out) {
        this.out = out;
    }

    /**
     * Prints the replay. Threads that hang are daemons, so the JVM exits nevertheless.
     *
     * @param args none
     * @throws InterruptedException if it is interrupted
     */
    public static void main(String[] args) throws InterruptedException {
        replay(System.out);
        DeadlockShapes.show(System.out);
    }

    static void replay(PrintStream out) throws InterruptedException {
        IncidentReplay replay = new IncidentReplay(out);
        String secret = replay.asItWas();
        replay.withTimeout(secret);
        replay.withSoundVault(secret);
        out.println();
    }

    /** The creation never returns; the watch reports where it hangs. */
    private String asItWas() throws InterruptedException {
        out.println("1. As it was: a vault that takes its own lock twice");
        BlockingQueue<String> told = new ArrayBlockingQueue<>(10);
        ApiKeyManager keys = ApiKeys.builder(store)
                .handOff(new SelfLockingVault())
                .stallThreshold(THRESHOLD)
                .listener(event -> told.offer(event.type() + ": " + event.detail()))
                .build();
        CreatedKey plain = keys.create(PLAIN);
        String created = told.poll(10, TimeUnit.SECONDS);
        Thread request = new Thread(() -> keys.create(WITH_HAND_OFF), "http-worker-7");
        request.setDaemon(true);
        request.start();
        out.println("   event   " + created + "of the key without a hand-off");
        out.println("   create with a hand-off, on the thread http-worker-7 ... does not return");
        out.println("   event   " + told.poll(10, TimeUnit.SECONDS));
        show(keys.stalls());
        out.println("   verify  " + verify(keys, plain) + ", as before: nothing else hangs");
        out.println();
        return plain.secret().reveal();
    }

    private void show(List<Stall> stalls) {
        for (Stall stall : stalls) {
            out.println("   stall   operation " + stall.operation() + ", step " + stall.step() + ", thread "
                    + stall.thread());
            stall.stack().stream()
                    .filter(frame -> !frame.getClassName().startsWith("jdk.internal"))
                    .limit(FRAMES_SHOWN)
                    .forEach(frame ->
                            out.println("             at " + frame.getClassName() + "." + frame.getMethodName()));
        }
    }

    /** The caller returns in time and learns what is known. */
    private void withTimeout(String secret) {
        out.println("2. The same vault, with an operation timeout of " + TIMEOUT.toMillis() + " ms");
        ApiKeyManager keys = ApiKeys.builder(store)
                .handOff(new SelfLockingVault())
                .operationTimeout(TIMEOUT)
                .build();
        try {
            keys.create(WITH_HAND_OFF);
        } catch (StorageException e) {
            out.println("   create  StorageException: " + e.getMessage());
            out.println("           outcomeUnknown " + e.outcomeUnknown() + ", key id in the exception: "
                    + e.keyId().isPresent());
        }
        out.println("   verify  "
                + keys.verify(secret, Access.permission("download")).code() + ", meanwhile");
        out.println("   create  " + keys.create(PLAIN).key().status() + ", without a hand-off");
        out.println();
    }

    /** A correct vault on the same keys: nothing was lost. */
    private void withSoundVault(String secret) {
        out.println("3. A sound vault on the same keys");
        try (ApiKeyManager keys =
                ApiKeys.builder(store).handOff(new InMemoryTempKeyStore()).build()) {
            out.println(
                    "   list    " + keys.list(KeyQuery.all()).items().size() + " keys: those whose create returned");
            out.println("   verify  " + keys.verify(secret).code());
            CreatedKey handedOff = keys.create(WITH_HAND_OFF);
            String ticket = handedOff.handOff().orElseThrow().ticket().reveal();
            String claimed =
                    keys.vault().claim(ticket).claimedSecret().orElseThrow().reveal();
            out.println("   create  with a hand-off, claimed, verified: "
                    + keys.verify(claimed).code());
        }
    }

    private static String verify(ApiKeyManager keys, CreatedKey key) {
        return keys.verify(key.secret().reveal()).code().name();
    }
}
