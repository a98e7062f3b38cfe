package dev.apikeys;

import static dev.apikeys.Service.eventually;
import static dev.apikeys.Service.spec;
import static dev.apikeys.Service.specWithHandOff;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.apikeys.spi.StorageException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.RunnableScheduledFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Closing: nothing begins any more, what has begun ends, uses are written, and nothing of the host's is touched. */
@Timeout(40)
class CloseTest {
    private final Service service = new Service();

    @AfterEach
    void close() {
        service.close();
    }

    private ApiKeys.Builder impatient() {
        ApiKeys.Builder builder = service.builder();
        builder.closeWithin = Duration.ofMillis(300);
        return builder;
    }

    @Test
    void closeWaitsTenSecondsUnlessATestSaysOtherwise() {
        assertThat(service.builder().closeWithin).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void afterCloseEveryMethodIsRefused() throws Exception {
        ApiKeyManager keys = service.start();
        CreatedKey created = keys.create(specWithHandOff());
        TempKeyVault vault = keys.vault();
        PermissionRepair repair = keys.permissionRepair();
        keys.close();
        List<String> calls = service.store.hooks.calls();
        Map<Class<?>, Object> arguments = new HashMap<>(Map.of(
                KeySpec.class, spec(),
                List.class, List.of(spec()),
                String.class, created.handOff().orElseThrow().ticket().reveal(),
                Access.class, Access.permission("a"),
                KeyId.class, created.id(),
                KeyQuery.class, KeyQuery.all(),
                KeyUpdate.class, KeyUpdate.builder().name("x").build(),
                Duration.class, Duration.ofMinutes(1),
                Secret.class, created.secret(),
                Set.class, Set.of()));
        arguments.put(int.class, 1);
        arguments.put(Rotation.class, Rotation.immediate());
        arguments.put(JournalQuery.class, JournalQuery.all());
        arguments.put(VerificationRequest.class, VerificationRequest.of("x"));
        arguments.put(Proof.class, new Proof(created.id(), created.key().createdAt()));

        Stream.of(ApiKeyManager.class.getMethods())
                .filter(method -> !Set.of(
                                "stats",
                                "stalls",
                                "roles",
                                "cacheMaxAge",
                                "recognizes",
                                "close",
                                "as",
                                "provided",
                                "authorize")
                        .contains(method.getName()))
                .forEach(method -> assertRefused(keys, method, arguments));
        Stream.of(TempKeyVault.class.getMethods()).forEach(method -> assertRefused(vault, method, arguments));
        Stream.of(PermissionRepair.class.getDeclaredMethods())
                .filter(method -> java.lang.reflect.Modifier.isPublic(method.getModifiers()))
                .forEach(method -> assertRefused(repair, method, arguments));
        assertThatIllegalStateException()
                .isThrownBy(() -> keys.authorize(
                        new Proof(created.id(), created.key().createdAt()), VerificationRequest.forProof()));
        assertThat(keys.stats()).isNotNull();
        assertThat(keys.stalls()).isEmpty();
        assertThat(keys.roles()).isNotNull();
        assertThat(keys.cacheMaxAge()).isNotNull();
        assertThat(keys.recognizes(created.secret().reveal())).isTrue();
        assertThat(service.store.hooks.calls()).isEqualTo(calls);
        assertThat(service.store.row(created.id().value()).version()).isOne();
    }

    private static void assertRefused(Object target, Method method, Map<Class<?>, Object> arguments) {
        Object[] given =
                Stream.of(method.getParameterTypes()).map(arguments::get).toArray();
        assertThatExceptionOfType(InvocationTargetException.class)
                .as("%s", method)
                .isThrownBy(() -> method.invoke(target, given))
                .satisfies(e -> assertThat(e.getCause())
                        .as("%s", method)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("closed")
                        .hasMessageContaining("ApiKeys.builder"));
    }

    @Test
    void closeIsIdempotent() {
        ApiKeyManager keys = service.start();
        CreatedKey created = keys.create(spec());
        keys.verify(created.secret().reveal());

        keys.close();
        keys.close();

        assertThat(service.store.hooks.calls("addUsage")).isOne();
    }

    @Test
    void closeWaitsForTheOperationsThatHaveBegun() throws Exception {
        ApiKeyManager keys = service.start();
        CreatedKey created = keys.create(spec());
        Hold hold = service.hold();
        service.store.hooks.before("find", hold);
        CompletableFuture<Verification> verifying =
                OwnThread.supply(() -> keys.verify(created.secret().reveal()));
        hold.awaitSomebody();

        CompletableFuture<Void> closing = OwnThread.run(keys::close);
        eventually().untilAsserted(() -> assertThatIllegalStateException().isThrownBy(keys::vault));
        assertThat(closing).isNotDone();
        hold.release();
        closing.get(20, TimeUnit.SECONDS);

        assertThat(verifying.get(20, TimeUnit.SECONDS).httpStatus()).isEqualTo(200);
        assertThat(service.store.row(created.id().value()).usageCount()).isOne();
    }

    @Test
    void anOperationThatHangsDoesNotHangCloseWhichSaysSo() {
        ApiKeyManager keys = service.start(impatient());
        CreatedKey created = keys.create(spec());
        keys.verify(created.secret().reveal());
        Hold hold = service.hold();
        service.store.hooks.before("write", hold);
        CompletableFuture<ApiKey> revoking = OwnThread.supply(() -> keys.revoke(created.id(), "x"));
        hold.awaitSomebody();

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(keys::close)
                .withMessageContaining("still in progress");

        assertThat(service.store.row(created.id().value()).usageCount()).isOne();
        hold.release();
        eventually().until(revoking::isDone);
        assertThat(revoking).isCompleted();
    }

    @Test
    void aStoreThatHangsInTheLastFlushDoesNotHangCloseAndIsWatched() {
        ApiKeyManager keys = service.start(impatient().stallThreshold(Duration.ofMillis(20)));
        CreatedKey created = keys.create(spec());
        keys.verify(created.secret().reveal());
        Hold hold = service.hold();
        service.store.hooks.before("addUsage", () -> {
            service.time.pass(Duration.ofSeconds(1));
            hold.run();
        });

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(keys::close)
                .withMessageContaining("1 uses could not be written");

        assertThat(service.told.events(KeyEvent.Type.STALLED))
                .extracting(KeyEvent::detail)
                .containsExactly("flush in store.addUsage on apikeys-close");
        hold.release();
        eventually().until(() -> service.store.row(created.id().value()).usageCount() == 1);
    }

    @Test
    void closeWaitsForUsesThatMaintenanceWritesOrReportsThem() {
        for (boolean released : new boolean[] {true, false}) {
            ApiKeys.Builder builder = impatient();
            builder.maintainsItself = true;
            ApiKeyManager keys = service.start(builder.maintenanceInterval(Duration.ofMillis(1)));
            CreatedKey created = keys.create(spec());
            Hold hold = service.hold();
            service.store.hooks.before("addUsage", hold);
            keys.verify(created.secret().reveal());
            hold.awaitSomebody();

            CompletableFuture<Void> closing = OwnThread.run(keys::close);
            eventually().untilAsserted(() -> assertThatIllegalStateException().isThrownBy(keys::vault));
            if (released) {
                hold.release();
                eventually().until(closing::isDone);
                assertThat(closing).isCompleted();
                assertThat(service.store.row(created.id().value()).usageCount()).isOne();
            } else {
                eventually().until(closing::isDone);
                assertThat(closing)
                        .isCompletedExceptionally()
                        .failsWithin(Duration.ZERO)
                        .withThrowableThat()
                        .withMessageContaining("1 uses could not be written");
            }
        }
    }

    @Test
    void aLastBatchWhoseAnswerIsLostIsRepeatedAndKeepsNoOtherFromBeingWritten() {
        ApiKeyManager keys = service.start();
        List<CreatedKey> many = keys.createAll(Collections.nCopies(501, spec()));
        many.forEach(key -> keys.verify(key.secret().reveal()));
        service.store.hooks.after("addUsage", Hooks.once(() -> {
            throw new StorageException("answer lost", null, true, null);
        }));

        keys.close();

        assertThat(many)
                .allSatisfy(
                        key -> assertThat(service.store.row(key.id().value()).usageCount())
                                .isOne());
        assertThat(service.store.hooks.calls("addUsage")).isEqualTo(3);
    }

    @Test
    void aLastBatchThatStaysInDoubtIsRepeatedOnceAndReported() {
        ApiKeyManager keys = service.start();
        keys.verify(keys.create(spec()).secret().reveal());
        service.store.hooks.before(
                "addUsage", Hooks.throwing(() -> new StorageException("answer lost", null, true, null)));

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(keys::close)
                .withMessageContaining("1 uses could not be written");

        assertThat(service.store.hooks.calls("addUsage")).isEqualTo(2);
    }

    private static long ownThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("apikeys-"))
                .count();
    }

    @Test
    void ownThreadsAreDaemonsAndEndWithClose() {
        eventually().until(() -> ownThreads() == 0);
        ApiKeyManager keys = service.start(ApiKeys.builder(service.store)
                .handOff(service.temp)
                .listener(service.told)
                .authorizer((granted, resource, action) -> true)
                .operationTimeout(Duration.ofSeconds(20)));
        CreatedKey created = keys.create(specWithHandOff());
        keys.verify(created.secret().reveal(), Access.resource("/", "GET"));
        assertThat(Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> thread.getName().startsWith("apikeys-")))
                .allMatch(Thread::isDaemon)
                .extracting(Thread::getName)
                .contains("apikeys-watch", "apikeys-store", "apikeys-vault", "apikeys-authorizer");

        keys.close();

        // Idle workers end by themselves after ten seconds: these end because they are told to.
        eventually().atMost(Duration.ofSeconds(5)).until(() -> ownThreads() == 0);
    }

    @Test
    void theHostsSchedulerMaintainsAndIsLeftRunning() throws Exception {
        ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
        try {
            ApiKeyManager keys = service.start(
                    ApiKeys.builder(service.store).maintenanceOn(scheduler).maintenanceInterval(Duration.ofMillis(1)));
            CreatedKey created = keys.create(spec());
            keys.verify(created.secret().reveal());
            eventually().until(() -> service.store.row(created.id().value()).usageCount() == 1);
            assertThat(Thread.getAllStackTraces().keySet())
                    .noneMatch(thread -> thread.getName().equals("apikeys-maintenance"));

            keys.close();

            assertThat(scheduler.isShutdown()).isFalse();
            assertThat(scheduler.submit(() -> "alive").get(20, TimeUnit.SECONDS))
                    .isEqualTo("alive");
        } finally {
            assertThat(scheduler.shutdownNow())
                    .as("nothing of ours waits there to be run")
                    .allMatch(task -> task instanceof java.util.concurrent.Future<?> future && future.isCancelled());
        }
    }

    @Test
    void closeWaitsForARoundOnTheHostsScheduler() {
        ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
        try {
            ApiKeyManager keys = service.start(
                    ApiKeys.builder(service.store).maintenanceOn(scheduler).maintenanceInterval(Duration.ofMillis(1)));
            CreatedKey created = keys.create(spec());
            Hold hold = service.hold();
            service.store.hooks.before("addUsage", hold);
            keys.verify(created.secret().reveal());
            hold.awaitSomebody();

            CompletableFuture<Void> closing = OwnThread.run(keys::close);
            eventually().untilAsserted(() -> assertThatIllegalStateException().isThrownBy(keys::permissionRepair));
            assertThat(closing).isNotDone();
            hold.release();
            eventually().until(closing::isDone);
            assertThat(closing).isCompleted();
        } finally {
            scheduler.shutdownNow();
        }
    }

    @Test
    void aRoundThatComesAfterCloseDoesNothing() {
        List<Runnable> rounds = new ArrayList<>();
        ScheduledThreadPoolExecutor careless = new ScheduledThreadPoolExecutor(1) {
            @Override
            public ScheduledFuture<?> scheduleWithFixedDelay(Runnable round, long first, long delay, TimeUnit unit) {
                rounds.add(round);
                return super.scheduleWithFixedDelay(round, first, delay, unit);
            }
        };
        try {
            ApiKeyManager keys = service.start(ApiKeys.builder(service.store)
                    .handOff(service.temp)
                    .maintenanceOn(careless)
                    .maintenanceInterval(Duration.ofDays(1)));
            rounds.get(0).run();
            assertThat(service.temp.hooks.calls()).containsExactly("purge");

            keys.close();
            rounds.get(0).run();

            assertThat(service.temp.hooks.calls()).containsExactly("purge");
        } finally {
            careless.shutdownNow();
        }
    }

    /** A scheduler whose tasks do something else when they are cancelled. */
    private static ScheduledThreadPoolExecutor cancelling(Runnable instead) {
        return new ScheduledThreadPoolExecutor(1) {
            @Override
            @SuppressWarnings("unchecked") // The proxy passes all on.
            protected <V> RunnableScheduledFuture<V> decorateTask(Runnable task, RunnableScheduledFuture<V> future) {
                return (RunnableScheduledFuture<V>) Proxy.newProxyInstance(
                        CloseTest.class.getClassLoader(),
                        new Class<?>[] {RunnableScheduledFuture.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().equals("cancel")) {
                                instead.run();
                            }
                            return method.invoke(future, arguments);
                        });
            }
        };
    }

    private void assertClosesAndWrites(ScheduledThreadPoolExecutor scheduler) {
        try (CapturedLog log = new CapturedLog()) {
            ApiKeyManager keys = service.start(
                    ApiKeys.builder(service.store).maintenanceOn(scheduler).maintenanceInterval(Duration.ofDays(1)));
            CreatedKey created = keys.create(spec());
            keys.verify(created.secret().reveal());

            keys.close();

            assertThat(service.store.row(created.id().value()).usageCount()).isOne();
            assertThat(log.lines("Maintenance could not be cancelled on its scheduler"))
                    .hasSize(1);
            keys.close();
        } finally {
            scheduler.shutdownNow();
        }
    }

    @Test
    void aSchedulerThatCannotCancelCostsNoUse() {
        assertClosesAndWrites(cancelling(() -> {
            throw new LinkageError("planted");
        }));
    }

    @Test
    void aSchedulerThatHangsInCancelDoesNotHangClose() {
        assertClosesAndWrites(cancelling(service.hold()));
    }

    @Test
    void aSchedulerThatRefusesLeavesNoThreadBehind() {
        eventually().until(() -> ownThreads() == 0);
        ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
        scheduler.shutdown();

        assertThatExceptionOfType(java.util.concurrent.RejectedExecutionException.class)
                .isThrownBy(() ->
                        ApiKeys.builder(service.store).maintenanceOn(scheduler).build());
        assertThat(ownThreads()).isZero();
    }

    @Test
    void theListenerReceivesWaitingEventsWithinABound() {
        Hold hold = service.hold();
        AtomicInteger told = new AtomicInteger();
        ApiKeyManager keys = service.start(impatient().listener(event -> {
            hold.run();
            told.incrementAndGet();
        }));
        keys.create(spec());
        keys.create(spec());
        hold.awaitSomebody();

        try (CapturedLog log = new CapturedLog()) {
            keys.close();
            assertThat(log.lines("1 events were not delivered")).hasSize(1);
        }
        hold.release();
        eventually().until(() -> ownThreads() == 0);
        assertThat(told).hasValue(1);
        assertThat(keys.stats().eventsDropped()).containsEntry(KeyEvent.Dropped.CLOSED, 1L);
    }

    @Test
    void listenersThatHangShareTheOneSecond() {
        Hold hold = service.hold();
        ApiKeys.Builder builder = impatient();
        for (int i = 0; i < 30; i++) {
            builder.listener(event -> hold.run());
        }
        ApiKeyManager keys = service.start(builder);
        keys.create(spec());
        hold.awaitSomebody();

        long begun = System.nanoTime();
        keys.close();

        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(15));
        hold.release();
    }

    @Test
    void eventsThatWaitAreReportedBeforeCloseReturns() throws Exception {
        Hold hold = service.hold();
        AtomicInteger told = new AtomicInteger();
        ApiKeyManager keys = service.start(service.builder().listener(event -> {
            hold.run();
            told.incrementAndGet();
        }));
        keys.createAll(Collections.nCopies(500, spec()));
        hold.awaitSomebody();

        CompletableFuture<Void> closing = CompletableFuture.runAsync(keys::close);
        eventually().untilAsserted(() -> assertThatIllegalStateException().isThrownBy(keys::vault));
        hold.release();
        closing.get(20, TimeUnit.SECONDS);

        assertThat(told).hasValue(500);
    }

    @Test
    void aListenerMayCloseTheManager() {
        AtomicReference<ApiKeyManager> manager = new AtomicReference<>();
        ApiKeys.Builder builder = impatient();
        manager.set(service.start(builder.listener(event -> manager.get().close())));

        manager.get().create(spec());

        eventually()
                .untilAsserted(() -> assertThatIllegalStateException()
                        .isThrownBy(() -> manager.get().create(spec())));
        eventually().until(() -> ownThreads() == 0);
    }

    /** Closes on a thread that is interrupted before it begins; what comes of it is whether it still is in the end. */
    private static CompletableFuture<Boolean> closeInterrupted(ApiKeyManager keys) {
        return OwnThread.supply(() -> {
            Thread.currentThread().interrupt();
            keys.close();
            return Thread.interrupted();
        });
    }

    @Test
    void anInterruptedCloseWaitsForTheOperationsAndLosesNoUse() throws Exception {
        ApiKeyManager keys = service.start();
        CreatedKey created = keys.create(spec());
        Hold hold = service.hold();
        service.store.hooks.before("find", hold);
        CompletableFuture<Verification> verifying =
                OwnThread.supply(() -> keys.verify(created.secret().reveal()));
        hold.awaitSomebody();

        CompletableFuture<Boolean> interrupted = closeInterrupted(keys);
        eventually().untilAsserted(() -> assertThatIllegalStateException().isThrownBy(keys::vault));
        assertThat(interrupted).isNotDone();
        hold.release();

        assertThat(interrupted.get(20, TimeUnit.SECONDS)).isTrue();
        assertThat(verifying.get(20, TimeUnit.SECONDS).httpStatus()).isEqualTo(200);
        assertThat(service.store.row(created.id().value()).usageCount()).isOne();
    }

    @Test
    void anInterruptDuringTheLastFlushLosesNoUse() throws Exception {
        ApiKeyManager keys = service.start();
        CreatedKey created = keys.create(spec());
        keys.verify(created.secret().reveal());
        Hold hold = service.hold();
        service.store.hooks.before("addUsage", hold);
        AtomicReference<Thread> closer = new AtomicReference<>();
        CompletableFuture<Boolean> interrupted = OwnThread.supply(() -> {
            closer.set(Thread.currentThread());
            keys.close();
            return Thread.interrupted();
        });
        hold.awaitSomebody();

        closer.get().interrupt();
        eventually()
                .until(() -> interrupted.isDone()
                        || (!closer.get().isInterrupted() && closer.get().getState() == Thread.State.TIMED_WAITING));
        assertThat(interrupted).isNotDone();
        hold.release();

        assertThat(interrupted.get(20, TimeUnit.SECONDS)).isTrue();
        assertThat(service.store.row(created.id().value()).usageCount()).isOne();
    }

    @Test
    void anInterruptedCloseIsBoundedAllTheSame() {
        ApiKeyManager keys = service.start(impatient());
        CreatedKey created = keys.create(spec());
        Hold hold = service.hold();
        service.store.hooks.before("find", hold);
        CompletableFuture<Verification> verifying =
                OwnThread.supply(() -> keys.verify(created.secret().reveal()));
        hold.awaitSomebody();

        Thread.currentThread().interrupt();
        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(keys::close)
                .withMessageContaining("still in progress after PT0.3S");
        assertThat(Thread.interrupted()).isTrue();
        hold.release();
        eventually().until(verifying::isDone);
    }

    @Test
    void anInterruptedCloseCountsAndLogsUndeliveredEvents() {
        Hold hold = service.hold();
        ApiKeyManager keys = service.start(impatient().listener(event -> hold.run()));
        keys.create(spec());
        keys.create(spec());
        hold.awaitSomebody();

        try (CapturedLog log = new CapturedLog()) {
            Thread.currentThread().interrupt();
            keys.close();
            assertThat(Thread.interrupted()).isTrue();
            assertThat(log.lines("1 events were not delivered")).hasSize(1);
        }
        assertThat(keys.stats().eventsDropped()).containsEntry(KeyEvent.Dropped.CLOSED, 1L);
    }

    @Test
    void aSecondCloseWaitsForTheFirstAndSaysTheSame() throws Exception {
        ApiKeyManager keys = service.start();
        CreatedKey created = keys.create(spec());
        keys.verify(created.secret().reveal());
        Hold hold = service.hold();
        service.store.hooks.before("addUsage", () -> {
            hold.run();
            throw new StorageException("down", null);
        });

        CompletableFuture<Void> first = OwnThread.run(keys::close);
        hold.awaitSomebody();
        Thread second = new Thread(() -> assertThatExceptionOfType(StorageException.class)
                .isThrownBy(keys::close)
                .withMessageContaining("1 uses could not be written"));
        List<Throwable> failed = new CopyOnWriteArrayList<>();
        second.setUncaughtExceptionHandler((thread, e) -> failed.add(e));
        second.start();
        eventually().until(() -> isWaiting(second));
        assertThat(first).isNotDone();
        hold.release();
        second.join(20_000);

        assertThat(second.isAlive()).isFalse();
        assertThat(failed).isEmpty();
        assertThat(first).failsWithin(Duration.ofSeconds(20)); // the second may be told before
    }

    private static boolean isWaiting(Thread thread) {
        return thread.getState() == Thread.State.WAITING || thread.getState() == Thread.State.TIMED_WAITING;
    }
}
