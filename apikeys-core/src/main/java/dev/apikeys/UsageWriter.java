package dev.apikeys;

import dev.apikeys.internal.concurrent.Patience;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.UsageBatch;
import dev.apikeys.spi.UsageBatch.Delta;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes what was counted, in batches with numbers without gaps, one flush at a time.
 *
 * <p>A batch whose outcome is unknown is repeated unchanged, under its number, before any other, until the outcome is known:
 * so it is counted once. A batch that is refused is halved, down to the key that is to blame, which then waits longer and
 * longer: one locked row delays one key.
 */
final class UsageWriter {
    private static final int MAX_BATCH = 500;

    /** After so many in a row the store is taken to be down, and the rest is left to the next flush. */
    private static final int MAX_REFUSED_IN_A_ROW = 3;

    private static final long MAX_BACK_OFF = Duration.ofMinutes(5).toNanos();

    /** How long a flush waits for another one. */
    private static final Duration MAX_WAIT = Duration.ofSeconds(10);

    /** A flush under way. */
    private record Flush(Thread owner, CompletableFuture<@Nullable Void> done) {}

    /** A key that was in a batch that was refused. */
    private static final class Suspect {
        /** With how many keys it may share a batch. */
        int share = MAX_BATCH;

        long backOff;

        /** When it is tried again, on the ticker, which may stand below zero. */
        long until;

        Suspect(long until) {
            this.until = until;
        }
    }

    /** How a call that adds a batch ended, also after its caller has stopped waiting. */
    static final class Attempt {
        private enum State {
            OPEN,
            ADDED,
            REFUSED,
            UNKNOWN
        }

        private volatile State state = State.OPEN;

        void added() {
            state = State.ADDED;
        }

        void failed(Throwable failure) {
            boolean refused = failure instanceof StorageException e && !e.outcomeUnknown();
            state = refused ? State.REFUSED : State.UNKNOWN;
        }
    }

    /** A batch that may have been added. */
    private static final class Doubt {
        final UsageBatch batch;
        final List<Attempt> attempts = new ArrayList<>();

        /** Whether a call has ended of which it will never be known how. */
        private boolean lost;

        Doubt(UsageBatch batch, Attempt attempt) {
            this.batch = batch;
            attempts.add(attempt);
        }

        /** What is known by now: OPEN while it may have been added and may not. */
        Attempt.State state() {
            for (Attempt attempt : attempts) {
                if (attempt.state == Attempt.State.ADDED) {
                    return Attempt.State.ADDED;
                }
                lost |= attempt.state == Attempt.State.UNKNOWN;
            }
            attempts.removeIf(attempt -> attempt.state != Attempt.State.OPEN);
            return lost || !attempts.isEmpty() ? Attempt.State.OPEN : Attempt.State.REFUSED;
        }
    }

    private final UsageMeter meter;
    private final GatedKeyStore store;
    private final Operations operations;
    private final Patience patience;
    private final InstantSource clock;
    private final LongSupplier nanos;
    private final Duration interval;
    private final String node;
    private final AtomicReference<@Nullable Flush> underWay = new AtomicReference<>();
    private volatile @Nullable Instant lastWrite;

    // What follows belongs to the flush under way.
    private final Map<String, Suspect> suspects = new HashMap<>();
    private long added;
    private @Nullable Doubt doubt;

    UsageWriter(
            UsageMeter meter,
            GatedKeyStore store,
            Operations operations,
            Patience patience,
            String node,
            ApiKeys.Builder settings) {
        this.meter = meter;
        this.store = store;
        this.operations = operations;
        this.patience = patience;
        this.node = node;
        this.clock = settings.clock;
        this.nanos = settings.ticker;
        this.interval = settings.maintenanceInterval;
    }

    /** When the last flush began that left nothing behind, or null. */
    @Nullable Instant lastWrite() {
        return lastWrite;
    }

    /** Whether a key was used here and that is not written, as far as is known. */
    boolean holds(String id) {
        return meter.holds(id);
    }

    /**
     * Writes what was counted, but for keys that wait, within the time of one interval.
     *
     * @return how many uses were written
     * @throws StorageException the first failure; what was not written is counted again
     */
    long flush() {
        return alone(() -> new Round(interval.toNanos(), false).write());
    }

    /** Writes what was counted, also of keys that wait and whatever is refused, within a time. */
    long flushAll(Duration budget) {
        return alone(() -> new Round(budget.toNanos(), true).write());
    }

    /** Writes what can be written now. */
    void tryFlush() {
        try {
            flush();
        } catch (StorageException told) {
            // The next round of maintenance meets the same failure and throws or logs it.
        }
    }

    private interface Work {
        long run();
    }

    /** Waits for a flush under way, within a bound; one that is called back by its own host call does nothing. */
    private long alone(Work work) {
        Flush mine = new Flush(Thread.currentThread(), new CompletableFuture<>());
        for (Flush other = board(mine); other != null; other = board(mine)) {
            if (other.owner().equals(mine.owner())) {
                return 0;
            }
            await(other);
        }
        try {
            return work.run();
        } finally {
            underWay.set(null);
            mine.done().complete(null);
        }
    }

    private @Nullable Flush board(Flush mine) {
        return underWay.compareAndSet(null, mine) ? null : underWay.get();
    }

    private void await(Flush other) {
        try {
            patience.get(other.done(), MAX_WAIT);
        } catch (TimeoutException e) {
            throw new StorageException("Usage is being written by another thread, which did not end in time", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** One flush. */
    private final class Round {
        private final long end;
        private final boolean waitsForNone;
        private final Instant begun = clock.instant();
        private final Deque<List<Delta>> batches = new ArrayDeque<>();
        private int refusedInARow;
        private boolean left;
        private long written;
        private @Nullable StorageException failure;

        Round(long budget, boolean waitsForNone) {
            this.end = nanos.getAsLong() + budget;
            this.waitsForNone = waitsForNone;
        }

        long write() {
            settleDoubt();
            if (doubt == null) {
                fill(meter.take(this::isDue).values());
                try {
                    while (!batches.isEmpty() && mayGoOn()) {
                        add(batches.remove());
                    }
                } finally {
                    left |= !batches.isEmpty();
                    batches.forEach(batch -> batch.forEach(meter::giveBack));
                }
            }
            if (failure != null) {
                throw failure;
            }
            if (!left) {
                lastWrite = begun;
            }
            return written;
        }

        private boolean mayGoOn() {
            return doubt == null
                    && (waitsForNone || refusedInARow < MAX_REFUSED_IN_A_ROW)
                    && nanos.getAsLong() - end < 0;
        }

        private boolean isDue(String id) {
            Suspect suspect = suspects.get(id);
            boolean due = suspect == null || waitsForNone || nanos.getAsLong() - suspect.until >= 0;
            left |= !due;
            return due;
        }

        /** Keys without suspicion first, in large batches; suspects after them, the less suspicious first. */
        private void fill(Collection<Delta> deltas) {
            Map<Integer, List<Delta>> byShare = new TreeMap<>(Comparator.reverseOrder());
            for (Delta delta : deltas) {
                Suspect suspect = suspects.get(delta.keyId());
                int share = suspect == null ? MAX_BATCH : suspect.share;
                List<Delta> known = byShare.get(share);
                if (known == null) {
                    known = new ArrayList<>();
                    byShare.put(share, known);
                }
                known.add(delta);
            }
            byShare.forEach((share, group) -> {
                for (int from = 0; from < group.size(); from += share) {
                    batches.add(List.copyOf(group.subList(from, Math.min(from + share, group.size()))));
                }
            });
        }

        private void add(List<Delta> deltas) {
            UsageBatch batch = new UsageBatch(node, added + 1, deltas);
            Attempt attempt = new Attempt();
            boolean refused = false;
            try {
                store.addUsage(operations.begin("flush"), batch, attempt);
                settle(batch);
            } catch (StorageException e) {
                fail(e);
                refused = !e.outcomeUnknown();
            } finally {
                if (refused) {
                    refused(deltas);
                } else if (added < batch.number()) {
                    doubt = new Doubt(batch, attempt);
                }
            }
        }

        private void fail(StorageException e) {
            failure = failure == null ? e : failure;
            left = true;
        }

        private void settle(UsageBatch batch) {
            added = batch.number();
            doubt = null;
            refusedInARow = 0;
            for (Delta delta : batch.deltas()) {
                suspects.remove(delta.keyId());
                meter.written(delta);
                written += delta.count();
            }
        }

        private void refused(List<Delta> deltas) {
            refusedInARow++;
            int share = (deltas.size() + 1) / 2;
            for (Delta delta : deltas) {
                Suspect suspect = suspects.get(delta.keyId());
                if (suspect == null) {
                    suspect = new Suspect(nanos.getAsLong());
                    suspects.put(delta.keyId(), suspect);
                }
                suspect.share = share;
            }
            if (deltas.size() > 1) {
                batches.add(deltas.subList(0, share));
                batches.add(deltas.subList(share, deltas.size()));
            } else {
                deltas.forEach(this::backOff);
            }
        }

        /** The first time until the next flush, then longer and longer. */
        private void backOff(Delta delta) {
            Suspect suspect = suspects.get(delta.keyId());
            if (suspect != null) {
                suspect.until = nanos.getAsLong() + suspect.backOff;
                suspect.backOff =
                        Math.min(MAX_BACK_OFF, suspect.backOff == 0 ? interval.toNanos() : 2 * suspect.backOff);
            }
            meter.giveBack(delta);
        }

        /** Finds out what became of the batch in doubt, or repeats it. */
        private void settleDoubt() {
            Doubt open = doubt;
            if (open == null) {
                return;
            }
            switch (open.state()) {
                case ADDED -> settle(open.batch);
                case REFUSED -> {
                    doubt = null;
                    refused(open.batch.deltas());
                    refusedInARow = 0;
                }
                default -> repeat(open);
            }
        }

        private void repeat(Doubt open) {
            Attempt attempt = new Attempt();
            open.attempts.add(attempt);
            try {
                store.addUsage(operations.begin("flush"), open.batch, attempt);
                settle(open.batch);
            } catch (StorageException e) {
                fail(e);
                if (!e.outcomeUnknown()) {
                    attempt.failed(e); // That it is refused now does not say what became of it before.
                }
            }
        }
    }
}
