package dev.apikeys;

import dev.apikeys.internal.gate.GatedKeyStore;
import dev.apikeys.internal.gate.Operations;
import dev.apikeys.internal.rows.JournalRows;
import dev.apikeys.internal.upkeep.Rehash;
import dev.apikeys.internal.upkeep.UsageWriter;
import dev.apikeys.spi.ApiKeyStore.Purge;
import dev.apikeys.spi.ApiKeyStore.Rest;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.TempKeyStore.Sweep;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The periodic work: writes usage, purges, moves hashes to the current pepper. */
final class Maintenance {
    private static final Logger LOG = LoggerFactory.getLogger(Maintenance.class);
    private static final int CHUNK = 500;

    /** A store that reports so often that there is more, but removes nothing, is not called again in this round. */
    private static final int MAX_EMPTY_CHUNKS = 20;

    private static final int MAX_HASHES_FAILED_IN_A_ROW = 8;

    private final GatedKeyStore store;
    private final @Nullable HandOffs handOffs;
    private final UsageWriter usage;
    private final Rehash rehash;
    private final JournalRows journal;
    private final Emitter emitter;
    private final Operations operations;
    private final InstantSource clock;
    private final LongSupplier nanos;
    private final @Nullable Duration retention;
    private final Duration journalRetention;
    private final Duration budget;
    private final AtomicBoolean toldPutOff = new AtomicBoolean();

    Maintenance(
            GatedKeyStore store,
            @Nullable HandOffs handOffs,
            UsageWriter usage,
            Rehash rehash,
            JournalRows journal,
            Emitter emitter,
            Operations operations,
            ApiKeys.Builder settings) {
        this.store = store;
        this.handOffs = handOffs;
        this.usage = usage;
        this.rehash = rehash;
        this.journal = journal;
        this.emitter = emitter;
        this.operations = operations;
        this.clock = settings.clock;
        this.nanos = settings.ticker;
        this.retention = settings.retention;
        this.journalRetention = settings.journalRetention;
        this.budget = settings.maintenanceBudget;
    }

    /**
     * Runs until all is done or the budget is spent. A failure does not stop the other parts and is thrown at the end.
     */
    Maintained round(Caller caller) {
        return new Round(caller).run();
    }

    /** A part of a round, done chunk by chunk. */
    private interface Chore {
        /** Does one chunk; returns false if nothing is left to do. */
        boolean step();
    }

    private final class Round {
        private final Caller caller;
        private final long end = nanos.getAsLong() + budget.toNanos();
        private final List<Chore> chores = new ArrayList<>();
        private @Nullable RuntimeException failure;
        private long usageWritten;
        private long keysPurged;
        private long handOffsEnded;
        private long handOffsPurged;
        private long hashesMoved;
        private long journalPurged;
        private boolean flushFailed;
        private boolean putOff;
        private boolean left;
        private int emptyChunks;
        private int hashesFailedInARow;

        Round(Caller caller) {
            this.caller = caller;
        }

        Maintained run() {
            flush();
            if (handOffs != null) {
                chores.add(() -> purgeHandOffs(handOffs));
            }
            if (retention != null) {
                chores.add(() -> purgeKeys(retention));
            }
            chores.add(this::moveHashes);
            chores.add(this::purgeJournal);
            // One chunk of each in turn, and at least one: neither a large chore nor the usage blocks the others.
            do {
                chores.removeIf(chore -> !step(chore));
                if (!chores.isEmpty()) {
                    flush();
                }
            } while (!chores.isEmpty() && nanos.getAsLong() - end < 0);
            left |= !chores.isEmpty();
            if (!putOff) {
                toldPutOff.set(false);
            }
            if (failure != null) {
                throw failure;
            }
            return new Maintained(
                    usageWritten, keysPurged, handOffsEnded, handOffsPurged, hashesMoved, journalPurged, putOff, left);
        }

        private boolean step(Chore chore) {
            try {
                return chore.step();
            } catch (RuntimeException e) {
                fail(e);
                return false;
            }
        }

        @SuppressWarnings("ReferenceEquality") // Identity matters: an exception cannot suppress itself.
        private void fail(RuntimeException e) {
            left = true;
            if (failure == null) {
                failure = e;
            } else if (e != failure) { // A store may throw the same exception again.
                failure.addSuppressed(e);
            }
        }

        private void flush() {
            if (flushFailed) {
                return; // Retried in the next round: one locked row must not use up the budget of the others.
            }
            try {
                usageWritten += usage.flush();
            } catch (RuntimeException e) {
                flushFailed = true;
                fail(e);
            }
        }

        private boolean purgeHandOffs(HandOffs vault) {
            Sweep sweep = vault.purge(operations.begin("purge"), clock.millis(), CHUNK);
            handOffsEnded += sweep.ended().size();
            handOffsPurged += sweep.removed();
            return isMoreLeft(sweep.rest(), sweep.ended().size() + sweep.removed());
        }

        private boolean purgeKeys(Duration age) {
            long now = clock.millis();
            Purge purge = store.purge(operations.begin("purge"), age, now, CHUNK, journal.purged(caller.actor()));
            for (KeyRow row : purge.rows()) {
                KeyId id = KeyId.stored(row.id());
                if (id != null) {
                    emitter.emit(KeyEvent.Type.DELETED, id, now, "purged");
                }
            }
            keysPurged += purge.removed();
            return isMoreLeft(purge.rest(), purge.removed());
        }

        private boolean purgeJournal() {
            Purge purge = store.purgeJournal(operations.begin("purge"), journalRetention, clock.millis(), CHUNK);
            journalPurged += purge.removed();
            return isMoreLeft(purge.rest(), purge.removed());
        }

        private boolean isMoreLeft(Rest rest, int done) {
            if (rest == Rest.PUT_OFF) {
                putOff = true;
                tellPutOff();
                return false;
            }
            emptyChunks = done == 0 && rest == Rest.MORE ? emptyChunks + 1 : emptyChunks;
            boolean goesOn = rest == Rest.MORE && emptyChunks < MAX_EMPTY_CHUNKS;
            left |= rest == Rest.MORE && !goesOn;
            return goesOn;
        }

        /** Moves pending hashes. A failure does not block others; after several in a row, the round gives up. */
        private boolean moveHashes() {
            int tried = 0;
            do {
                moveHash();
                tried++;
            } while (tried < CHUNK && mayMoveHash() && nanos.getAsLong() - end < 0);
            return mayMoveHash();
        }

        private boolean mayMoveHash() {
            return !rehash.isIdle() && hashesFailedInARow < MAX_HASHES_FAILED_IN_A_ROW;
        }

        private void moveHash() {
            try {
                hashesMoved += rehash.writeOne() ? 1 : 0;
                hashesFailedInARow = 0;
            } catch (RuntimeException e) {
                fail(e);
                hashesFailedInARow++;
            }
        }
    }

    private void tellPutOff() {
        if (toldPutOff.compareAndSet(false, true)) {
            LOG.warn("A purge was put off: the clocks of the store and of this service differ by more than an hour, and"
                    + " what a wrong clock deletes is lost. Correct the clocks");
        }
    }
}
