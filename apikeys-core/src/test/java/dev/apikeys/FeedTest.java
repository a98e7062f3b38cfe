package dev.apikeys;

import static dev.apikeys.Service.assertCode;
import static dev.apikeys.Service.eventually;
import static dev.apikeys.Service.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.apikeys.Verification.Code;
import dev.apikeys.internal.verification.Feed;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Changes;
import dev.apikeys.spi.StorageException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What other managers change is told by the store, and cached records are used for as long as that goes well. */
class FeedTest {
    private static final Duration MAX_AGE = Duration.ofSeconds(5);
    private static final Duration MOMENT = Duration.ofNanos(1);

    private final Service service = new Service();
    private final List<Changes.Mark> marks = Collections.synchronizedList(new ArrayList<>());
    private volatile Function<Supplier<Changes>, Changes> answer = Supplier::get;
    private final ApiKeyStore store = FaultyAnswers.of(service.store, "changes", this::answer);
    private final ApiKeyManager keys = service.start(builder());
    private final ApiKeyManager otherNode = service.start();
    private final CreatedKey created = otherNode.create(spec());
    private final KeyId id = created.id();
    private final String secret = created.secret().reveal();

    @AfterEach
    void close() {
        service.close();
    }

    private ApiKeys.Builder builder() {
        return service.builderOn(store);
    }

    private Changes answer(Object... arguments) {
        Changes.Mark mark = (Changes.Mark) arguments[0];
        marks.add(mark);
        return answer.apply(() -> service.store.changes(mark));
    }

    private static Feed feed(ApiKeyManager manager) {
        return Objects.requireNonNull(((DefaultApiKeyManager) manager).parts.feed);
    }

    private void poll() {
        feed(keys).poll();
    }

    private void pass(Duration time) {
        service.time.pass(time);
    }

    private long finds() {
        return service.store.hooks.calls("find");
    }

    private void warmUp() {
        poll();
        assertCode(keys.verify(secret), Code.VALID);
        service.store.hooks.forgetCalls();
    }

    private void findsFail() {
        service.store.hooks.before("find", Hooks.throwing(() -> new StorageException("down", null)));
    }

    private void pollsFail() {
        service.store.hooks.before("changes", Hooks.throwing(() -> new StorageException("down", null)));
    }

    /** Time goes on, with polls often enough. */
    private void passPolling(Duration time) {
        Duration step = MAX_AGE.dividedBy(5).multipliedBy(4).minus(MOMENT);
        for (Duration left = time; !left.isZero(); ) {
            Duration next = left.compareTo(step) < 0 ? left : step;
            pass(next);
            poll();
            left = left.minus(next);
        }
    }

    // How long a record is used

    @Test
    void whilePollsSucceedARecordIsUsedForItsLifetime() {
        warmUp();

        passPolling(Duration.ofSeconds(48).minus(MOMENT));
        assertCode(keys.verify(secret), Code.VALID);
        assertThat(finds()).isZero();
        pass(MOMENT);
        findsFail();
        assertCode(keys.verify(secret), Code.VALID);
        assertThat(finds()).as("one caller reloads after four fifths").isOne();
        passPolling(Duration.ofSeconds(12).minus(MOMENT));
        assertCode(keys.verify(secret), Code.VALID);
        pass(MOMENT);
        assertCode(keys.verify(secret), Code.STORE_UNAVAILABLE);
    }

    @Test
    void withoutPollsARecordIsUsedForCacheMaxAge() {
        warmUp();

        pass(MAX_AGE.minus(MOMENT));
        findsFail();
        assertCode(keys.verify(secret), Code.VALID);
        assertThat(finds()).isOne();
        pass(MOMENT);
        assertCode(keys.verify(secret), Code.STORE_UNAVAILABLE);
    }

    @Test
    void anOlderRecordIsUsedUntilCacheMaxAgeAfterTheLastGoodPollBegan() {
        warmUp();
        passPolling(Duration.ofSeconds(20));
        service.store.hooks.before("changes", Hooks.once(() -> pass(Duration.ofSeconds(3))));
        poll();

        pass(Duration.ofSeconds(1).minus(MOMENT));
        assertCode(keys.verify(secret), Code.VALID);
        assertThat(finds()).isZero();
        findsFail();
        pass(Duration.ofSeconds(1));
        assertCode(keys.verify(secret), Code.VALID);
        assertThat(finds()).as("one caller reloads after four fifths").isOne();
        pass(MOMENT);
        assertCode(keys.verify(secret), Code.STORE_UNAVAILABLE);
    }

    @Test
    void aFirstPollThatFailsCountsForNothing() {
        pollsFail();
        poll();
        assertCode(keys.verify(secret), Code.VALID);
        findsFail();

        pass(MAX_AGE);

        assertCode(keys.verify(secret), Code.STORE_UNAVAILABLE);
    }

    @Test
    void whatIsKnownToBeAbsentIsAskedForAfterASecond() {
        otherNode.delete(id);
        poll();
        assertCode(keys.verify(secret), Code.UNKNOWN);
        otherNode.create(KeySpec.builder("x").role("admin").id(id).build());

        pass(Duration.ofMillis(999));
        poll();
        pass(Duration.ofMillis(1));

        assertCode(keys.verify(secret), Code.SECRET_MISMATCH);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void inAnOutageARecordIsUsedForTheGracePastTheTimeThatApplied(boolean cachedOnly) {
        ApiKeyManager lenient = service.start(builder().staleOnOutage(Duration.ofMinutes(1)));
        CreatedKey a = otherNode.create(spec());
        CreatedKey b = otherNode.create(spec());
        feed(lenient).poll();
        assertCode(lenient.verify(secret), Code.VALID);
        for (int i = 0; i < 10; i++) {
            pass(Duration.ofSeconds(3));
            feed(lenient).poll();
        }
        findsFail();
        pass(MAX_AGE);
        assertCode(lenient.verify(a.secret().reveal()), Code.STORE_UNAVAILABLE);
        assertCode(lenient.verify(b.secret().reveal()), Code.STORE_UNAVAILABLE);

        VerificationRequest request =
                cachedOnly ? VerificationRequest.of(secret).cachedOnly() : VerificationRequest.of(secret);
        pass(Duration.ofMinutes(1).minus(MOMENT));
        assertCode(lenient.verify(request), Code.VALID);
        pass(MOMENT);
        assertCode(lenient.verify(request), cachedOnly ? Code.NOT_CACHED : Code.STORE_UNAVAILABLE);
    }

    enum Lapse {
        ALL_CHANGED(test -> {
            test.answer = changes -> Changes.all(changes.get().next());
            test.poll();
        }),
        IN_DOUBT(test -> {
            test.answer = changes -> Changes.inDoubt(changes.get().next());
            test.poll();
        });

        private final Consumer<FeedTest> happens;

        Lapse(Consumer<FeedTest> happens) {
            this.happens = happens;
        }
    }

    /** Or a flood of wrong keys, which has its address asked for cached records alone, would shut the good ones out. */
    @ParameterizedTest
    @EnumSource
    void aKeyThatTheCacheKnowsIsReadAgainForARequestForTheCacheAlone(Lapse lapse) {
        String stranger = otherNode.create(spec()).secret().reveal();
        warmUp();

        lapse.happens.accept(this);

        assertCode(keys.verify(VerificationRequest.of(stranger).cachedOnly()), Code.NOT_CACHED);
        for (int i = 0; i < 10; i++) {
            assertCode(keys.verify(VerificationRequest.of(secret).cachedOnly()), Code.VALID);
        }
        assertThat(finds()).isOne();
        otherNode.delete(id);
        answer = Supplier::get;
        service.store.hooks.clear();
        poll();
        assertCode(keys.verify(VerificationRequest.of(secret).cachedOnly()), Code.NOT_CACHED);
    }

    // What a poll tells

    enum Change {
        REVOKE(Code.REVOKED, (manager, id) -> manager.revoke(id, "leaked")),
        DISABLE(Code.DISABLED, ApiKeyManager::disable),
        DELETE(Code.UNKNOWN, ApiKeyManager::delete),
        ROTATE(Code.REVOKED, (manager, id) -> manager.rotate(id, Rotation.immediate())),
        UPDATE(
                Code.INSUFFICIENT_PERMISSIONS,
                (manager, id) -> manager.update(
                        id, KeyUpdate.builder().permissions(Set.of()).build())),
        REVOKE_ALL(Code.REVOKED, (manager, id) -> manager.revokeAll(KeyQuery.all(), "leaked"));

        private final Code code;
        private final BiConsumer<ApiKeyManager, KeyId> made;

        Change(Code code, BiConsumer<ApiKeyManager, KeyId> made) {
            this.code = code;
            this.made = made;
        }
    }

    @ParameterizedTest
    @EnumSource
    void aChangeOnAnotherNodeIsSeenAfterTheNextPoll(Change change) {
        warmUp();
        change.made.accept(otherNode, id);
        assertCode(keys.verify(secret, Access.permission("read")), Code.VALID);

        poll();

        assertCode(keys.verify(secret, Access.permission("read")), change.code);
    }

    @ParameterizedTest
    @EnumSource
    void aChangeThatWasMadeBeforeTheFirstPollIsSeenAfterIt(Change change) {
        assertCode(keys.verify(secret, Access.permission("read")), Code.VALID);
        change.made.accept(otherNode, id);

        poll();

        assertCode(keys.verify(secret, Access.permission("read")), change.code);
    }

    @Test
    void aPollEndsNothingThatItDoesNotTellOf() {
        CreatedKey another = otherNode.create(spec());
        warmUp();
        assertCode(keys.verify(another.secret().reveal()), Code.VALID);
        service.store.hooks.forgetCalls();
        otherNode.revoke(another.id(), "leaked");
        otherNode.createAll(List.of(spec(), spec()));

        poll();

        service.store.hooks.forgetCalls();
        assertCode(keys.verify(secret), Code.VALID);
        assertThat(finds()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"revoke", "disable", "delete"})
    void whatFindsItselfDoneIsReportedOnceMore(String change) {
        Consumer<ApiKeyManager> made = switch (change) {
            case "revoke" -> manager -> manager.revoke(id, "leaked");
            case "disable" -> manager -> manager.disable(id);
            default -> manager -> manager.delete(id);
        };
        made.accept(otherNode);
        Changes.Mark mark = service.store.changes(null).next();

        made.accept(service.start());

        assertThat(service.store.changes(mark).ids()).containsExactly(id.value());
    }

    // Records that are found by lookup

    private static final String FOREIGN = "sk_" + "ab".repeat(32);

    private ApiKeyManager accepting() {
        String lookup = Pepper.hasher(null, List.of()).lookup(FOREIGN.getBytes(StandardCharsets.US_ASCII));
        service.edit(id, "lookup", lookup);
        service.edit(id, "hash", Pepper.hasher(null, List.of()).store(FOREIGN.getBytes(StandardCharsets.US_ASCII)));
        return service.start(builder().alsoAccept(KeyFormat.sha64Hex()));
    }

    @ParameterizedTest
    @EnumSource
    void aChangeOfAKeyThatWasFoundByLookupIsSeenAfterTheNextPoll(Change change) {
        ApiKeyManager accepting = accepting();
        feed(accepting).poll();
        assertCode(accepting.verify(FOREIGN, Access.permission("read")), Code.VALID);
        change.made.accept(otherNode, id);

        feed(accepting).poll();

        assertCode(accepting.verify(FOREIGN, Access.permission("read")), change.code);
    }

    @Test
    void aKeyThatIsFoundByLookupWhileItsDeletionIsReportedIsNotKept() {
        ApiKeyManager accepting = accepting();
        feed(accepting).poll();
        service.store.hooks.after("findByLookup", Hooks.once(() -> {
            otherNode.delete(id);
            feed(accepting).poll();
        }));
        assertCode(accepting.verify(FOREIGN), Code.VALID);

        assertCode(accepting.verify(FOREIGN), Code.UNKNOWN);
    }

    /** The load has read the row already, and hangs on its way back. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aReaderThatJoinsALoadByLookupSeesEarlierReports(boolean here) throws Exception {
        ApiKeyManager accepting = accepting();
        feed(accepting).poll();
        Hold hold = service.hold();
        service.store.hooks.after("findByLookup", hold);
        CompletableFuture<Verification> first = OwnThread.supply(() -> accepting.verify(FOREIGN));
        hold.awaitSomebody();
        (here ? accepting : otherNode).delete(id);
        feed(accepting).poll();
        service.store.hooks.clear();

        CompletableFuture<Thread> started = new CompletableFuture<>();
        CompletableFuture<Verification> second = OwnThread.supply(() -> {
            started.complete(Thread.currentThread());
            return accepting.verify(FOREIGN);
        });
        Thread joining = started.get(20, TimeUnit.SECONDS);
        eventually().until(() -> second.isDone() || joining.getState() == Thread.State.TIMED_WAITING);
        hold.release();

        assertCode(first.get(20, TimeUnit.SECONDS), Code.VALID);
        assertCode(second.get(20, TimeUnit.SECONDS), Code.UNKNOWN);
    }

    // What a poll is worth that does not go well

    /** Ways in which a store does not tell what it has to. */
    enum Trouble {
        FAILS(real -> {
            throw new StorageException("down", null);
        }),
        THROWS_SOMETHING_ELSE(real -> {
            throw new IllegalStateException("broken driver");
        }),
        THROWS_AN_ERROR(real -> {
            throw new StackOverflowError();
        }),
        HAS_NO_MEMORY(real -> {
            throw new OutOfMemoryError("planted");
        }),
        ANSWERS_NULL(real -> null),
        GIVES_NO_MARK(real -> Changes.of(Set.of(), null)),
        IS_IN_DOUBT(real -> Changes.inDoubt(real.get().next())),
        TELLS_OF_NO_KEY(real -> Changes.of(Set.of("ak_1", "no id"), real.get().next()));

        private final Function<Supplier<Changes>, Changes> answer;

        Trouble(Function<Supplier<Changes>, Changes> answer) {
            this.answer = answer;
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPollInTroubleDoesNotCountAndTheNextMakesUpForIt(Trouble trouble) {
        warmUp();
        passPolling(Duration.ofSeconds(20));
        answer = trouble.answer;
        otherNode.revoke(id, "leaked");

        poll();
        pass(MAX_AGE);
        assertCode(keys.verify(secret), Code.REVOKED);

        CreatedKey another = otherNode.create(spec());
        assertCode(keys.verify(another.secret().reveal()), Code.VALID);
        poll();
        otherNode.revoke(another.id(), "leaked");
        poll();
        answer = Supplier::get;
        poll();
        assertCode(keys.verify(another.secret().reveal()), Code.REVOKED);
    }

    @ParameterizedTest
    @EnumSource
    void thatTheFeedFailsIsLoggedOnceAndThatItWorksAgainToo(Trouble trouble) {
        try (CapturedLog log = new CapturedLog()) {
            poll();
            assertThat(log.lines("feed")).isEmpty();
            for (int round = 1; round <= 2; round++) {
                answer = trouble.answer;
                poll();
                poll();
                assertThat(
                                log.lines(
                                        "The feed of other managers' changes failed; cached records are used for at most PT5S: "))
                        .hasSize(round);
                answer = Supplier::get;
                poll();
                poll();
                assertThat(log.lines("The feed of other managers' changes works again"))
                        .hasSize(round);
            }
            assertThat(log.lines("feed")).hasSize(4);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "FAILS, true",
        "THROWS_AN_ERROR, true",
        "ANSWERS_NULL, true",
        "IS_IN_DOUBT, true",
        "TELLS_OF_NO_KEY, false"
    })
    void afterAPollInTroubleTheChainGoesOnUnlessItsAnswerWasDamaged(Trouble trouble, boolean goesOn) {
        poll();
        poll();
        answer = trouble.answer;
        poll();
        answer = Supplier::get;
        marks.clear();

        poll();

        assertThat(marks).hasSize(1);
        assertThat(marks.get(0) != null).isEqualTo(goesOn);
    }

    @Test
    void theMarkOfAPollThatFailedIsUsedAgain() {
        poll();
        Changes.Mark mark = service.store.changes(null).next();
        otherNode.disable(id);
        pollsFail();
        poll();
        poll();
        service.store.hooks.clear();
        poll();
        poll();

        assertThat(marks.subList(1, 4)).containsOnly(mark);
        assertThat(marks.get(4)).isNotEqualTo(mark);
    }

    @Test
    void aStoreInDoubtEndsAllThatIsCached() {
        warmUp();
        answer = Trouble.IS_IN_DOUBT.answer;

        poll();

        assertCode(keys.verify(secret), Code.VALID);
        assertThat(finds()).isOne();
    }

    @Test
    void moreChangesThanAPollReportsInvalidateTheWholeCacheAndCount() {
        warmUp();
        pass(Duration.ofSeconds(3));
        answer = real -> Changes.all(real.get().next());
        poll();
        assertCode(keys.verify(secret), Code.VALID);
        assertThat(finds()).isOne();
        answer = Supplier::get;

        pass(Duration.ofSeconds(3));
        poll();
        pass(Duration.ofSeconds(3));
        assertCode(keys.verify(secret), Code.VALID);
        assertThat(finds()).isOne();
    }

    @Test
    void aPollThatTakesTooLongIsReported() {
        try (CapturedLog log = new CapturedLog()) {
            service.store.hooks.before("changes", Hooks.once(() -> pass(MAX_AGE)));
            poll();
            assertThat(log.lines("at most PT5S: a poll took longer than that")).hasSize(1);
            poll();
            assertThat(log.lines("works again")).hasSize(1);
        }
    }

    /** The first is often that a wait ended, and only the second says what is wrong. */
    @Test
    void eachKindOfFailureOfAnOutageIsReportedOnce() {
        try (CapturedLog log = new CapturedLog()) {
            for (int i = 0; i < 3; i++) {
                pollsFail();
                poll();
                service.store.hooks.before("changes", Hooks.throwing(IllegalStateException::new));
                poll();
            }
            assertThat(log.lines("changes failed")).hasSize(2);
            service.store.hooks.before("changes", () -> {});
            poll();
            assertThat(log.lines("works again")).hasSize(1);
        }
    }

    @Test
    void aPollThatHangsIsAStallAndRecordsAreUsedForCacheMaxAge() throws Exception {
        warmUp();
        passPolling(Duration.ofSeconds(20));
        Hold hold = service.hold();
        service.store.hooks.before("changes", hold);
        CompletableFuture<Boolean> polling = OwnThread.supply(() -> {
            poll();
            return true;
        });
        hold.awaitSomebody();
        otherNode.revoke(id, "leaked");
        pass(MAX_AGE);

        assertCode(keys.verify(secret), Code.REVOKED);
        assertThat(keys.stalls())
                .singleElement()
                .satisfies(stall ->
                        assertThat(stall.operation() + " in " + stall.step()).isEqualTo("follow in store.changes"));
        hold.release();
        assertThat(polling.get(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void withATimeoutAPollThatHangsFails() {
        ApiKeyManager timed = service.start(builder().operationTimeout(Duration.ofMillis(1)));
        Hold hold = service.hold();
        service.store.hooks.before("changes", hold);

        try (CapturedLog log = new CapturedLog()) {
            feed(timed).poll();
            assertThat(log.lines("feed of other managers' changes failed")).hasSize(1);
        }
    }

    // The thread

    private static long feeds() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("apikeys-feed"))
                .count();
    }

    private ApiKeys.Builder following() {
        ApiKeys.Builder builder = builder();
        builder.followsItself = true;
        return builder;
    }

    @Test
    void aThreadPollsAndEndsWithClose() {
        ApiKeyManager following = service.start(following().followInterval(Duration.ofMillis(1)));
        eventually().until(() -> service.store.hooks.calls("changes") >= 3);
        assertThat(feeds()).isOne();
        assertThat(Thread.getAllStackTraces().keySet())
                .filteredOn(thread -> thread.getName().equals("apikeys-feed"))
                .allMatch(Thread::isDaemon);

        following.close();

        service.store.hooks.forgetCalls();
        eventually().until(() -> feeds() == 0);
        assertThat(service.store.hooks.calls("changes")).isZero();
    }

    @Test
    void theThreadContinuesAfterAnyThrowable() {
        answer = Trouble.HAS_NO_MEMORY.answer;
        service.start(following().followInterval(Duration.ofMillis(1)));

        eventually().until(() -> marks.size() >= 3);
    }

    @Test
    void withoutALongerLifetimeThereIsNoPoll() {
        ApiKeyManager plain = service.start(following().cacheLifetime(MAX_AGE));

        assertThat(((DefaultApiKeyManager) plain).parts.feed).isNull();
        assertThat(feeds()).isZero();
        assertThat(plain.stats().feedLag()).isNull();
    }

    @Test
    void aPollThatHangsDoesNotKeepTheManagerFromClosing() {
        Hold hold = service.hold();
        service.store.hooks.before("changes", hold);
        ApiKeyManager following = service.start(following().followInterval(Duration.ofMillis(1)));
        hold.awaitSomebody();
        service.store.hooks.after("changes", Hooks.throwing(() -> new StorageException("the pool is closed", null)));

        try (CapturedLog log = new CapturedLog()) {
            following.close();
            service.store.hooks.forgetCalls();
            hold.release();
            eventually().until(() -> feeds() == 0);
            assertThat(service.store.hooks.calls()).isEmpty();
            assertThat(log.lines("feed")).isEmpty();
        }
    }

    @Test
    void theLagCountsFromWhenTheLastGoodPollBegan() {
        pass(Duration.ofSeconds(2));
        assertThat(keys.stats().feedLag()).as("since the manager was built").isEqualTo(Duration.ofSeconds(2));
        service.store.hooks.before("changes", Hooks.once(() -> pass(Duration.ofSeconds(1))));
        poll();
        assertThat(keys.stats().feedLag()).isEqualTo(Duration.ofSeconds(1));
        pollsFail();
        poll();
        pass(Duration.ofMillis(1));
        assertThat(keys.stats().feedLag()).isEqualTo(Duration.ofMillis(1_001));
        assertThat(keys.stats().toString()).contains("feedLag=PT1.001S");
    }

    // Settings

    @ParameterizedTest
    @CsvSource({
        "PT5S, PT60S, PT1S",
        "PT1S, PT60S, PT0.5S",
        "PT0.002S, PT60S, PT0.001S",
        "PT0.001999999S, PT0.001999999S,",
        "PT0S, PT0S,",
        "PT59S, PT60S, PT1S",
        "PT60S, PT60S,",
        "PT1H, PT1H,"
    })
    void defaultsFollowCacheMaxAge(Duration maxAge, Duration lifetime, Duration interval) {
        ApiKeys.Builder builder = builder().cacheMaxAge(maxAge);

        assertThat(builder.recordLifetime()).isEqualTo(lifetime);
        assertThat(builder.follows()).isEqualTo(interval != null);
        if (interval != null) {
            assertThat(builder.pollInterval()).isEqualTo(interval);
        }
        service.start(builder);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            delimiter = '|',
            value = {
                "PT5S | PT4S | - | cacheLifetime is PT4S; allowed: at least cacheMaxAge, PT5S",
                "PT0S | PT1S | - | cacheLifetime is PT1S; allowed: cacheMaxAge, PT0S, since that is less than 2"
                        + " milliseconds",
                "PT5S | - | PT2.501S | followInterval is PT2.501S; allowed: at most half of cacheMaxAge, PT2.5S",
                "PT5S | PT5S | PT1S | followInterval is PT1S; allowed: none, since cacheLifetime is not more than"
                        + " cacheMaxAge, PT5S"
            })
    void settingsThatContradictEachOtherAreRefused(Duration maxAge, Duration lifetime, Duration interval, String said) {
        ApiKeys.Builder builder = builder().cacheMaxAge(maxAge);
        if (lifetime != null) {
            builder.cacheLifetime(lifetime);
        }
        if (interval != null) {
            builder.followInterval(interval);
        }

        assertThatExceptionOfType(InvalidArgumentException.class)
                .isThrownBy(builder::build)
                .withMessage(said);
    }
}
