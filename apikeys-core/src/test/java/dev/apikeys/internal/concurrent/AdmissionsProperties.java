package dev.apikeys.internal.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import net.jqwik.api.Example;

/** Once close has said that nobody is inside, nobody is and nobody comes; and nothing but who is inside holds it up. */
class AdmissionsProperties {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final int GUESTS = 3;

    /** How a door is used here, so that a twin can do it wrong. */
    interface Door {
        boolean tryEnter();

        void leave();

        boolean close();

        static Door sound() {
            Admissions admissions = new Admissions(new Patience(System::nanoTime), "closed");
            return new Door() {
                @Override
                public boolean tryEnter() {
                    return admissions.tryEnter();
                }

                @Override
                public void leave() {
                    admissions.leave();
                }

                @Override
                public boolean close() {
                    return admissions.close(LONG);
                }
            };
        }
    }

    /** Broken: looks whether the door is closed before it counts itself in, and not after. */
    private static final class LooksBeforeItCounts implements Door {
        private final AtomicInteger inside = new AtomicInteger();
        private volatile boolean closed;

        @Override
        public boolean tryEnter() {
            if (closed) {
                return false;
            }
            LockSupport.parkNanos(1);
            inside.incrementAndGet();
            return true;
        }

        @Override
        public void leave() {
            inside.decrementAndGet();
        }

        @Override
        public boolean close() {
            closed = true;
            while (inside.get() > 0) {
                Thread.onSpinWait();
            }
            return true;
        }
    }

    /** With {@code -Dapikeys.stress=100} a hundred times as long. */
    @Example
    void noCallerIsInsideAfterCloseHasReportedSo() throws Exception {
        for (int round = 0; round < 100 * Integer.getInteger("apikeys.stress", 1); round++) {
            assertThat(metAfterClose(Door::sound)).as("round " + round).isZero();
        }
    }

    @Example
    void theSameGuestsAreMetInsideIfTheyLookBeforeTheyCount() throws Exception {
        int met = 0;
        for (int round = 0; round < 500 && met == 0; round++) {
            met = metAfterClose(LooksBeforeItCounts::new);
        }
        assertThat(met).isPositive();
    }

    /** How many guests were inside after close had said that nobody was. */
    private static int metAfterClose(Supplier<Door> doors) throws Exception {
        Door door = doors.get();
        AtomicInteger met = new AtomicInteger();
        boolean[] over = {false};
        AtomicInteger fence = new AtomicInteger();
        CyclicBarrier start = new CyclicBarrier(GUESTS + 1);
        Callable<Void> guest = () -> {
            start.await();
            while (door.tryEnter()) {
                fence.get();
                Thread.onSpinWait();
                fence.get();
                if (over[0]) {
                    met.incrementAndGet();
                }
                door.leave();
            }
            return null;
        };
        ExecutorService threads = Executors.newFixedThreadPool(GUESTS);
        try {
            List<Future<Void>> guests = new ArrayList<>();
            for (int i = 0; i < GUESTS; i++) {
                guests.add(threads.submit(guest));
            }
            start.await();
            LockSupport.parkNanos(50_000);
            assertThat(door.close()).isTrue();
            over[0] = true;
            fence.incrementAndGet();
            for (Future<Void> each : guests) {
                each.get(1, TimeUnit.MINUTES);
            }
        } finally {
            threads.shutdownNow();
        }
        return met.get();
    }

    @Example
    void whoIsInsideIsWaitedForAsLongAsWasSaid() {
        Admissions admissions = new Admissions(new Patience(System::nanoTime), "closed");
        admissions.enter();
        admissions.enter();
        admissions.leave();

        assertThat(admissions.close(Duration.ofMillis(20))).isFalse();
        assertThatIllegalStateException().isThrownBy(admissions::enter).withMessageContaining("closed");
        assertThat(admissions.tryEnter()).isFalse();
        admissions.leave();
        assertThat(admissions.close(LONG)).isTrue();
    }

    /** A service under load goes on asking a manager that is being closed. */
    @Example
    void refusedCallersDoNotDelayClose() throws Exception {
        Admissions admissions = new Admissions(new Patience(System::nanoTime), "closed");
        admissions.enter();
        boolean[] over = {false};
        ExecutorService threads = Executors.newFixedThreadPool(9);
        try {
            for (int i = 0; i < 8; i++) {
                threads.execute(() -> {
                    while (!over[0] && !Thread.currentThread().isInterrupted()) {
                        if (admissions.tryEnter()) {
                            admissions.leave();
                        }
                    }
                });
            }
            Future<Boolean> closed = threads.submit(() -> admissions.close(LONG));
            LockSupport.parkNanos(20_000_000);
            admissions.leave();

            assertThat(closed.get(10, TimeUnit.SECONDS)).isTrue();
        } finally {
            over[0] = true;
            threads.shutdownNow();
        }
    }
}
