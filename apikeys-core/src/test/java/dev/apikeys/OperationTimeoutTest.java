package dev.apikeys;

import static dev.apikeys.Service.assertCode;
import static dev.apikeys.Service.eventually;
import static dev.apikeys.Service.spec;
import static dev.apikeys.Service.specWithHandOff;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.apikeys.Verification.Code;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.KeyStatus;
import dev.apikeys.spi.StorageException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * With an operation timeout every caller is back, whatever a host object does. Where nothing but a hanging call is waited
 * for, the timeout is short; the ticker stands still, so that no cached record ends by its age.
 */
@Timeout(30)
class OperationTimeoutTest {
    private static final Duration SHORT = Duration.ofMillis(250);
    private static final Duration AMPLE = Duration.ofSeconds(15);

    private final Service service = new Service();
    private final ApiKeyManager direct = service.start();
    private final ApiKeyManager keys = service.start(service.builder().operationTimeout(SHORT));
    private final CreatedKey existing = direct.create(specWithHandOff());
    private final KeyId id = existing.id();
    private final String secret = existing.secret().reveal();

    @AfterEach
    void close() {
        service.close();
    }

    /** The first call starts threads and loads classes. */
    @BeforeEach
    void warmUp() {
        eventually()
                .ignoreExceptionsInstanceOf(StorageException.class)
                .until(() -> keys.find(id).isPresent());
    }

    private Hold hangIn(Hooks hooks, String step) {
        Hold hold = service.hold();
        hooks.before(step, hold);
        return hold;
    }

    @Test
    void aWriteThatHangsBringsTheCallerBackWithAnUnknownOutcome() {
        Hold hold = hangIn(service.store.hooks, "write");

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> keys.create(spec()))
                .withMessageContaining("create")
                .withMessageContaining("store.write")
                .withMessageContaining("unknown outcome")
                .satisfies(e -> assertThat(e.outcomeUnknown()).isTrue())
                .satisfies(e -> {
                    hold.release();
                    KeyId late = KeyId.of(e.keyId().orElseThrow());
                    eventually().until(() -> direct.find(late).isPresent());
                });
        hangIn(service.store.hooks, "write");
        for (Runnable change : List.<Runnable>of(() -> keys.rotate(id, Rotation.immediate()), () -> keys.disable(id))) {
            assertThatExceptionOfType(StorageException.class)
                    .isThrownBy(change::run)
                    .withMessageContaining("store.write")
                    .satisfies(e -> assertThat(e.outcomeUnknown()).isTrue());
        }
    }

    @Test
    void aReadThatHangsBringsTheCallerBackAndWroteNothing() {
        hangIn(service.store.hooks, "find");
        hangIn(service.store.hooks, "list");

        for (Runnable read : List.<Runnable>of(() -> keys.find(id), () -> keys.list(KeyQuery.all()))) {
            assertThatExceptionOfType(StorageException.class)
                    .isThrownBy(read::run)
                    .satisfies(e -> assertThat(e.outcomeUnknown()).isFalse());
        }
    }

    @Test
    void aListThatHangsBringsEveryCallerBack() {
        hangIn(service.store.hooks, "list");

        for (Runnable listing : List.<Runnable>of(
                () -> keys.count(KeyQuery.all(), 10),
                () -> keys.revokeAll(KeyQuery.all(), "x"),
                () -> keys.permissionRepair().inspect(KeyQuery.all()))) {
            assertThatExceptionOfType(StorageException.class)
                    .isThrownBy(listing::run)
                    .withMessageContaining("store.list");
        }
        assertThat(service.store.row(id.value()).revokedAt()).isNull();
    }

    @Test
    void aDiscardThatHangsBringsTheCallerBackAndKeepsNoChangeWaiting() {
        Hold hold = service.hold();
        AtomicBoolean ended = new AtomicBoolean();
        service.temp.hooks.before("discard", () -> {
            try {
                hold.run();
            } finally {
                ended.set(true);
            }
        });

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> keys.vault().discard(id))
                .withMessageContaining("vault.discard")
                .satisfies(e -> assertThat(e.outcomeUnknown()).isTrue());
        assertThat(keys.revoke(id, "leaked").status()).isEqualTo(KeyStatus.REVOKED);
        assertThat(ended).as("the hand-offs are discarded").isFalse();
    }

    @Test
    void aVerificationWhoseStoreHangsIsUnavailableAndNeverValid() {
        hangIn(service.store.hooks, "find");

        assertCode(keys.verify(secret), Code.STORE_UNAVAILABLE);
    }

    @Test
    void aCachedRecordBridgesAStoreThatHangs() {
        ApiKeyManager ample = service.start(service.builder().operationTimeout(AMPLE));
        assertCode(ample.verify(secret), Code.VALID);
        hangIn(service.store.hooks, "find");

        assertCode(ample.verify(secret), Code.VALID);
    }

    @Test
    void anAuthorizerThatHangsIsADenial() {
        Hold hold = service.hold();
        ApiKeyManager guarded = service.start(
                service.builder().operationTimeout(Duration.ofMillis(400)).authorizer((granted, resource, action) -> {
                    hold.run();
                    return true;
                }));
        String guardedSecret = direct.create(spec()).secret().reveal();
        eventually().until(() -> guarded.verify(guardedSecret).code() == Code.VALID);

        Verification verification = guarded.verify(guardedSecret, Access.resource("/", "GET"));

        assertCode(verification, Code.AUTHORIZER_FAILED);
        assertThat(verification.httpStatus()).isEqualTo(503);
    }

    @Test
    void whatHangsInOneStoreStopsNeitherTheOtherNorOtherCalls() throws Exception {
        ApiKeyManager ample = service.start(service.builder().operationTimeout(AMPLE));
        Hold hold = hangIn(service.store.hooks, "write");

        CompletableFuture<CreatedKey> hanging = OwnThread.supply(() -> ample.create(spec()));
        hold.awaitSomebody();
        assertThat(ample.vault().handOffStatus(id)).isInstanceOf(TempKeyVault.Status.Waiting.class);
        assertThat(ample.find(id)).isPresent();
        assertCode(ample.verify(secret), Code.VALID);
        hold.release();

        assertThat(hanging.get(20, TimeUnit.SECONDS).id()).isNotNull();
    }

    @Test
    void aLateWriteStillEndsWhatIsCached() {
        ApiKeyManager ample = service.start(service.builder().operationTimeout(AMPLE));
        ApiKeyManager longLived =
                service.start(service.builder().operationTimeout(SHORT).cacheMaxAge(Duration.ofHours(1)));
        assertCode(ample.verify(secret), Code.VALID);
        eventually().until(() -> longLived.verify(secret).code() == Code.VALID);
        Hold hold = hangIn(service.store.hooks, "write");
        assertThatExceptionOfType(StorageException.class).isThrownBy(() -> longLived.revoke(id, "leaked"));
        assertCode(longLived.verify(secret), Code.VALID);
        hold.release();

        // The ticker stands still: only the stamps of the late write can end the record.
        eventually().until(() -> longLived.verify(secret).code() == Code.REVOKED);
    }

    @Test
    void aLateCreateStillEndsAKnownAbsence() {
        ApiKeyManager ample = service.start(
                service.builder().operationTimeout(Duration.ofMillis(400)).cacheMaxAge(Duration.ofHours(1)));
        direct.delete(id);
        eventually().until(() -> ample.verify(secret).code() == Code.UNKNOWN);
        Hold hold = hangIn(service.store.hooks, "write");
        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() ->
                        ample.create(KeySpec.builder("x").role("admin").id(id).build()));
        hold.release();

        eventually().until(() -> ample.verify(secret).code() == Code.SECRET_MISMATCH);
    }

    @Test
    void aHandOffThatHangsCreatesNoKeyAndIsTakenBackWhenItEnds() {
        for (Runnable create : List.<Runnable>of(
                () -> keys.create(specWithHandOff()), () -> keys.createAll(List.of(spec(), specWithHandOff())))) {
            Hold hold = hangIn(service.temp.hooks, "insert");
            service.temp.hooks.forgetCalls();

            assertThatExceptionOfType(StorageException.class)
                    .isThrownBy(create::run)
                    .withMessageStartingWith("No key was created: create")
                    .withMessageEndingWith(" did not end in time in vault.insert")
                    .withCauseInstanceOf(StorageException.class)
                    .satisfies(e -> assertThat(e.outcomeUnknown()).isFalse());
            eventually().until(() -> service.temp.hooks.calls("remove") == 1);
            hold.release();

            eventually().until(() -> service.temp.hooks.calls("remove") == 2);
            eventually().until(() -> service.temp.waiting().size() == 1);
        }
        assertThat(service.store.rows()).hasSize(1);
        assertThat(direct.vault().handOffStatus(id))
                .as("the hand-off of another key")
                .isInstanceOf(TempKeyVault.Status.Waiting.class);
    }

    /** The first one's insert into the vault ends when the second one has been answered. */
    @Test
    void aRepeatedCreateKeepsItsHandOffWithAnyOutcomeOfTheFirst() {
        KeySpec spec = KeySpec.builder("x")
                .role("admin")
                .id(KeyId.random())
                .handOff(Duration.ofHours(1))
                .build();
        Hold hold = hangIn(service.temp.hooks, "insert");
        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> keys.create(spec))
                .withMessageContaining("No key was created");
        service.temp.hooks.clear();
        CreatedKey second = direct.create(spec);
        service.temp.hooks.forgetCalls();
        hold.release();

        eventually().until(() -> service.temp.hooks.calls("remove") >= 1);
        assertThat(direct.vault().claim(second.handOff().orElseThrow().ticket().reveal()))
                .isInstanceOf(ClaimResult.Claimed.class);
    }

    @Test
    void aLateHandOffOfAnExistingKeyLeavesItsOtherHandOffsAlone() {
        Hold hold = hangIn(service.temp.hooks, "insert");

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> keys.vault().put(id, existing.secret(), Duration.ofHours(1)))
                .satisfies(e -> assertThat(e.outcomeUnknown()).isTrue());
        hold.release();

        eventually()
                .until(() -> service.temp.hooks.calls("remove") == 2
                        && service.temp.rows().size() == 1);
        assertThat(direct.vault()
                        .claim(existing.handOff().orElseThrow().ticket().reveal()))
                .isInstanceOf(ClaimResult.Claimed.class);
    }

    @Test
    void takingBackAHandOffBlocksNoCaller() {
        ApiKeyManager ample = service.start(service.builder().operationTimeout(AMPLE));
        Hold hold = hangIn(service.temp.hooks, "remove");
        service.store.hooks.before("write", Hooks.throwing(() -> new StorageException("down", null)));

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> ample.create(specWithHandOff()))
                .withMessageContaining("down");
        service.store.hooks.clear();
        assertThat(ample.revoke(id, "x").revokedReason()).isEqualTo("x");
        hold.awaitSomebody();
    }

    @Test
    void whatFailsBehindTheCallerIsLogged() {
        service.temp.hooks.before("discard", Hooks.throwing(() -> new StorageException("down", null)));

        try (CapturedLog log = new CapturedLog()) {
            assertThat(keys.disable(id).status()).isEqualTo(KeyStatus.DISABLED);
            eventually().until(() -> log.lines("could not be discarded").size() == 1);
            assertThat(log.text()).doesNotContain("Exception in thread");
        }
    }

    @Test
    void aClaimThatHangsRevealsNothing() {
        hangIn(service.temp.hooks, "settle");

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> keys.vault()
                        .claim(existing.handOff().orElseThrow().ticket().reveal()))
                .satisfies(e -> assertThat(e.keyId()).isEmpty());
    }

    @Test
    void allStepsOfAnOperationShareOneDeadline() {
        ApiKeyManager ample = service.start(service.builder().operationTimeout(AMPLE));
        service.temp.hooks.after("insert", Hooks.once(() -> service.time.pass(AMPLE)));
        service.store.hooks.forgetCalls();

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> ample.create(specWithHandOff()))
                .withMessageContaining("before store.write was begun")
                .satisfies(e -> assertThat(e.outcomeUnknown()).isFalse());
        assertThat(service.store.hooks.calls()).isEmpty();
        eventually().until(() -> service.temp.waiting().size() == 1);

        ApiKeyManager guarded = service.start(
                service.builder().operationTimeout(AMPLE).authorizer((granted, resource, action) -> true));
        service.store.hooks.after("find", Hooks.once(() -> service.time.pass(AMPLE)));
        assertCode(guarded.verify(secret, Access.resource("/", "GET")), Code.AUTHORIZER_FAILED);
    }

    @Test
    void allStepsOfAChangeOrAClaimShareOneDeadline() {
        ApiKeyManager ample = service.start(service.builder().operationTimeout(AMPLE));
        String ticket = existing.handOff().orElseThrow().ticket().reveal();
        Map<String, Runnable> operations = Map.of(
                "update", () -> ample.update(id, KeyUpdate.builder().name("x").build()),
                "revoke", () -> ample.revoke(id, "x"),
                "rotate", () -> ample.rotate(id, Rotation.immediate()),
                "delete", () -> ample.delete(id),
                "vault.claim", () -> ample.vault().claim(ticket));
        operations.forEach((name, operation) -> {
            service.store.hooks.after("find", Hooks.once(() -> service.time.pass(AMPLE)));
            service.temp.hooks.after("find", Hooks.once(() -> service.time.pass(AMPLE)));

            assertThatExceptionOfType(StorageException.class)
                    .as(name)
                    .isThrownBy(operation::run)
                    .withMessageContaining("was begun: nothing of it was done");
        });
        assertThat(service.store.hooks.calls("write"))
                .as("the create of the first key")
                .isOne();
        assertThat(service.store.hooks.calls("delete")).isZero();
        assertThat(service.temp.hooks.calls("remove")).isZero();
    }

    @Test
    void whenAllWorkersHangACallIsNotBegunAndNeverWillBe() throws Exception {
        Hold hold = service.hold();
        CountDownLatch hanging = new CountDownLatch(64);
        service.store.hooks.before("list", () -> {
            hanging.countDown();
            hold.run();
        });
        ApiKeyManager ample = service.start(service.builder().operationTimeout(AMPLE));
        ExecutorService callers = Executors.newFixedThreadPool(64);
        try {
            List<Future<?>> calls = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                calls.add(callers.submit(() -> ample.list(KeyQuery.all())));
            }
            Hold.await(hanging);
            KeyId never = KeyId.random();
            KeySpec spec = KeySpec.builder("x").role("admin").id(never).build();
            // The caller of this one is interrupted instead of waiting for the time to be over.
            Thread.currentThread().interrupt();
            assertThatExceptionOfType(StorageException.class)
                    .isThrownBy(() -> ample.create(spec))
                    .withMessageContaining("before store.write was begun")
                    .satisfies(e -> assertThat(e.outcomeUnknown()).isFalse())
                    .satisfies(e -> assertThat(e.keyId()).contains(never.value()));
            assertThat(Thread.interrupted()).as("the interrupt is kept").isTrue();
            assertThat(ample.vault().handOffStatus(id))
                    .as("another host object goes on")
                    .isInstanceOf(TempKeyVault.Status.Waiting.class);
            hold.release();
            for (Future<?> call : calls) {
                call.get(20, TimeUnit.SECONDS);
            }
            assertThat(ample.find(never)).isEmpty();
            assertThat(service.store.hooks.calls("write")).isOne();
        } finally {
            callers.shutdown();
        }
    }

    @Test
    void aCallThatWaitsForAWorkerBeyondItsTimeIsNotBegun() throws Exception {
        Hold hold = service.hold();
        CountDownLatch hanging = new CountDownLatch(64);
        service.store.hooks.before("list", () -> {
            hanging.countDown();
            hold.run();
        });
        ApiKeyManager bounded = service.start(service.builder().operationTimeout(Duration.ofMillis(400)));
        ExecutorService callers = Executors.newFixedThreadPool(64);
        try {
            for (int i = 0; i < 64; i++) {
                callers.execute(() -> {
                    while (hanging.getCount() > 0) {
                        try {
                            bounded.list(KeyQuery.all());
                        } catch (StorageException late) {
                            // Workers are started until all of them hang.
                        }
                    }
                });
            }
            Hold.await(hanging);
            assertThatExceptionOfType(StorageException.class)
                    .isThrownBy(() -> bounded.revoke(id, "x"))
                    .withMessageContaining("before store.find was begun");
            assertCode(bounded.verify(secret), Code.STORE_UNAVAILABLE);
            hold.release();
        } finally {
            callers.shutdown();
            assertThat(callers.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void anInterruptedCallerComesBackAndTheCallGoesOnUninterrupted() {
        ApiKeyManager ample = service.start(service.builder().operationTimeout(AMPLE));
        Hold hold = service.hold();
        Thread caller = Thread.currentThread();
        service.store.hooks.before("write", () -> {
            caller.interrupt();
            hold.run();
        });

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> ample.revoke(id, "leaked"))
                .withMessageContaining("interrupted")
                .satisfies(e -> assertThat(e.outcomeUnknown()).isTrue());
        assertThat(Thread.interrupted()).isTrue();
        hold.release();
        eventually().until(() -> ample.verify(secret).code() == Code.REVOKED);
    }

    @Test
    void resultsAndExceptionsPassAsWithoutATimeout() {
        ApiKeyManager ample = service.start(service.builder().operationTimeout(AMPLE));
        KeySpec spec = KeySpec.builder("x").role("admin").id(KeyId.random()).build();
        ample.create(spec);

        assertThatExceptionOfType(KeyExistsException.class).isThrownBy(() -> ample.create(spec));
        assertThatExceptionOfType(KeyNotFoundException.class).isThrownBy(() -> ample.disable(KeyId.random()));
        IllegalStateException broken = new IllegalStateException("broken");
        service.store.hooks.before("write", Hooks.throwing(() -> broken));
        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> ample.disable(id))
                .withCause(broken)
                .satisfies(e -> assertThat(e.outcomeUnknown()).isTrue());
    }
}
