package dev.apikeys;

import static dev.apikeys.Service.assertCode;
import static dev.apikeys.Service.eventually;
import static dev.apikeys.Service.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.apikeys.FaultyFinds.Find;
import dev.apikeys.Verification.Code;
import dev.apikeys.spi.StorageException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * While a store fails or hangs: a key is loaded by one caller for all, nobody waits beyond a bound, and once the store
 * counts as failed nobody waits but a probe. The ticker stands still until a test moves it; callers that hang are let go
 * by the test.
 */
@Timeout(60)
class OutageTest {
    private static final Duration BOUND = Duration.ofSeconds(2);
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MAX_AGE = Duration.ofSeconds(5);
    private static final Duration MOMENT = Duration.ofNanos(1);

    private final Service service = new Service();
    private final FaultyFinds finds = new FaultyFinds(service.store);
    private final ApiKeyManager keys = service.start(builder());

    /** Another node, whose store works. */
    private final ApiKeyManager other = service.start();

    private final CreatedKey a = other.create(spec());
    private final CreatedKey b = other.create(spec());
    private final CreatedKey c = other.create(spec());
    private final CreatedKey d = other.create(spec());

    @AfterEach
    void close() {
        finds.areSound();
        service.close();
    }

    private ApiKeys.Builder builder() {
        ApiKeys.Builder builder =
                ApiKeys.builder(finds.store()).listener(service.told).clock(service.time);
        builder.ticker = service.time;
        builder.maintainsItself = false;
        return builder;
    }

    private static Verification verify(ApiKeyManager manager, CreatedKey key) {
        return manager.verify(key.secret().reveal());
    }

    private Verification verify(CreatedKey key) {
        return verify(keys, key);
    }

    /** A verification on a thread of its own. */
    private final class Caller {
        private final CompletableFuture<Verification> outcome = new CompletableFuture<>();
        private final Thread thread;

        Caller(Supplier<Verification> verification) {
            thread = new Thread(
                    () -> {
                        try {
                            outcome.complete(verification.get());
                        } catch (Throwable e) {
                            outcome.completeExceptionally(e);
                        }
                    },
                    "caller of a test");
            thread.setDaemon(true);
            thread.start();
        }

        /** Returns when it waits for the load of another caller. */
        Caller joined() {
            eventually()
                    .until(() -> Arrays.stream(thread.getStackTrace())
                            .anyMatch(frame -> frame.getClassName().endsWith(".Flight")
                                    && frame.getMethodName().equals("await")));
            return this;
        }

        Code code() throws Exception {
            return outcome.get(20, TimeUnit.SECONDS).code();
        }

        boolean isBack() {
            return outcome.isDone();
        }
    }

    private Caller call(CreatedKey key) {
        return new Caller(() -> verify(key));
    }

    /** A caller whose load of a key has begun, and hangs. */
    private Caller hanging(CreatedKey key, Hold hold, Find find) {
        finds.of(key.id(), find);
        Caller caller = call(key);
        hold.awaitSomebody();
        return caller;
    }

    private Caller hanging(CreatedKey key, Hold hold) {
        return hanging(key, hold, FaultyFinds.late(hold));
    }

    private void fail(CreatedKey... failing) {
        for (CreatedKey key : failing) {
            finds.of(key.id(), FaultyFinds.FAILS);
            assertCode(verify(key), Code.STORE_UNAVAILABLE);
        }
    }

    private void assertFailed() {
        int asked = finds.asked();
        assertCode(verify(d), Code.STORE_UNAVAILABLE);
        assertThat(finds.asked()).as("nobody asks the store").isEqualTo(asked);
    }

    private void assertNotFailed() {
        int asked = finds.asked(d.id());
        assertCode(verify(d), Code.VALID);
        assertThat(finds.asked(d.id())).as("the store is asked").isEqualTo(asked + 1);
    }

    /** One whose load failed may find what the next one has loaded by then. */
    private static void assertFailedOrBridged(Caller caller) throws Exception {
        assertThat(caller.code()).isIn(Code.STORE_UNAVAILABLE, Code.VALID);
    }

    // One load per key and stamp

    @Test
    void aKeyIsLoadedOnceForAllWhoAskForIt() throws Exception {
        Hold hold = service.hold();
        Caller first = hanging(a, hold);
        List<Caller> others = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            others.add(call(a).joined());
        }

        hold.release();

        assertThat(first.code()).isEqualTo(Code.VALID);
        for (Caller caller : others) {
            assertThat(caller.code()).isEqualTo(Code.VALID);
        }
        assertThat(finds.asked(a.id())).isOne();
    }

    @Test
    void whoComesAfterARevocationDoesNotJoinALoadFromBefore() throws Exception {
        Hold hold = service.hold();
        Caller early = hanging(a, hold);
        finds.areSound();
        keys.revoke(a.id(), "leaked");

        assertCode(verify(a), Code.REVOKED);
        hold.release();

        assertThat(early.code()).isEqualTo(Code.VALID);
        assertCode(verify(a), Code.REVOKED);
    }

    @Test
    void whoComesAfterACreateDoesNotJoinALoadThatFoundNothing() throws Exception {
        other.delete(a.id());
        Hold hold = service.hold();
        Caller early = hanging(a, hold);
        finds.areSound();
        CreatedKey again =
                keys.create(KeySpec.builder("x").role("admin").id(a.id()).build());

        assertCode(verify(again), Code.VALID);
        hold.release();

        assertThat(early.code()).isEqualTo(Code.UNKNOWN);
        assertCode(verify(again), Code.VALID);
    }

    @Test
    void withoutACacheNoCallerJoinsALoad() throws Exception {
        ApiKeyManager uncached = service.start(builder().cacheMaxAge(Duration.ZERO));
        Hold hold = service.hold();
        finds.of(a.id(), FaultyFinds.late(hold));
        List<Caller> callers = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            callers.add(new Caller(() -> verify(uncached, a)));
        }

        eventually().until(() -> finds.asked(a.id()) == 5);
        service.time.pass(BOUND);
        callers.add(new Caller(() -> verify(uncached, a)));
        callers.add(new Caller(() -> verify(uncached, a)));
        eventually().until(() -> finds.asked(a.id()) == 7);
        hold.release();

        for (Caller caller : callers) {
            assertThat(caller.code()).isEqualTo(Code.VALID);
        }
    }

    /** Or what another node revoked would be seen later than the age of the cache says. */
    @Test
    void noCallerJoinsALoadOlderThanARecordMayBe() throws Exception {
        ApiKeyManager brief = service.start(builder().cacheMaxAge(SECOND));
        Hold hold = service.hold();
        finds.of(a.id(), FaultyFinds.once(FaultyFinds.late(hold)));
        Caller early = new Caller(() -> verify(brief, a));
        hold.awaitSomebody();
        other.revoke(a.id(), "leaked");

        service.time.pass(SECOND);

        assertCode(verify(brief, a), Code.REVOKED);
        hold.release();
        assertThat(early.code()).isEqualTo(Code.VALID);
    }

    @Test
    void whoJoinedALoadOlderThanAnAbsenceMayBeLooksItself() throws Exception {
        other.delete(a.id());
        Hold hold = service.hold();
        Caller early = hanging(a, hold, FaultyFinds.once(FaultyFinds.late(hold)));
        CreatedKey again =
                other.create(KeySpec.builder("x").role("admin").id(a.id()).build());
        service.time.pass(SECOND);
        Caller late = call(again).joined();

        hold.release();

        assertThat(early.code()).isEqualTo(Code.UNKNOWN);
        assertThat(late.code()).isEqualTo(Code.VALID);
    }

    /** The ticker stands still: it is the system that wakes it. */
    @Test
    void whoWaitsIsBackWithinTheBound() throws Exception {
        Hold hold = service.hold();
        Caller first = hanging(a, hold);
        long since = System.nanoTime();

        assertThat(call(a).joined().code()).isEqualTo(Code.STORE_UNAVAILABLE);

        assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(Duration.ofSeconds(15));
        assertThat(first.isBack()).isFalse();
        hold.release();
        assertThat(first.code()).isEqualTo(Code.VALID);
    }

    @Test
    void whoWaitsIsBackAtOnceWhenInterruptedAndStaysSo() throws Exception {
        Hold hold = service.hold();
        Caller first = hanging(a, hold);
        boolean[] stillInterrupted = {false};
        Caller waiting = new Caller(() -> {
                    Verification outcome = verify(a);
                    stillInterrupted[0] = Thread.currentThread().isInterrupted();
                    return outcome;
                })
                .joined();

        waiting.thread.interrupt();

        assertThat(waiting.code()).isEqualTo(Code.STORE_UNAVAILABLE);
        assertThat(stillInterrupted[0]).isTrue();
        hold.release();
        assertThat(first.code()).isEqualTo(Code.VALID);
    }

    @Test
    void aLoadThatOutlastsTheBoundIsReplacedOncePerBoundAndNoCallerWaitsForTheNextOne() throws Exception {
        List<Caller> hung = new ArrayList<>();
        List<Hold> holds = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            Hold hold = service.hold();
            hung.add(hanging(a, hold));
            holds.add(hold);
            if (i > 0) {
                service.time.pass(BOUND.minus(MOMENT));
                assertCode(verify(a), Code.STORE_UNAVAILABLE);
                service.time.pass(MOMENT);
            } else {
                service.time.pass(BOUND);
            }
            assertThat(finds.asked(a.id())).isEqualTo(i + 1);
        }

        assertCode(verify(a), Code.STORE_UNAVAILABLE);
        assertThat(finds.asked(a.id())).as("eight that replaced another one").isEqualTo(9);
        holds.get(5).release();
        assertThat(hung.get(5).code()).isEqualTo(Code.VALID);
        service.time.pass(MAX_AGE);
        finds.areSound();
        assertCode(verify(a), Code.VALID);
        assertThat(finds.asked(a.id())).as("there is a place again").isEqualTo(10);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aLoadThatCallsBackIntoItsOwnKeyDoesNotWait(boolean timed) {
        ApiKeyManager called = timed ? service.start(builder().operationTimeout(Duration.ofSeconds(20))) : keys;
        Code[] inside = {null};
        finds.of(a.id(), FaultyFinds.once((id, sound) -> {
            inside[0] = verify(called, a).code();
            return sound.get();
        }));

        assertCode(verify(called, a), Code.VALID);

        assertThat(inside[0]).isEqualTo(Code.VALID);
        assertThat(finds.asked(a.id())).isEqualTo(2);
    }

    @Test
    void aWaitingCallerLoadsItselfIfTheAnswerWasOfNoUse() throws Exception {
        Hold hold = service.hold();
        Caller first = hanging(a, hold, FaultyFinds.once((id, sound) -> {
            hold.run();
            return service.store.row(b.id().value());
        }));
        List<Caller> others = List.of(call(a).joined(), call(a).joined(), call(a).joined());

        hold.release();

        assertFailedOrBridged(first);
        for (Caller caller : others) {
            assertThat(caller.code()).isEqualTo(Code.VALID);
        }
    }

    @Test
    void aWaitingCallerContinuesIfTheLoadingOneIsInterrupted() throws Exception {
        Hold hold = service.hold();
        Caller first = hanging(a, hold, FaultyFinds.once((id, sound) -> {
            hold.run();
            throw new StorageException("interrupted", new InterruptedException());
        }));
        List<Caller> others = List.of(call(a).joined(), call(a).joined(), call(a).joined());

        hold.release();

        assertFailedOrBridged(first);
        for (Caller caller : others) {
            assertThat(caller.code()).isEqualTo(Code.VALID);
        }
    }

    @Test
    void anErrorEndsTheLoadToo() throws Exception {
        for (Error error :
                List.of(new AssertionError("any"), new OutOfMemoryError("planted"), new StackOverflowError())) {
            CreatedKey key = other.create(spec());
            Hold hold = service.hold();
            Caller first = hanging(key, hold, FaultyFinds.once((id, sound) -> {
                hold.run();
                throw error;
            }));
            Caller waiting = call(key).joined();

            hold.release();

            if (error instanceof OutOfMemoryError) {
                assertThat(first.outcome).failsWithin(Duration.ofSeconds(20));
            } else {
                assertFailedOrBridged(first);
            }
            assertThat(waiting.code()).isEqualTo(Code.VALID);
        }
    }

    @Test
    void ifTheStoreFailsAllWaitingCallersFail() throws Exception {
        Hold hold = service.hold();
        Caller first = hanging(a, hold, FaultyFinds.failsLate(hold));
        List<Caller> others = List.of(call(a).joined(), call(a).joined());

        hold.release();

        assertThat(first.code()).isEqualTo(Code.STORE_UNAVAILABLE);
        for (Caller caller : others) {
            assertThat(caller.code()).isEqualTo(Code.STORE_UNAVAILABLE);
        }
        assertThat(finds.asked(a.id())).isOne();
    }

    /** Whoever waited would do so for longer than that. */
    private static void assertRefusedAtOnce(ApiKeyManager patient, CreatedKey key) {
        long since = System.nanoTime();
        assertCode(verify(patient, key), Code.STORE_UNAVAILABLE);
        assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void noCallerWaitsForTheLoadThatReplacedAHungOneEvenIfOthersSucceed() throws Exception {
        Duration patience = Duration.ofSeconds(15);
        ApiKeyManager patient = service.start(builder().operationTimeout(patience));
        Hold hold = service.hold();
        finds.of(a.id(), FaultyFinds.late(hold));
        Caller first = new Caller(() -> verify(patient, a));
        hold.awaitSomebody();
        service.time.pass(patience);
        Caller second = new Caller(() -> verify(patient, a));
        eventually().until(() -> finds.asked(a.id()) == 2);
        assertCode(verify(patient, c), Code.VALID);

        assertRefusedAtOnce(patient, a);

        hold.release();
        assertThat(first.code()).isEqualTo(Code.VALID);
        assertThat(second.code()).isEqualTo(Code.VALID);
    }

    @Test
    void noCallerWaitsForALoadAfterAFailedOne() throws Exception {
        ApiKeyManager patient = service.start(builder().operationTimeout(Duration.ofSeconds(15)));
        finds.of(a.id(), FaultyFinds.FAILS);
        assertCode(verify(patient, a), Code.STORE_UNAVAILABLE);
        Hold hold = service.hold();
        finds.of(a.id(), FaultyFinds.late(hold));
        Caller next = new Caller(() -> verify(patient, a));
        hold.awaitSomebody();

        assertRefusedAtOnce(patient, a);

        hold.release();
        assertThat(next.code()).isEqualTo(Code.VALID);
        assertCode(verify(patient, a), Code.VALID);
    }

    @Test
    void anOldFailureKeepsNoCallerFromWaiting() throws Exception {
        fail(a);
        service.time.pass(BOUND);
        Hold hold = service.hold();
        Caller next = hanging(a, hold);
        Caller waiting = call(a).joined();

        hold.release();

        assertThat(next.code()).isEqualTo(Code.VALID);
        assertThat(waiting.code()).isEqualTo(Code.VALID);
    }

    @Test
    void withATimeoutALoadGoesOnWithoutItsCallerAndIsCached() {
        ApiKeyManager timed = service.start(builder().operationTimeout(Duration.ofMillis(250)));
        Hold hold = service.hold();
        finds.of(a.id(), FaultyFinds.late(hold));

        assertCode(verify(timed, a), Code.STORE_UNAVAILABLE);
        hold.release();

        eventually().until(() -> verify(timed, a).code() == Code.VALID);
        assertThat(finds.asked(a.id())).isOne();
    }

    @Test
    void aReloadThatHangsBlocksNoCheck() throws Exception {
        assertCode(verify(a), Code.VALID);
        service.time.pass(Duration.ofSeconds(4));
        Hold hold = service.hold();
        Caller reloading = hanging(a, hold);

        assertCode(verify(a), Code.VALID);
        assertThat(reloading.isBack()).isFalse();

        hold.release();
        assertThat(reloading.code()).isEqualTo(Code.VALID);
    }

    // Failing fast

    @Test
    void afterTwoKeysFailedNoCallerAsks() {
        fail(a);
        assertThat(finds.asked()).isOne();
        fail(b);

        assertFailed();
    }

    @Test
    void oneBadRowDoesNotStopTheOthers() {
        for (int i = 0; i < 5; i++) {
            fail(a);
        }

        assertNotFailed();
    }

    @Test
    void afterASuccessTwoKeysHaveToFailAnew() {
        fail(a);
        assertCode(verify(c), Code.VALID);
        fail(b);

        assertNotFailed();
    }

    @Test
    void aLoadThatBeganBeforeASuccessDoesNotCount() throws Exception {
        Hold hold = service.hold();
        Caller slow = hanging(a, hold, FaultyFinds.failsLate(hold));
        assertCode(verify(c), Code.VALID);
        hold.release();
        assertThat(slow.code()).isEqualTo(Code.STORE_UNAVAILABLE);
        fail(b);

        assertNotFailed();
    }

    @Test
    void loadsThatOutlastTheBoundCountBeforeTheyEnd() throws Exception {
        Hold hold = service.hold();
        Hold next = service.hold();
        Caller first = hanging(a, hold);
        Caller second = hanging(b, next);

        service.time.pass(BOUND);

        assertFailed();
        hold.release();
        next.release();
        assertThat(first.code()).isEqualTo(Code.VALID);
        assertThat(second.code()).isEqualTo(Code.VALID);
        assertNotFailed();
    }

    @Test
    void aLoadThatOutlastsTheBoundCountsBesidesOneThatFailed() throws Exception {
        Hold hold = service.hold();
        Caller hung = hanging(a, hold);
        fail(b);
        service.time.pass(BOUND.minus(MOMENT));
        finds.of(c.id(), FaultyFinds.FAILS);
        service.time.pass(MOMENT);

        assertFailed();
        hold.release();
        assertThat(hung.code()).isEqualTo(Code.VALID);
    }

    @Test
    void whatIsWrongInAnAnswerDoesNotCount() {
        for (CreatedKey key : List.of(a, b)) {
            finds.of(key.id(), (id, sound) -> service.store.row(c.id().value()));
            assertCode(verify(key), Code.STORE_UNAVAILABLE);
        }

        assertNotFailed();
    }

    /** A caller with a bad row, who comes more often than others, must not be the only one who probes. */
    @Test
    void anAnswerThatIsOfNoUseIsAnAnswer() {
        fail(a, b);
        service.time.pass(SECOND);
        finds.of(a.id(), (id, sound) -> service.store.row(c.id().value()));

        assertCode(verify(a), Code.STORE_UNAVAILABLE);

        assertNotFailed();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void interruptsDoNotCount(boolean byStatus) {
        finds.ofAll((id, sound) -> {
            if (byStatus) {
                Thread.currentThread().interrupt();
                throw new StorageException("interrupted", null);
            }
            throw new StorageException("interrupted", new RuntimeException(new InterruptedException()));
        });

        assertCode(verify(a), Code.STORE_UNAVAILABLE);
        assertThat(Thread.interrupted()).isEqualTo(byStatus);
        assertCode(verify(b), Code.STORE_UNAVAILABLE);
        assertThat(Thread.interrupted()).isEqualTo(byStatus);

        finds.areSound();
        assertNotFailed();
    }

    /** A socket that timed out calls itself interrupted. */
    @Test
    void aSocketThatTimedOutCounts() {
        finds.ofAll((id, sound) -> {
            throw new StorageException("down", new java.net.SocketTimeoutException());
        });
        assertCode(verify(a), Code.STORE_UNAVAILABLE);
        assertCode(verify(b), Code.STORE_UNAVAILABLE);

        assertFailed();
    }

    @Test
    void whatWasNotBegunDoesNotCount() throws Exception {
        ApiKeyManager timed = service.start(builder().operationTimeout(Duration.ofMillis(250)));
        Hold hold = service.hold();
        List<Caller> listing = occupyAllWorkers(timed, hold);

        assertCode(verify(timed, a), Code.STORE_UNAVAILABLE);
        assertCode(verify(timed, b), Code.STORE_UNAVAILABLE);
        assertThat(finds.asked()).isZero();
        hold.release();
        awaitAll(timed, listing);

        assertCode(verify(timed, a), Code.VALID);
        assertCode(verify(timed, c), Code.VALID);
    }

    @Test
    void aProbeThatWasNotBegunIsFollowedByAnotherOne() throws Exception {
        ApiKeyManager timed = service.start(builder().operationTimeout(Duration.ofMillis(250)));
        failAll(timed);
        finds.areSound();
        service.time.pass(SECOND);
        Hold hold = service.hold();
        List<Caller> listing = occupyAllWorkers(timed, hold);
        int asked = finds.asked();
        assertCode(verify(timed, c), Code.STORE_UNAVAILABLE);
        assertThat(finds.asked()).isEqualTo(asked);
        hold.release();
        awaitAll(timed, listing);
        assertCode(verify(timed, c), Code.STORE_UNAVAILABLE);

        service.time.pass(SECOND);

        assertCode(verify(timed, c), Code.VALID);
    }

    private List<Caller> occupyAllWorkers(ApiKeyManager timed, Hold hold) {
        service.store.hooks.before("list", hold);
        List<Caller> listing = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            listing.add(new Caller(() -> {
                try {
                    timed.list(KeyQuery.all());
                } catch (StorageException e) {
                    // It did not end in time.
                }
                return verify(other, d);
            }));
        }
        eventually().until(() -> service.store.hooks.calls("list") == 64);
        return listing;
    }

    private static void awaitAll(ApiKeyManager timed, List<Caller> callers) throws Exception {
        for (Caller caller : callers) {
            caller.code();
        }
        eventually().until(() -> timed.stats().hostCalls() == 0);
    }

    @Test
    void whoWaitedInVainDoesNotCount() throws Exception {
        Hold hold = service.hold();
        Hold next = service.hold();
        Caller first = hanging(a, hold);
        Caller second = hanging(b, next);
        Caller waiting = call(a).joined();
        Caller waitingToo = call(b).joined();
        assertThat(waiting.code()).isEqualTo(Code.STORE_UNAVAILABLE);
        assertThat(waitingToo.code()).isEqualTo(Code.STORE_UNAVAILABLE);

        assertNotFailed();
        hold.release();
        next.release();
        assertThat(first.code()).isEqualTo(Code.VALID);
        assertThat(second.code()).isEqualTo(Code.VALID);
    }

    @Test
    void aProbeIsMadeASecondAfterTheLastOneEnded() {
        fail(a, b);
        finds.ofAll(FaultyFinds.FAILS);
        for (int i = 0; i < 5; i++) {
            service.time.pass(SECOND.minus(MOMENT));
            assertFailed();
            service.time.pass(MOMENT);
            int asked = finds.asked();
            assertCode(verify(c), Code.STORE_UNAVAILABLE);
            assertThat(finds.asked()).as("one probe").isEqualTo(asked + 1);
            assertFailed();
        }
        finds.areSound();
        assertFailed();
        service.time.pass(SECOND);

        assertCode(verify(c), Code.VALID);
        assertNotFailed();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aTickerThatGoesBackDelaysNoProbe(boolean afterAProbe) {
        service.time.pass(Duration.ofHours(3));
        fail(a, b);
        assertFailed();
        if (afterAProbe) {
            service.time.pass(SECOND);
            finds.ofAll(FaultyFinds.FAILS);
            assertCode(verify(d), Code.STORE_UNAVAILABLE);
        }
        finds.areSound();

        service.time.pass(Duration.ofHours(-3));

        assertCode(verify(d), Code.VALID);
    }

    @Test
    void whileAProbeIsInProgressNoOtherCallerAsks() throws Exception {
        fail(a, b);
        service.time.pass(SECOND);
        Hold hold = service.hold();
        Caller probing = hanging(c, hold);

        assertFailed();
        assertCode(verify(c), Code.STORE_UNAVAILABLE);
        service.time.pass(BOUND.minus(MOMENT));
        assertFailed();

        hold.release();
        assertThat(probing.code()).isEqualTo(Code.VALID);
        assertNotFailed();
    }

    @Test
    void probesThatOutlastTheBoundAreMadeMoreAndMoreSeldomAndAtMostEightAtOnce() throws Exception {
        fail(a, b);
        List<Caller> probes = new ArrayList<>();
        List<Hold> holds = new ArrayList<>();
        service.time.pass(SECOND);
        for (int pause : new int[] {2, 4, 8, 16, 30, 30, 30, 1_000}) {
            Hold hold = service.hold();
            probes.add(hanging(c, hold, FaultyFinds.failsLate(hold)));
            holds.add(hold);
            service.time.pass(BOUND.plusSeconds(pause).minus(MOMENT));
            assertFailed();
            service.time.pass(MOMENT);
        }

        assertFailed();
        holds.get(0).release();
        assertThat(probes.get(0).code()).isEqualTo(Code.STORE_UNAVAILABLE);
        finds.areSound();
        assertCode(verify(c), Code.VALID);
        assertNotFailed();
    }

    @Test
    void afterAProbeThatEndedInTimeTheNextOnesAreSoonAgain() throws Exception {
        fail(a, b);
        service.time.pass(SECOND);
        Hold hold = service.hold();
        Caller slow = hanging(c, hold, FaultyFinds.failsLate(hold));
        service.time.pass(BOUND.plusSeconds(2));
        finds.of(c.id(), FaultyFinds.FAILS);
        assertCode(verify(c), Code.STORE_UNAVAILABLE);
        assertFailed();
        finds.areSound();
        service.time.pass(SECOND);

        assertCode(verify(c), Code.VALID);
        hold.release();
        assertThat(slow.code())
                .as("what others loaded meanwhile is good for it")
                .isEqualTo(Code.VALID);
        assertNotFailed();
    }

    @Test
    void aLateSuccessOfAnyLoadEndsIt() throws Exception {
        Hold hold = service.hold();
        Caller late = hanging(c, hold);
        fail(a, b);
        assertFailed();

        hold.release();

        assertThat(late.code()).isEqualTo(Code.VALID);
        assertNotFailed();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aProbeThatDiesIsFollowedByAnotherOne(boolean interrupted) {
        fail(a, b);
        for (int i = 0; i < 20; i++) {
            service.time.pass(SECOND);
            finds.of(c.id(), (id, sound) -> {
                if (interrupted) {
                    throw new StorageException("interrupted", new InterruptedException());
                }
                throw new OutOfMemoryError("planted");
            });
            Caller probe = call(c);
            eventually().until(probe::isBack);
            assertThat(finds.asked(c.id())).isEqualTo(i + 1);
        }
        finds.areSound();
        service.time.pass(SECOND);

        assertCode(verify(c), Code.VALID);
    }

    @Test
    void aProofIsRefusedLikeASecret() {
        Proof proof = ((Verification.Verified) verify(other, d)).proof();
        fail(a, b);
        int asked = finds.asked();

        assertCode(keys.authorize(proof, VerificationRequest.forProof()), Code.STORE_UNAVAILABLE);

        assertThat(finds.asked()).isEqualTo(asked);
        service.time.pass(SECOND);
        assertCode(keys.authorize(proof, VerificationRequest.forProof()), Code.VALID);
    }

    @Test
    void onlyVerificationsAreRefused() {
        fail(a, b);

        assertThat(keys.find(c.id())).isPresent();
        assertThat(keys.list(KeyQuery.all()).items()).hasSize(4);
        assertThat(keys.disable(c.id()).status()).isEqualTo(dev.apikeys.spi.KeyStatus.DISABLED);
    }

    @Test
    void aRecordIsNotReloadedWhileTheStoreCountsAsFailed() {
        assertCode(verify(c), Code.VALID);
        fail(a, b);
        service.time.pass(Duration.ofMillis(500));
        finds.ofAll(FaultyFinds.FAILS);
        int asked = finds.asked();
        service.time.pass(Duration.ofMillis(400));
        assertCode(verify(c), Code.VALID);
        assertThat(finds.asked()).isEqualTo(asked);
        service.time.pass(Duration.ofMillis(3_300));
        assertCode(verify(c), Code.VALID);
        assertThat(finds.asked()).as("a reload is the probe that is due").isEqualTo(asked + 1);
        assertCode(verify(c), Code.VALID);
        assertThat(finds.asked()).isEqualTo(asked + 1);
    }

    @Test
    void thatTheStoreCountsAsFailedIsLoggedOnceAndThatItAnswersAgainToo() {
        try (CapturedLog log = new CapturedLog()) {
            fail(a, b);
            assertFailed();
            assertFailed();
            service.time.pass(SECOND);
            finds.areSound();
            assertCode(verify(c), Code.VALID);
            assertNotFailed();

            assertThat(log.lines("counts as failed, since")).hasSize(1);
            assertThat(log.lines("answers again")).hasSize(1);
        }
    }

    // Records past their age

    private ApiKeyManager stale(Duration past) {
        return service.start(builder().staleOnOutage(past));
    }

    private void failAll(ApiKeyManager manager) {
        finds.ofAll(FaultyFinds.FAILS);
        assertCode(verify(manager, a), Code.STORE_UNAVAILABLE);
        assertCode(verify(manager, b), Code.STORE_UNAVAILABLE);
    }

    @Test
    void aRecordMayBeUsedPastItsAgeWhileTheStoreCountsAsFailedAndNoLonger() {
        ApiKeyManager lenient = stale(Duration.ofMinutes(1));
        assertCode(verify(lenient, c), Code.VALID);
        service.time.pass(MAX_AGE);
        failAll(lenient);

        assertCode(verify(lenient, c), Code.VALID);
        service.time.pass(Duration.ofMinutes(1).minus(MOMENT));
        assertCode(verify(lenient, c), Code.VALID);
        service.time.pass(MOMENT);
        assertCode(verify(lenient, c), Code.STORE_UNAVAILABLE);
    }

    @Test
    void aRecordPastItsAgeIsNotUsedWhenOnlyItsOwnLoadFails() {
        ApiKeyManager lenient = stale(Duration.ofMinutes(1));
        assertCode(verify(lenient, c), Code.VALID);
        service.time.pass(MAX_AGE);
        finds.of(c.id(), FaultyFinds.FAILS);

        assertCode(verify(lenient, c), Code.STORE_UNAVAILABLE);
    }

    @Test
    void aRecordPastItsAgeIsNotUsedUnlessAsked() {
        assertCode(verify(c), Code.VALID);
        service.time.pass(MAX_AGE);
        failAll(keys);

        assertCode(verify(c), Code.STORE_UNAVAILABLE);
    }

    @Test
    void aRecordThatThisManagerHasChangedIsNotUsedPastItsAge() {
        ApiKeyManager lenient = stale(Duration.ofMinutes(1));
        assertCode(verify(lenient, c), Code.VALID);
        assertCode(verify(lenient, d), Code.VALID);
        lenient.revoke(c.id(), "leaked");
        failAll(lenient);

        assertCode(verify(lenient, c), Code.STORE_UNAVAILABLE);
        assertCode(verify(lenient, d), Code.VALID);
    }

    @Test
    void nothingIsUnknownThatWasNotLookedUp() {
        ApiKeyManager lenient = stale(Duration.ofMinutes(1));
        other.delete(c.id());
        assertCode(verify(lenient, c), Code.UNKNOWN);
        failAll(lenient);
        assertCode(verify(lenient, c), Code.UNKNOWN);

        service.time.pass(Duration.ofMillis(999));
        assertCode(verify(lenient, c), Code.UNKNOWN);
        service.time.pass(Duration.ofMillis(1));

        assertCode(verify(lenient, c), Code.STORE_UNAVAILABLE);
        assertCode(lenient.verify(anotherSecret()), Code.STORE_UNAVAILABLE);
    }

    /** Of a key that was never stored here. */
    private static String anotherSecret() {
        try (Service elsewhere = new Service()) {
            return elsewhere.start().create(spec()).secret().reveal();
        }
    }

    @Test
    void aRequestForTheCacheAloneMayUseARecordPastItsAge() {
        ApiKeyManager lenient = stale(Duration.ofMinutes(1));
        assertCode(verify(lenient, c), Code.VALID);
        service.time.pass(MAX_AGE);
        VerificationRequest cached = VerificationRequest.of(c.secret().reveal()).cachedOnly();
        assertCode(lenient.verify(cached), Code.NOT_CACHED);
        failAll(lenient);

        assertCode(lenient.verify(cached), Code.VALID);
    }

    @Test
    void thereAreNoRecordsPastTheirAgeWithoutACache() {
        ApiKeys.Builder settings = builder().staleOnOutage(SECOND).cacheMaxAge(Duration.ZERO);

        assertThatIllegalArgumentException()
                .isThrownBy(settings::build)
                .withMessageContaining("staleOnOutage")
                .withMessageContaining("cacheMaxAge is zero");
    }

    // Known absences

    @Test
    void thatAKeyDoesNotExistIsKnownForASecond() {
        other.delete(a.id());
        assertCode(verify(a), Code.UNKNOWN);
        CreatedKey again =
                other.create(KeySpec.builder("x").role("admin").id(a.id()).build());

        service.time.pass(SECOND.minus(MOMENT).minus(Duration.ofMillis(200)));
        assertCode(verify(again), Code.UNKNOWN);
        service.time.pass(MOMENT.plusMillis(200));

        assertCode(verify(again), Code.VALID);
    }
}
