package dev.apikeys;

import static dev.apikeys.Service.assertCode;
import static dev.apikeys.Service.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.apikeys.Verification.Code;
import dev.apikeys.spi.KeyStatus;
import dev.apikeys.spi.StorageException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A cached record never outlives a write of this manager, nor its age; and it carries verification over an outage. */
class CacheTest {
    private static final Duration MAX_AGE = Duration.ofSeconds(5);
    private static final Duration RELOAD_AGE = Duration.ofSeconds(4);
    private static final Duration MOMENT = Duration.ofNanos(1);

    private final Service service = new Service();
    private final ApiKeyManager keys = service.start();
    private final CreatedKey created = keys.create(spec());
    private final KeyId id = created.id();
    private final String secret = created.secret().reveal();

    @AfterEach
    void close() {
        service.close();
    }

    private long finds() {
        return service.store.hooks.calls("find");
    }

    private void warmUp() {
        assertCode(keys.verify(secret), Code.VALID);
        service.store.hooks.forgetCalls();
    }

    private void storeIsDown() {
        service.store.hooks.before("find", Hooks.throwing(() -> new StorageException("down", null)));
    }

    private static StorageException unknownOutcome() {
        return new StorageException("answer lost", null, true, null);
    }

    @Test
    void aWarmVerificationMakesNoHostCall() {
        warmUp();

        for (int i = 0; i < 100; i++) {
            assertCode(keys.verify(secret, Access.permission("read")), Code.VALID);
        }

        assertThat(service.store.hooks.calls()).isEmpty();
        assertThat(keys.stats().cacheHits()).isEqualTo(100);
        assertThat(keys.stats().cacheMisses()).isOne();
    }

    /** Somebody else's write is in the store, and has not returned to the manager, which would end the cached record. */
    private void whileItsAnswerIsOnTheWay(String write, Runnable first, Runnable second) {
        service.store.hooks.before(write, Hooks.once(() -> assertCode(keys.verify(secret), Code.VALID)));
        service.store.hooks.after(write, Hooks.once(second));
        first.run();
    }

    @Test
    void afterADeleteThatFoundNothingLeftTheKeyIsUnknown() {
        whileItsAnswerIsOnTheWay("delete", () -> keys.delete(id), () -> {
            assertThat(keys.delete(id)).isFalse();
            assertCode(keys.verify(secret), Code.UNKNOWN);
        });
    }

    @Test
    void afterARevokeThatFoundTheKeyRevokedItIs() {
        whileItsAnswerIsOnTheWay("write", () -> keys.revoke(id, "first"), () -> {
            assertThat(keys.revoke(id, "second").revokedReason()).isEqualTo("first");
            assertCode(keys.verify(secret), Code.REVOKED);
        });
    }

    @Test
    void afterARotationThatWasRefusedSinceAnotherOneWonTheKeyIsRevoked() {
        whileItsAnswerIsOnTheWay("write", () -> keys.rotate(id, Rotation.immediate()), () -> {
            assertThatExceptionOfType(ConflictException.class).isThrownBy(() -> keys.rotate(id, Rotation.immediate()));
            assertCode(keys.verify(secret), Code.REVOKED);
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void afterARevokeAllThatFoundTheKeyRevokedByAnotherNodeItIs(boolean listed) {
        ApiKeyManager otherNode = service.start();
        warmUp();
        otherNode.revoke(id, "elsewhere");

        KeyQuery query = listed ? KeyQuery.all() : KeyQuery.all().status(KeyStatus.ACTIVE);
        assertThat(keys.revokeAll(query, "here")).isZero();

        assertCode(keys.verify(secret), Code.REVOKED);
    }

    @Test
    void afterARepairByAnotherNodeTheListCounts() {
        service.edit(id, "permissions", "read,upload");
        assertCode(keys.verify(secret, Access.permission("upload")), Code.VALID);
        service.start().permissionRepair().set(id, Set.of("read"));

        assertThat(keys.permissionRepair().apply(KeyQuery.all()).items()).isEmpty();

        assertCode(keys.verify(secret, Access.permission("upload")), Code.INSUFFICIENT_PERMISSIONS);
    }

    @Test
    void afterADisableThatFoundTheKeyDisabledByAnotherNodeItIs() {
        ApiKeyManager otherNode = service.start();
        warmUp();
        otherNode.disable(id);

        assertThat(keys.disable(id).status()).isEqualTo(KeyStatus.DISABLED);

        assertCode(keys.verify(secret), Code.DISABLED);
    }

    @Test
    void afterADeleteThatFoundNothingLeftAKeyOfAForeignFormatIsUnknownToo() {
        ApiKeyManager accepting = service.start(service.builder().alsoAccept(KeyFormat.sha64Hex()));
        String foreign = "sk_" + "ab".repeat(32);
        service.edit(id, "lookup", Pepper.hasher(null, List.of()).lookup(foreign.getBytes(StandardCharsets.US_ASCII)));
        service.edit(id, "hash", Pepper.hasher(null, List.of()).store(foreign.getBytes(StandardCharsets.US_ASCII)));
        service.store.hooks.before("delete", Hooks.once(() -> assertCode(accepting.verify(foreign), Code.VALID)));
        service.store.hooks.after("write", Hooks.once(() -> {
            assertThat(accepting.delete(id)).isFalse();
            assertCode(accepting.verify(foreign), Code.UNKNOWN);
        }));
        assertThat(accepting.delete(id)).isTrue();
    }

    @Test
    void theStatusOfACachedRecordIsTakenNow() {
        ApiKeyManager longLived = service.start(service.builder().cacheMaxAge(Duration.ofHours(1)));
        CreatedKey mortal = longLived.create(KeySpec.builder("x")
                .role("admin")
                .expiresIn(Duration.ofSeconds(10))
                .build());
        assertCode(longLived.verify(mortal.secret().reveal()), Code.VALID);
        service.store.hooks.forgetCalls();

        service.time.pass(Duration.ofSeconds(10));

        assertCode(longLived.verify(mortal.secret().reveal()), Code.EXPIRED);
        assertThat(finds()).isZero();
    }

    @Test
    void everyWriteEndsWhatIsCachedOfItsKey() {
        warmUp();
        keys.disable(id);
        assertCode(keys.verify(secret), Code.DISABLED);
        keys.enable(id);
        assertCode(keys.verify(secret), Code.VALID);
        keys.update(id, KeyUpdate.builder().permissions(Set.of()).build());
        assertCode(keys.verify(secret, Access.permission("read")), Code.INSUFFICIENT_PERMISSIONS);
        keys.permissionRepair().set(id, Set.of("read"));
        assertCode(keys.verify(secret, Access.permission("read")), Code.VALID);
        keys.rotate(id, Rotation.immediate());
        assertCode(keys.verify(secret), Code.REVOKED);
        keys.delete(id);
        assertCode(keys.verify(secret), Code.UNKNOWN);
    }

    @Test
    void aRepairEndsWhatIsCached() {
        service.edit(id, "permissions", "READ,");
        service.edit(id, "role", null);
        assertCode(keys.verify(secret, Access.permission("read")), Code.INSUFFICIENT_PERMISSIONS);

        keys.permissionRepair().apply(KeyQuery.all());

        assertCode(keys.verify(secret, Access.permission("read")), Code.VALID);
    }

    @Test
    void aRevocationOfManyEndsWhatIsCachedOfEach() {
        List<CreatedKey> many = keys.createAll(Collections.nCopies(50, spec()));
        many.forEach(key -> assertCode(keys.verify(key.secret().reveal()), Code.VALID));

        keys.revokeAll(KeyQuery.all(), "x");

        many.forEach(key -> assertCode(keys.verify(key.secret().reveal()), Code.REVOKED));
    }

    @Test
    void aWriteWhoseAnswerIsLostEndsWhatIsCachedToo() {
        for (Runnable lost : List.of(
                Hooks.throwing(CacheTest::unknownOutcome),
                Hooks.throwing(() -> new IllegalStateException("broken driver")),
                (Runnable) () -> {
                    throw new StackOverflowError();
                })) {
            warmUp();
            service.store.hooks.after("write", lost);
            assertThatExceptionOfType(StorageException.class).isThrownBy(() -> keys.disable(id));
            service.store.hooks.clear();
            assertCode(keys.verify(secret), Code.DISABLED);
            keys.enable(id);
        }
        service.store.hooks.after("write", Hooks.throwing(CacheTest::unknownOutcome));
        warmUp();
        assertThatExceptionOfType(StorageException.class).isThrownBy(() -> keys.delete(id));
        assertCode(keys.verify(secret), Code.UNKNOWN);
    }

    @Test
    void aPurgeWhoseAnswerIsLostEndsWhatIsCachedToo() {
        ApiKeyManager purging =
                service.start(service.builder().retention(Duration.ofMillis(1)).cacheMaxAge(Duration.ofHours(1)));
        CreatedKey mortal = purging.create(KeySpec.builder("x")
                .role("admin")
                .expiresIn(Duration.ofSeconds(1))
                .build());
        service.time.pass(Duration.ofSeconds(2));
        assertCode(purging.verify(mortal.secret().reveal()), Code.EXPIRED);
        service.store.hooks.after("purge", Hooks.throwing(CacheTest::unknownOutcome));

        assertThatExceptionOfType(StorageException.class).isThrownBy(purging::maintain);

        assertCode(purging.verify(mortal.secret().reveal()), Code.UNKNOWN);
    }

    @Test
    void aRecordThatWasLoadedBeforeAWriteEndedIsNotKept() {
        service.store.hooks.after("find", Hooks.once(() -> {
            service.store.hooks.after("find", () -> {});
            keys.revoke(id, "while the verification holds the old row");
        }));

        keys.verify(secret);

        assertCode(keys.verify(secret), Code.REVOKED);
    }

    @Test
    void aKnownAbsenceIsCachedAndEndedByACreate() {
        keys.delete(id);
        assertCode(keys.verify(secret), Code.UNKNOWN);
        service.store.hooks.forgetCalls();
        assertCode(keys.verify(secret), Code.UNKNOWN);
        assertThat(finds()).isZero();

        CreatedKey again = keys.create(KeySpec.builder("x").role("admin").id(id).build());

        assertCode(keys.verify(again.secret().reveal()), Code.VALID);
        assertCode(keys.verify(secret), Code.SECRET_MISMATCH);
    }

    @Test
    void aKnownAbsenceIsAlsoEndedByACreateWhoseAnswerIsLost() {
        keys.delete(id);
        assertCode(keys.verify(secret), Code.UNKNOWN);
        service.store.hooks.after("write", Hooks.throwing(CacheTest::unknownOutcome));

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() ->
                        keys.create(KeySpec.builder("x").role("admin").id(id).build()));

        assertCode(keys.verify(secret), Code.SECRET_MISMATCH);
    }

    @Test
    void anAbsenceThatWasLoadedBeforeACreateEndedIsNotKept() {
        keys.delete(id);
        service.store.hooks.after(
                "find",
                Hooks.once(() ->
                        keys.create(KeySpec.builder("x").role("admin").id(id).build())));

        assertCode(keys.verify(secret), Code.UNKNOWN);
        assertCode(keys.verify(secret), Code.SECRET_MISMATCH);
    }

    @Test
    void createsEndNothingThatIsKnownToExist() {
        warmUp();

        for (int i = 0; i < 10; i++) {
            keys.createAll(Collections.nCopies(1_000, spec()));
        }

        assertCode(keys.verify(secret), Code.VALID);
        assertThat(finds()).isZero();
    }

    @Test
    void aRevocationOnAnotherNodeIsSeenWithinTheBound() {
        ApiKeyManager otherNode = service.start();
        warmUp();
        otherNode.revoke(id, "leaked");

        service.time.pass(RELOAD_AGE.minus(MOMENT));
        assertCode(keys.verify(secret), Code.VALID);
        service.time.pass(MOMENT);
        assertCode(keys.verify(secret), Code.REVOKED);
    }

    @Test
    void theAgeOfARecordCountsFromBeforeItsLoad() {
        service.store.hooks.after("find", Hooks.once(() -> service.time.pass(MAX_AGE)));
        assertCode(keys.verify(secret), Code.VALID);
        service.store.hooks.forgetCalls();
        storeIsDown();

        assertCode(keys.verify(secret), Code.STORE_UNAVAILABLE);
    }

    @Test
    void anOutageIsBridgedWithinTheBoundAndNotBeyond() {
        warmUp();
        storeIsDown();

        service.time.pass(MAX_AGE.minus(MOMENT));
        for (int i = 0; i < 3; i++) {
            assertCode(keys.verify(secret), Code.VALID);
        }
        assertThat(finds()).as("one caller tries to reload").isOne();
        service.time.pass(MOMENT);
        assertCode(keys.verify(secret), Code.STORE_UNAVAILABLE);

        service.store.hooks.clear();
        assertCode(keys.verify(secret), Code.VALID);
    }

    @Test
    void aRecordThatGrewTooOldWhileTheStoreFailedDoesNotCount() {
        warmUp();
        service.time.pass(RELOAD_AGE);
        service.store.hooks.before("find", () -> {
            service.time.pass(Duration.ofSeconds(30));
            throw new StorageException("timed out", null);
        });

        assertCode(keys.verify(secret), Code.STORE_UNAVAILABLE);
    }

    @Test
    void afterFourFifthsOfItsAgeOneCallerReloadsAndTheRestUseTheRecord() throws Exception {
        warmUp();
        service.time.pass(RELOAD_AGE);
        Hold hold = service.hold();
        service.store.hooks.before("find", hold);

        CompletableFuture<Verification> reloading = OwnThread.supply(() -> keys.verify(secret));
        hold.awaitSomebody();
        for (int i = 0; i < 10; i++) {
            assertCode(keys.verify(secret), Code.VALID);
            assertThat(finds()).isOne();
        }
        hold.release();

        assertCode(reloading.get(20, TimeUnit.SECONDS), Code.VALID);
        service.time.pass(RELOAD_AGE.minus(MOMENT));
        assertCode(keys.verify(secret), Code.VALID);
        assertThat(finds()).as("the reload renewed the age").isOne();
    }

    @Test
    void withAMaximumAgeOfZeroEveryVerificationAsksTheStore() {
        ApiKeyManager uncached = service.start(service.builder().cacheMaxAge(Duration.ZERO));
        service.store.hooks.forgetCalls();

        assertCode(uncached.verify(secret), Code.VALID);
        keys.revoke(id, "on another node");
        assertCode(uncached.verify(secret), Code.REVOKED);
        storeIsDown();
        assertCode(uncached.verify(secret), Code.STORE_UNAVAILABLE);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 50})
    void theCacheIsBoundedInNumber(int size) {
        ApiKeyManager small = service.start(service.builder().cacheSize(size));
        List<String> secrets = new ArrayList<>();
        small.createAll(Collections.nCopies(500, spec()))
                .forEach(key -> secrets.add(key.secret().reveal()));
        service.store.hooks.forgetCalls();

        for (int round = 0; round < 2; round++) {
            secrets.forEach(text -> assertCode(small.verify(text), Code.VALID));
        }

        assertThat(finds()).isGreaterThanOrEqualTo(1_000 - 2L * size);
    }

    @Test
    void aMismatchIsAnsweredFromTheCacheToo() {
        warmUp();
        String forged = new String(
                KeyFormat.Native.of("sk").secret(id.value(), new byte[32]), java.nio.charset.StandardCharsets.US_ASCII);

        assertCode(keys.verify(forged), Code.SECRET_MISMATCH);
        assertThat(finds()).isZero();
        assertCode(keys.verify(secret), Code.VALID);
    }
}
