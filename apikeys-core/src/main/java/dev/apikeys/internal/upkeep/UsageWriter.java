package dev.apikeys.internal.upkeep;

import dev.apikeys.internal.concurrent.Patience;
import dev.apikeys.internal.gate.GatedKeyStore;
import dev.apikeys.internal.gate.Operations;
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
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes counted uses in batches, numbered without gaps, one flush at a time.
 *
 * <p>A batch whose outcome is unknown is retried unchanged, under its number, before any other, until the outcome is
 * known: so it is counted once. A refused batch is halved until the failing key is isolated, which is then retried with
 * exponential backoff: one locked row delays one key.
 */
public final class UsageWriter {
    private static final int MAX_BATCH = 500;

    /** After so many in a row the store counts as down, and the rest is left to the next flush. */
    private static final int MAX_REFUSED_IN_A_ROW = 3;

    private static final long MAX_BACK_OFF = Duration.ofMinutes(5).toNanos();

    /** The longest wait of a flush for another one. */
    private static final Duration MAX_WAIT = Duration.ofSeconds(10);

    /** A flush under way. */
    private record Flush(Thread owner, CompletableFuture<@Nullable Void> done) {}

    /** A key of a refused batch. */
    private static final class Suspect {
        /** The maximum size of its next batch. */
        int share = MAX_BATCH;

        long backOff;

        /** The time of the next try on the ticker, which may be negative. */
        long until;

        Suspect(long until) {
            this.until = until;
        }

        /** Also where the ticker went back, so that the rest of the wait exceeds any wait. */
        boolean isDue(long now) {
            long left = until - now;
            return left <= 0 || left > MAX_BACK_OFF;
        }
    }

    /** The outcome of a call that adds a batch. */
    private static final class Attempt implements GatedKeyStore.Attempt {
        enum State {
            OPEN,
            ADDED,
            REFUSED,
            UNKNOWN
        }

        private volatile State state = State.OPEN;

        @Override
        public void added() {
            state = State.ADDED;
        }

        @Override
        public void failed(Throwable failure) {
            boolean refused = failure instanceof StorageException e && !e.outcomeUnknown();
            state = refused ? State.REFUSED : State.UNKNOWN;
        }
    }

    /** A batch that may have been added. */
    private static final class Doubt {
        final UsageBatch batch;
        final List<Attempt> attempts = new ArrayList<>();

        /** True once a call has ended with an unknown outcome. */
        private boolean lost;

        Doubt(UsageBatch batch, Attempt attempt) {
            this.batch = batch;
            attempts.add(attempt);
        }

        /** Returns the present knowledge: OPEN while the outcome is unknown. */
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

    // The following fields are accessed by the current flush only.
    private final Map<String, Suspect> suspects = new HashMap<>();
    private long added;
    private @Nullable Doubt doubt;

    /**
     * Creates a writer.
     *
     * @param node under which batches are numbered
     * @param interval how long a flush takes at most, and the first backoff
     */
    public UsageWriter(
            UsageMeter meter,
            GatedKeyStore store,
            Operations operations,
            Patience patience,
            String node,
            InstantSource clock,
            LongSupplier nanos,
            Duration interval) {
        this.meter = meter;
        this.store = store;
        this.operations = operations;
        this.patience = patience;
        this.node = node;
        this.clock = clock;
        this.nanos = nanos;
        this.interval = interval;
    }

    /** Returns when the last complete flush began, or null. */
    public @Nullable Instant lastWrite() {
        return lastWrite;
    }

    /** Returns whether a key has uses here that are not known to be written. */
    public boolean holds(String id) {
        return meter.holds(id);
    }

    /**
     * Writes counted uses for at most one interval, except those of keys in backoff.
     *
     * @return how many uses were written
     * @throws StorageException the first failure; unwritten uses are counted again
     */
    public long flush() {
        return alone(() -> new Round(interval.toNanos(), false).write());
    }

    /**
     * Writes counted uses within a time, including those of keys in backoff, despite any number of refusals. Each batch
     * whose outcome is unknown is retried once, since no later flush will do so.
     */
    public long flushAll(Duration budget) {
        return alone(() -> {
            long end = nanos.getAsLong() + budget.toNanos();
            UsageBatch retried = null;
            for (; ; ) {
                try {
                    return new Round(end - nanos.getAsLong(), true).write();
                } catch (StorageException e) {
                    Doubt open = doubt;
                    if (open == null || open.batch.equals(retried) || nanos.getAsLong() - end >= 0) {
                        throw e;
                    }
                    retried = open.batch;
                }
            }
        });
    }

    /** Writes the uses that can be written now. */
    public void tryFlush() {
        try {
            flush();
        } catch (StorageException told) {
            // The next round of maintenance meets the same failure and throws or logs it.
        }
    }

    private interface Work {
        long run();
    }

    /** Runs a flush alone: waits for the current one within a bound; does nothing in a callback from its own call. */
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

    /** Returns the flush under way, or null if this one now is; by one step, since the other may end meanwhile. */
    private @Nullable Flush board(Flush mine) {
        return underWay.compareAndExchange(null, mine);
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
        private boolean tried;
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
                    // The first batch in any case, or more uses than can be taken in time would never be written.
                    && (!tried || nanos.getAsLong() - end < 0);
        }

        private boolean isDue(String id) {
            Suspect suspect = suspects.get(id);
            boolean due = suspect == null || waitsForNone || suspect.isDue(nanos.getAsLong());
            left |= !due;
            return due;
        }

        /** Forms the batches: keys never refused first, in large batches, then suspects, larger shares first. */
        private void fill(Collection<Delta> deltas) {
            Map<Integer, List<Delta>> byShare = deltas.stream()
                    .collect(Collectors.groupingBy(
                            this::share, () -> new TreeMap<>(Comparator.reverseOrder()), Collectors.toList()));
            byShare.forEach((share, group) -> {
                for (int from = 0; from < group.size(); from += share) {
                    batches.add(List.copyOf(group.subList(from, Math.min(from + share, group.size()))));
                }
            });
        }

        private int share(Delta delta) {
            Suspect suspect = suspects.get(delta.keyId());
            return suspect == null ? MAX_BATCH : suspect.share;
        }

        private void add(List<Delta> deltas) {
            tried = true;
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
                Suspect known = suspects.get(delta.keyId());
                Suspect suspect = known == null ? new Suspect(nanos.getAsLong()) : known;
                suspect.share = share;
                suspects.put(delta.keyId(), suspect);
            }
            if (deltas.size() > 1) {
                batches.add(deltas.subList(0, share));
                batches.add(deltas.subList(share, deltas.size()));
            } else {
                deltas.forEach(this::backOff);
            }
        }

        /** Backs off exponentially; the first time, only until the next flush. */
        private void backOff(Delta delta) {
            Suspect suspect = suspects.get(delta.keyId());
            if (suspect != null) {
                suspect.until = nanos.getAsLong() + suspect.backOff;
                suspect.backOff =
                        Math.min(MAX_BACK_OFF, suspect.backOff == 0 ? interval.toNanos() : 2 * suspect.backOff);
            }
            meter.giveBack(delta);
        }

        /** Settles the batch in doubt if its outcome is known, or retries it. */
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
                    attempt.failed(e); // A refusal of the retry says nothing about the earlier calls.
                }
            }
        }
    }
}
