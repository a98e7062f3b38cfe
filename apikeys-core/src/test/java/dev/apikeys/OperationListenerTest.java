package dev.apikeys;

import static dev.apikeys.Service.assertCode;
import static dev.apikeys.Service.spec;
import static dev.apikeys.Service.specWithHandOff;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.apikeys.OperationListener.Outcome;
import dev.apikeys.Verification.Code;
import dev.apikeys.spi.StorageException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How operations and their host calls ended is told on the thread that made them; a listener that fails changes nothing. */
class OperationListenerTest {
    private final Service service = new Service();
    private final List<String> told = new ArrayList<>();
    private final List<Long> took = new ArrayList<>();
    private final ApiKeyManager keys = service.start(service.builder().operationListener(this::note));

    @AfterEach
    void close() {
        service.close();
    }

    private void note(String operation, @Nullable String step, Outcome outcome, long nanos) {
        if (!operation.startsWith("event ")) { // These come on the threads of listeners of events.
            told.add(operation + " " + step + " " + outcome);
            took.add(nanos);
        }
    }

    private void assertTold(Runnable what, String... expected) {
        told.clear();
        try {
            what.run();
        } catch (RuntimeException failed) {
            // How it ended is told, which is what is looked at.
        }
        assertThat(told).containsExactly(expected);
    }

    @Test
    void eachHostCallIsReportedAndThenTheOperation() {
        List<CreatedKey> made = new ArrayList<>();
        assertTold(
                () -> made.add(keys.create(specWithHandOff())),
                "create vault.insert OK",
                "create store.write OK",
                "create null OK");
        KeyId id = made.get(0).id();
        String ticket = made.get(0).handOff().orElseThrow().ticket().reveal();

        assertTold(() -> keys.find(id), "find store.find OK", "find null OK");
        assertTold(() -> keys.list(KeyQuery.all()), "list store.list OK", "list null OK");
        assertTold(() -> keys.count(KeyQuery.all(), 1), "count store.list OK", "count null OK");
        assertTold(() -> keys.journal(JournalQuery.all()), "journal store.journal OK", "journal null OK");
        assertTold(
                () -> keys.vault().claim(ticket),
                "vault.claim vault.find OK",
                "vault.claim vault.settle OK",
                "vault.claim null OK");
        assertTold(
                () -> keys.revoke(id, "x"),
                "revoke store.find OK",
                "revoke store.write OK",
                "revoke vault.discard OK",
                "revoke null OK");
    }

    @Test
    void aRefusalAFullVaultAFailureAndAnUnknownOutcomeAreDistinguished() {
        CreatedKey created = keys.create(spec());
        KeyId missing = KeyId.random();
        assertTold(() -> keys.revoke(missing, "x"), "revoke store.find OK", "revoke null REFUSED");
        KeySpec again = KeySpec.builder("x").role("admin").id(created.id()).build();
        assertTold(() -> keys.create(again), "create store.write REFUSED", "create null REFUSED");
        service.temp.maxLive = 0;
        assertTold(() -> keys.create(specWithHandOff()), "create vault.insert FULL", "create null FULL");
        assertTold(
                () -> keys.vault().put(created.id(), created.secret(), Duration.ofMinutes(1)),
                "vault.put vault.insert FULL",
                "vault.put null FULL");

        service.store.hooks.before("write", Hooks.throwing(() -> new StorageException("down", null)));
        assertTold(() -> keys.create(spec()), "create store.write FAILED", "create null FAILED");
        service.store.hooks.before("write", Hooks.throwing(() -> new StorageException("lost", null, true, null)));
        assertTold(() -> keys.create(spec()), "create store.write UNKNOWN", "create null UNKNOWN");
        service.store.hooks.before("find", Hooks.throwing(() -> new IllegalStateException("broken")));
        assertTold(() -> keys.find(missing), "find store.find FAILED", "find null FAILED");
        assertThat(told).noneMatch(line -> line.contains("down") || line.contains("lost"));
    }

    @Test
    void aVerificationIsReportedWhenItCallsTheStoreAndNeverWhenItIsWarm() {
        String secret = keys.create(spec()).secret().reveal();
        assertTold(() -> assertCode(keys.verify(secret), Code.VALID), "verify store.find OK", "verify null OK");

        assertTold(() -> {
            for (int i = 0; i < 3; i++) {
                assertCode(keys.verify(secret), Code.VALID);
                assertCode(keys.verify(secret, Access.permission("admin")), Code.INSUFFICIENT_PERMISSIONS);
                assertCode(keys.verify("sk_x"), Code.MALFORMED);
                assertCode(keys.verify(" "), Code.MISSING);
            }
        });

        service.time.pass(Duration.ofSeconds(5));
        service.store.hooks.before("find", Hooks.throwing(() -> new StorageException("down", null)));
        assertTold(
                () -> assertCode(keys.verify(secret), Code.STORE_UNAVAILABLE),
                "verify store.find FAILED",
                "verify null FAILED");
    }

    @Test
    void theTimeIsThatOfTheTicker() {
        service.store.hooks.before("find", () -> service.time.pass(Duration.ofMillis(30)));
        took.clear();

        keys.find(KeyId.random());

        assertThat(took).containsExactly(30_000_000L, 30_000_000L);
    }

    @Test
    void aListenerThatThrowsKeepsNoEventFromOthersAndIsLoggedUpToARate() {
        try (CapturedLog log = new CapturedLog()) {
            ApiKeyManager manager = service.start(service.builder()
                    .operationListener((operation, step, outcome, nanos) -> {
                        throw new IllegalStateException("the listener is broken");
                    })
                    .operationListener((operation, step, outcome, nanos) -> {
                        throw new NoClassDefFoundError("org/example/Missing");
                    })
                    .operationListener(this::note));

            assertTold(() -> manager.create(spec()), "create store.write OK", "create null OK");
            assertThatExceptionOfType(KeyNotFoundException.class).isThrownBy(() -> manager.revoke(KeyId.random(), "x"));

            assertThat(log.lines("An operation listener failed")).hasSize(1).allMatch(line -> line.contains("WARN"));
            assertThat(log.text()).doesNotContain("the listener is broken");
        }
    }

    @Test
    void aCallWithAnInvalidAnswerIsReportedAsFailed() {
        for (String method : List.of("list", "journal", "changes", "purge", "purgeJournal")) {
            ApiKeyManager mad =
                    service.start(service.builderOn(FaultyAnswers.of(service.store, method, arguments -> null))
                            .retention(Duration.ofDays(1))
                            .operationListener(this::note));
            told.clear();
            for (Runnable call : List.<Runnable>of(
                    () -> mad.list(KeyQuery.all()),
                    () -> mad.journal(JournalQuery.all()),
                    () -> Objects.requireNonNull(((DefaultApiKeyManager) mad).parts.feed)
                            .poll(),
                    mad::maintain)) {
                try {
                    call.run();
                } catch (StorageException failed) {
                    // That of the method that answers null.
                }
            }
            assertThat(told)
                    .filteredOn(each -> each.contains(" store." + method + " "))
                    .as(method)
                    .isNotEmpty()
                    .allMatch(each -> !each.endsWith(" OK"));
        }
    }
}
