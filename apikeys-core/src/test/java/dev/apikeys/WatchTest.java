package dev.apikeys;

import static dev.apikeys.Service.eventually;
import static dev.apikeys.Service.spec;
import static dev.apikeys.Service.specWithHandOff;
import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.KeyEvent.Type;
import dev.apikeys.internal.concurrent.DaemonThreads;
import dev.apikeys.internal.concurrent.Patience;
import dev.apikeys.internal.gate.Gate;
import dev.apikeys.internal.gate.Operation;
import dev.apikeys.internal.gate.Watch;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What hangs is seen: by whom it was called, where, for which key, on which thread, and told once. */
@Timeout(30)
class WatchTest {
    private static final Duration THRESHOLD = Duration.ofMillis(40); // Ten milliseconds of real time between two looks.

    private final Service service = new Service();
    private final ApiKeyManager keys = service.start(watched());
    private final ExecutorService callers = Executors.newCachedThreadPool(task -> new Thread(task, "caller"));
    private final List<Future<?>> calls = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        service.store.hooks.clear();
        service.temp.hooks.clear();
        service.close();
        callers.shutdown();
        for (Future<?> call : calls) {
            call.get(20, TimeUnit.SECONDS);
        }
    }

    private ApiKeys.Builder watched() {
        return service.builder().stallThreshold(THRESHOLD);
    }

    /** Starts a call, which hangs at the given place, and lets time pass. */
    private void callAndHang(Hooks hooks, String step, Runnable call) {
        Hold hold = service.hold();
        hooks.before(step, hold);
        calls.add(callers.submit(call));
        hold.awaitSomebody();
        service.time.pass(THRESHOLD);
    }

    private Stall onlyStall(ApiKeyManager manager) {
        assertThat(manager.stalls()).hasSize(1);
        return manager.stalls().get(0);
    }

    @Test
    void aStallNamesOperationStepKeyTimeThreadAndStack() {
        KeyId id = KeyId.random();
        KeySpec spec = KeySpec.builder("x")
                .role("admin")
                .id(id)
                .handOff(Duration.ofMinutes(1))
                .build();

        callAndHang(service.temp.hooks, "insert", () -> keys.create(spec));

        Stall stall = onlyStall(keys);
        assertThat(stall.operation()).isEqualTo("create");
        assertThat(stall.step()).isEqualTo("vault.insert");
        assertThat(stall.keyId()).isEqualTo(id.value());
        assertThat(stall.elapsed()).isEqualTo(THRESHOLD);
        assertThat(stall.thread()).isEqualTo("caller");
        assertThat(stall.stack()).anyMatch(frame -> frame.getClassName().equals(Hold.class.getName()));
        assertThat(keys.stats().stalled()).isOne();
        assertThat(keys.stats().hostCalls()).isOne();
    }

    @Test
    void everyStepHasItsName() {
        CreatedKey created = keys.create(specWithHandOff());
        String ticket = created.handOff().orElseThrow().ticket().reveal();
        ApiKeyManager guarded = service.start(watched().authorizer((granted, resource, action) -> {
            service.store.hooks.around("allows", () -> {});
            return true;
        }));
        Hooks store = service.store.hooks;
        Hooks temp = service.temp.hooks;
        String secret = created.secret().reveal();

        assertStall("verify in store.find", store, "find", () -> guarded.verify(secret));
        assertStall(
                "verify in authorizer.allows",
                store,
                "allows",
                () -> guarded.verify(secret, Access.resource("/", "GET")));
        assertStall("list in store.list", store, "list", () -> guarded.list(KeyQuery.all()));
        assertStall(
                "update in store.write",
                store,
                "write",
                () -> guarded.update(created.id(), KeyUpdate.builder().name("x").build()));
        assertStall("createAll in store.write", store, "write", () -> guarded.createAll(List.of(spec())));
        assertStall("flush in store.addUsage", store, "addUsage", guarded::maintain);
        assertStall(
                "vault.handOffStatus in vault.findByKey",
                temp,
                "findByKey",
                () -> guarded.vault().handOffStatus(created.id()));
        assertStall(
                "vault.claim in vault.find", temp, "find", () -> guarded.vault().claim("ho_" + "0".repeat(43)));
        assertStall(
                "vault.claim in vault.settle",
                temp,
                "settle",
                () -> guarded.vault().claim(ticket));
        assertStall("purge in vault.purge", temp, "purge", guarded::maintain);
        assertStall(
                "rotate in vault.discard", temp, "discard", () -> guarded.rotate(created.id(), Rotation.immediate()));
        assertStall(
                "permissionRepair in store.list",
                store,
                "list",
                () -> guarded.permissionRepair().inspect(KeyQuery.all()));
        assertStall("delete in store.write", store, "write", () -> guarded.delete(created.id()));
    }

    private void assertStall(String where, Hooks hooks, String step, Runnable call) {
        Hold hold = service.hold();
        hooks.before(step, hold);
        Future<?> future = callers.submit(call);
        hold.awaitSomebody();
        service.time.pass(THRESHOLD);
        eventually()
                .until(() -> service.told.events(Type.STALLED).stream()
                        .anyMatch(event -> event.detail().equals(where + " on caller")));
        hooks.before(step, () -> {});
        hold.release();
        eventually().until(future::isDone);
        service.time.pass(Duration.ofSeconds(1));
    }

    /** The stack is taken while the thread goes on: it ends this call when it is asked for it. */
    @Test
    void aCallThatEndsWhileItsStackIsTakenIsNoStall() throws Exception {
        MovableTime time = service.time;
        Gate gate = Gate.direct(time, null);
        Emitter emitter = new Emitter(
                List.of(new Emitter.Listening(
                        service.told, Gate.direct(time, null), DaemonThreads.named("apikeys-events"))),
                time);
        Watch watch = new Watch(List.of(gate), call -> emitter.emitStalled(call, time), time, THRESHOLD);
        for (Runnable look :
                List.<Runnable>of(watch::round, () -> assertThat(watch.stalls()).isEmpty())) {
            Hold hold = service.hold();
            Thread moving = new MovesOn(
                    hold,
                    () -> gate.read(FIND, "store.find", () -> {
                        hold.run();
                        return true;
                    }));
            moving.start();
            hold.awaitSomebody();
            time.pass(THRESHOLD);

            look.run();
        }
        assertThat(watch.stalledCalls()).isZero();
        emitter.close(new Patience(System::nanoTime), Duration.ofSeconds(20));
        assertThat(service.told.events(Type.STALLED)).isEmpty();
    }

    private static final Operation FIND = new Operation("find", "ak_1", null, 0, 0);

    /** A thread whose call ends before its stack is seen. */
    private static final class MovesOn extends Thread {
        private final Hold hold;

        MovesOn(Hold hold, Runnable call) {
            super(call, "moves on");
            this.hold = hold;
        }

        @Override
        public StackTraceElement[] getStackTrace() {
            hold.release();
            try {
                join(20_000);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return new StackTraceElement[] {new StackTraceElement("another", "call", null, -1)};
        }
    }

    @Test
    void aStallIsReportedOnceAndGoneWhenTheCallEnds() {
        CreatedKey created = keys.create(spec());
        callAndHang(service.store.hooks, "find", () -> keys.find(created.id()));
        KeyEvent told = service.told.awaitFirst(Type.STALLED);
        assertThat(told.keyId()).isEqualTo(created.id());
        assertThat(told.detail()).isEqualTo("find in store.find on caller");
        assertThat(told.time()).isEqualTo(service.time.instant());

        // Each look goes over all calls: when others have been told, the watch has met the first again.
        callAndHang(service.store.hooks, "list", () -> keys.list(KeyQuery.all()));
        eventually().until(() -> service.told.events(Type.STALLED).size() == 2);
        callAndHang(service.store.hooks, "write", () -> keys.create(spec()));
        eventually().until(() -> service.told.events(Type.STALLED).size() >= 3);
        assertThat(service.told.events(Type.STALLED))
                .extracting(KeyEvent::detail)
                .doesNotHaveDuplicates();
        assertThat(keys.stalls()).hasSize(3);
    }

    @Test
    void aStallIsLoggedOnceWithItsStack() {
        try (CapturedLog log = new CapturedLog()) {
            callAndHang(service.store.hooks, "list", () -> keys.list(KeyQuery.all()));
            eventually()
                    .until(() -> log.text().contains("list has been in store.list for 40 ms, key null, thread caller"));
            callAndHang(service.store.hooks, "find", () -> keys.find(KeyId.of("ak_1")));
            eventually().until(() -> log.text().contains("find has been in store.find"));

            assertThat(log.lines("list has been in store.list"))
                    .singleElement()
                    .asString()
                    .contains("WARN");
            assertThat(log.text()).contains("dev.apikeys.Hold.run(Hold.java:");
        }
    }

    @Test
    void whatEndsInTimeIsNoStall() {
        Hold hold = service.hold();
        service.store.hooks.before("list", hold);
        calls.add(callers.submit(() -> keys.list(KeyQuery.all())));
        hold.awaitSomebody();
        service.time.pass(THRESHOLD.minusNanos(1));

        assertThat(keys.stalls()).isEmpty();
        assertThat(keys.stats().hostCalls()).isOne();
        service.time.pass(Duration.ofNanos(1));
        assertThat(keys.stalls()).hasSize(1);
        hold.release();
        eventually().until(() -> keys.stalls().isEmpty() && keys.stats().hostCalls() == 0);
    }

    /** Where everything hangs, strangers cause stalls at will: these do not take the last places. */
    @Test
    void aStallThatTheListenerHasNoTimeForIsCountedAndStillLogged() {
        MovableTime time = service.time;
        Gate gate = Gate.direct(time, null);
        Hold listening = service.hold();
        Emitter emitter = new Emitter(
                List.of(new Emitter.Listening(
                        event -> listening.run(), Gate.direct(time, null), DaemonThreads.named("apikeys-events"))),
                time);
        for (int i = 0; i < 1 + 512; i++) {
            emitter.emit(Type.CREATED, null, 0, "");
            listening.awaitSomebody();
        }
        Hold hold = service.hold();
        calls.add(callers.submit(() -> gate.read(new Operation("find", null, null, 0, 0), "store.find", () -> {
            hold.run();
            return true;
        })));
        hold.awaitSomebody();
        time.pass(THRESHOLD);

        try (CapturedLog log = new CapturedLog()) {
            new Watch(List.of(gate), call -> emitter.emitStalled(call, time), time, THRESHOLD).round();
            assertThat(log.lines("find has been in store.find")).hasSize(1);
        }
        assertThat(emitter.dropped()).containsEntry(KeyEvent.Dropped.FULL, 1L);
        listening.release();
        emitter.close(new Patience(System::nanoTime), Duration.ofSeconds(20));
    }

    /** Else the watch would be stopped by what it is there to report. */
    @Test
    void aClockThatFailsStopsNoLook() {
        assertLogsTwoStalls(
                () -> {
                    throw new IllegalStateException("planted");
                },
                () -> {});
        assertThat(service.told.events()).isEmpty();
    }

    @Test
    void aClockThatHangsStopsNoLook() {
        Hold hangs = service.hold();
        assertLogsTwoStalls(
                () -> {
                    hangs.run();
                    return service.time.instant();
                },
                hangs::release);
        assertThat(service.told.events(Type.STALLED)).hasSize(2);
    }

    private void assertLogsTwoStalls(InstantSource clock, Runnable afterwards) {
        Gate gate = Gate.direct(service.time, null);
        Emitter emitter = new Emitter(
                List.of(new Emitter.Listening(
                        service.told, Gate.direct(service.time, null), DaemonThreads.named("apikeys-events"))),
                service.time);
        for (String step : List.of("store.find", "store.list")) {
            Hold hold = service.hold();
            calls.add(callers.submit(() -> gate.read(FIND, step, () -> {
                hold.run();
                return true;
            })));
            hold.awaitSomebody();
        }
        service.time.pass(THRESHOLD);
        try (CapturedLog log = new CapturedLog()) {
            new Watch(List.of(gate), call -> emitter.emitStalled(call, clock), service.time, THRESHOLD).round();
            assertThat(log.lines("find has been in store.")).hasSize(2);
        }
        afterwards.run();
        emitter.close(new Patience(System::nanoTime), Duration.ofSeconds(20));
    }

    @Test
    void aLookTellsWhatHasReachedTheThresholdAndOnlyTheFirstDoes() {
        MovableTime time = service.time;
        Gate gate = Gate.direct(time, null);
        Emitter emitter = new Emitter(
                List.of(new Emitter.Listening(
                        service.told, Gate.direct(time, null), DaemonThreads.named("apikeys-events"))),
                time);
        Watch watch = new Watch(List.of(gate), call -> emitter.emitStalled(call, time), time, THRESHOLD);
        Hold hold = service.hold();
        calls.add(callers.submit(() -> gate.read(new Operation("find", "ak_1", null, 0, 0), "store.find", () -> {
            hold.run();
            return true;
        })));
        hold.awaitSomebody();

        watch.round();
        time.pass(THRESHOLD.minusNanos(1));
        watch.round();
        time.pass(Duration.ofNanos(1));
        watch.round();
        service.told.awaitFirst(Type.STALLED); // before time goes on: its time is that of the telling
        time.pass(THRESHOLD);
        watch.round();
        emitter.close(new Patience(System::nanoTime), Duration.ofSeconds(20));

        assertThat(service.told.events())
                .singleElement()
                .extracting(KeyEvent::time)
                .isEqualTo(time.instant().minus(THRESHOLD));
    }

    @Test
    void theMaintenanceThreadIsWatchedWhenTheFlushHangs() {
        Hold hold = service.hold();
        service.store.hooks.before("addUsage", hold);
        ApiKeyManager own = service.start(ApiKeys.builder(service.store)
                .listener(service.told)
                .clock(service.time)
                .ticker(service.time)
                .stallThreshold(THRESHOLD)
                .maintenanceInterval(Duration.ofMillis(5)));
        CreatedKey created = own.create(spec());
        own.verify(created.secret().reveal());
        hold.awaitSomebody();
        service.time.pass(THRESHOLD);

        Stall stall = onlyStall(own);
        assertThat(stall.operation()).isEqualTo("flush");
        assertThat(stall.step()).isEqualTo("store.addUsage");
        assertThat(stall.thread()).isEqualTo("apikeys-maintenance");
        assertThat(stall.keyId()).isNull();
        assertThat(service.told.awaitFirst(Type.STALLED).detail())
                .isEqualTo("flush in store.addUsage on apikeys-maintenance");
    }

    @Test
    void aListenerThatHangsIsAStall() {
        Hold hold = service.hold();
        ApiKeyManager told = service.start(watched().listener(event -> hold.run()));
        CreatedKey created = told.create(spec());
        hold.awaitSomebody();
        service.time.pass(THRESHOLD);

        Stall stall = onlyStall(told);
        assertThat(stall.operation()).isEqualTo("event CREATED");
        assertThat(stall.step()).isEqualTo("listener.onEvent");
        assertThat(stall.thread()).isEqualTo("apikeys-events");
        assertThat(stall.keyId()).isEqualTo(created.id().value());
    }

    @Test
    void withATimeoutTheWorkerThatHangsIsNamed() {
        ApiKeyManager bounded = service.start(watched().operationTimeout(Duration.ofMinutes(5)));

        callAndHang(service.store.hooks, "list", () -> bounded.list(KeyQuery.all()));

        assertThat(onlyStall(bounded).thread()).isEqualTo("apikeys-store");
    }

    @Test
    void theLongestStallComesFirstAndTheTenLongestHaveStacks() {
        Hold hold = service.hold();
        service.store.hooks.before("find", hold);
        for (int i = 1; i <= 12; i++) {
            KeyId id = KeyId.of("ak_" + i);
            calls.add(callers.submit(() -> keys.find(id)));
            int begun = i;
            eventually().until(() -> service.store.hooks.calls("find") == begun);
            service.time.pass(THRESHOLD);
        }

        List<Stall> stalls = keys.stalls();

        assertThat(stalls).hasSize(12);
        assertThat(stalls).extracting(Stall::keyId).startsWith("ak_1", "ak_2").endsWith("ak_11", "ak_12");
        assertThat(stalls.subList(0, 10)).noneMatch(stall -> stall.stack().isEmpty());
        assertThat(stalls.subList(10, 12)).allMatch(stall -> stall.stack().isEmpty());
        assertThat(keys.stats().stalled()).isEqualTo(12);
    }

    @Test
    void aDeadlockThatTheJvmCanSeeIsLogged() throws Exception {
        ReentrantLock first = new ReentrantLock();
        ReentrantLock second = new ReentrantLock();
        try (CapturedLog log = new CapturedLog()) {
            List<Thread> deadlocked = Arrays.asList(crossing(first, second), crossing(second, first));
            deadlocked.forEach(Thread::start);
            eventually().until(() -> first.hasQueuedThreads() && second.hasQueuedThreads());
            callAndHang(service.store.hooks, "list", () -> keys.list(KeyQuery.all()));

            eventually().until(() -> !log.lines("deadlocked threads").isEmpty());
            for (Thread thread : deadlocked) {
                thread.interrupt();
                thread.join(20_000);
            }
        }
    }

    private static Thread crossing(ReentrantLock mine, ReentrantLock other) {
        Thread thread = new Thread(() -> {
            mine.lock();
            try {
                eventually().until(other::isLocked);
                other.lockInterruptibly();
            } catch (InterruptedException enough) {
                Thread.currentThread().interrupt();
            } finally {
                mine.unlock();
            }
        });
        thread.setDaemon(true);
        return thread;
    }
}
