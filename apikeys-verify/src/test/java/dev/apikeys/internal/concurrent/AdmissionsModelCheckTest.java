package dev.apikeys.internal.concurrent;

import static dev.apikeys.verify.model.Schedules.hold;
import static dev.apikeys.verify.model.Schedules.refute;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/** A close that says that nobody is inside tells the truth, then and for good; and once all are out, it says so. */
class AdmissionsModelCheckTest {

    @Test
    void noCallerIsInsideAfterCloseHasReportedSo() {
        hold(CloseWhileTwoComeAndGo.class);
    }

    @Test
    void twinThatDoesNotLookAgainAfterItCountedIsCaught() {
        refute(CloseWhileTwoComeAndGo.LookingOnce.class, "inside although close has said that nobody is");
    }

    /** Two guests, and a close that does not wait. */
    public static class CloseWhileTwoComeAndGo {
        private final AtomicBoolean quiet = new AtomicBoolean();
        private final Door door;

        public CloseWhileTwoComeAndGo() {
            this(new Sound());
        }

        CloseWhileTwoComeAndGo(Door door) {
            this.door = door;
        }

        @org.jetbrains.lincheck.datastructures.Operation(runOnce = true)
        public void visit() {
            if (door.tryEnter()) {
                if (quiet.get()) {
                    throw new AssertionError("inside although close has said that nobody is");
                }
                door.leave();
            }
        }

        @org.jetbrains.lincheck.datastructures.Operation(runOnce = true)
        public void visitToo() {
            visit();
        }

        @org.jetbrains.lincheck.datastructures.Operation(runOnce = true)
        public void close() {
            quiet.set(door.close());
        }

        @Validate
        public void allAreOut() {
            if (!door.close()) {
                throw new AssertionError("all are out, and close says that somebody is inside");
            }
        }

        public static final class LookingOnce extends CloseWhileTwoComeAndGo {
            public LookingOnce() {
                super(new LooksOnce());
            }
        }
    }

    @Test
    void whoIsTurnedAwayIsNotTakenForTheOneInside() {
        hold(CloseWhileOneStays.class);
    }

    @Test
    void twinThatCountsWhoEnteredBeforeWhoLeftIsCaught() {
        refute(CloseWhileOneStays.CountingWhoEnteredFirst.class, "close says that nobody is inside, and somebody is");
    }

    /** One guest who is inside all the time, one who comes and goes, and a close that does not wait. */
    public static class CloseWhileOneStays {
        private final Door door;

        public CloseWhileOneStays() {
            this(new Sound());
        }

        CloseWhileOneStays(Door door) {
            this.door = door;
            if (!door.tryEnter()) {
                throw new AssertionError("turned away from an open door");
            }
        }

        @org.jetbrains.lincheck.datastructures.Operation(runOnce = true)
        public void visit() {
            if (door.tryEnter()) {
                door.leave();
            }
        }

        @org.jetbrains.lincheck.datastructures.Operation(runOnce = true)
        public void close() {
            if (door.close()) {
                throw new AssertionError("close says that nobody is inside, and somebody is");
            }
        }

        @Validate
        public void theOtherOneIsWaitedFor() {
            close();
            door.leave();
            if (!door.close()) {
                throw new AssertionError("all are out, and close says that somebody is inside");
            }
        }

        public static final class CountingWhoEnteredFirst extends CloseWhileOneStays {
            public CountingWhoEnteredFirst() {
                super(new CountsWhoEnteredFirst());
            }
        }
    }

    /** How admissions are used here, so that a twin can do it wrong. */
    private interface Door {
        boolean tryEnter();

        void leave();

        /** Closes without waiting, and says whether nobody is inside. */
        boolean close();
    }

    private static final class Sound implements Door {
        private final Admissions admissions = new Admissions(new Patience(() -> 0), "closed");

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
            return admissions.close(Duration.ZERO);
        }
    }

    /** Admissions with one fault, which the twins fill in. */
    private abstract static class Counters implements Door {
        final LongAdder entered = new LongAdder();
        final LongAdder left = new LongAdder();
        final AtomicBoolean closed = new AtomicBoolean();
        private final AtomicBoolean quiet = new AtomicBoolean();

        abstract boolean isQuiet();

        @Override
        public boolean tryEnter() {
            if (closed.get()) {
                return false;
            }
            entered.increment();
            if (closed.get()) {
                leave();
                return false;
            }
            return true;
        }

        @Override
        public void leave() {
            left.increment();
            if (closed.get()) {
                lookWhetherQuiet();
            }
        }

        @Override
        public boolean close() {
            closed.set(true);
            lookWhetherQuiet();
            return quiet.get();
        }

        private void lookWhetherQuiet() {
            if (isQuiet()) {
                quiet.set(true);
            }
        }
    }

    /** Broken: between the look at the door and the count the door is closed. */
    private static final class LooksOnce extends Counters {
        @Override
        public boolean tryEnter() {
            if (closed.get()) {
                return false;
            }
            entered.increment();
            return true;
        }

        @Override
        boolean isQuiet() {
            long out = left.sum();
            return out == entered.sum();
        }
    }

    /** Broken: one who was turned away meanwhile is counted out and not in, and makes up for one who is inside. */
    private static final class CountsWhoEnteredFirst extends Counters {
        @Override
        boolean isQuiet() {
            long in = entered.sum();
            return left.sum() == in;
        }
    }
}
