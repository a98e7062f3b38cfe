package dev.apikeys;

import dev.apikeys.internal.concurrent.RateLimit;
import dev.apikeys.internal.crypto.TicketSeal;
import dev.apikeys.internal.gate.GatedTempStore;
import dev.apikeys.internal.gate.Operation;
import dev.apikeys.internal.rows.Dates;
import dev.apikeys.internal.text.Failures;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.TempKeyStore.Sweep;
import dev.apikeys.spi.TempRow;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands secrets over: seals them in core, so that the store's content alone opens nothing, and settles claims. */
final class HandOffs {
    private static final Logger LOG = LoggerFactory.getLogger(HandOffs.class);

    /** How long after its deadline the outcome of a hand-off is remembered. */
    private static final Duration REMEMBERED = Duration.ofDays(7);

    /** A sealed secret, not yet inserted, with its ticket. */
    record Sealed(HandOff handOff, TempRow row) {}

    private final GatedTempStore store;
    private final TicketSeal seal;
    private final Emitter emitter;
    private final InstantSource clock;
    private final LongAdder forgotten = new LongAdder();
    private final AtomicBoolean toldForgotten = new AtomicBoolean();

    /** Limits the log: a ticket can be presented any number of times. */
    private final RateLimit logged;

    HandOffs(GatedTempStore store, TicketSeal seal, Emitter emitter, InstantSource clock, LongSupplier nanos) {
        this.store = store;
        this.seal = seal;
        this.emitter = emitter;
        this.clock = clock;
        this.logged = new RateLimit(1, nanos);
    }

    /** Seals a secret under a new ticket; nothing is stored. */
    Sealed seal(KeyId keyId, Secret secret, Duration within, long now) {
        long deadline = now + within.toMillis();
        byte[] ticket = seal.newTicket();
        String sealed = seal.seal(ticket, keyId.value(), deadline, secret.bytes());
        secret.requireWhole();
        TempRow row = new TempRow(seal.hash(ticket), keyId.value(), sealed, now, deadline, null);
        return new Sealed(new HandOff(keyId, Secret.owning(ticket), Instant.ofEpochMilli(deadline)), row);
    }

    /** Inserts sealed secrets, all or none. */
    void insert(Operation operation, List<Sealed> secrets) {
        List<TempRow> rows = secrets.stream()
                .map(Sealed::row)
                .sorted(Comparator.comparing(TempRow::ticketHash))
                .toList();
        try {
            tell(store.insert(operation, rows), rows.get(0).createdAt());
        } catch (KeyExistsException e) {
            // 256 random bits do not collide: the store met its own row, or is broken. No key was created.
            takeBack(operation, secrets);
            throw operation.failed(
                    operation.name() + " failed: vault.insert says that a new ticket exists; nothing was handed over",
                    e,
                    false);
        } catch (StorageException e) {
            if (e.outcomeUnknown()) {
                takeBack(operation, secrets);
            }
            throw e;
        } catch (Error e) {
            takeBack(operation, secrets);
            throw e;
        }
    }

    /**
     * Removes inserted rows whose tickets were never returned; best effort. By ticket and not by key: another create of
     * the same id may have inserted rows too, and succeeded.
     */
    void takeBack(Operation operation, List<Sealed> secrets) {
        List<TempRow> rows = secrets.stream().map(Sealed::row).toList();
        store.removeLater(
                operation,
                rows,
                e -> LOG.warn(
                        "Up to {} secrets in the vault whose tickets were never returned could not be removed, the first of"
                                + " key {}; they expire by themselves: {}",
                        rows.size(),
                        rows.get(0).keyId(),
                        Failures.shown(e)));
    }

    ClaimResult claim(Operation operation, byte[] ticket, Caller caller, KeyFinder keys) {
        TempRow row = store.find(operation, seal.hash(ticket));
        KeyId id = row == null ? null : KeyId.stored(row.keyId());
        if (row == null || id == null) {
            return new ClaimResult.Unknown();
        }
        Operation claiming = operation.about(row.keyId());
        long now = clock.millis();
        String sealed = row.sealed();
        ClaimResult refusal = refusal(row, now);
        require(claiming, caller, id, keys, refusal);
        if (sealed == null || refusal != null) {
            return refusal == null ? new ClaimResult.Expired(Dates.shown(row.deadline())) : told(refusal);
        }
        byte[] secret = seal.open(ticket, row.keyId(), row.deadline(), sealed);
        if (secret == null) {
            if (logged.admits()) {
                LOG.error(
                        "The sealed secret of key {} does not open with its own ticket: its row was changed from outside."
                                + " Rotate the key",
                        id);
            }
            return new ClaimResult.Unknown();
        }
        return settle(claiming, row, id, now, Secret.owning(secret));
    }

    /** Checks the precondition, but not for the refusal of a deleted key: an earlier claim must be reported. */
    private static void require(
            Operation operation, Caller caller, KeyId id, KeyFinder keys, @Nullable ClaimResult refusal) {
        try {
            keys.require(operation, caller, id);
        } catch (KeyNotFoundException deleted) {
            if (refusal == null) {
                throw deleted;
            }
        }
    }

    /** Settles a claim by one conditional write; the secret is returned only if this claim wins. */
    private ClaimResult settle(Operation operation, TempRow row, KeyId id, long now, Secret secret) {
        ClaimResult claimed = new ClaimResult.Claimed(id, secret);
        boolean won = false;
        try {
            won = store.settle(operation, row.ticketHash(), now);
        } finally {
            if (!won) {
                secret.destroy();
            }
        }
        if (won) {
            emitter.emit(KeyEvent.Type.CLAIMED, id, now, "");
            return claimed;
        }
        TempRow settled = store.find(operation, row.ticketHash());
        ClaimResult refusal = settled == null ? new ClaimResult.Unknown() : refusal(settled, now);
        if (refusal == null) {
            throw operation.failed(
                    "The temp key store neither settled a live row nor says why; ask again", null, false);
        }
        return told(refusal);
    }

    /**
     * Returns why a row cannot be claimed, or null. An earlier claim is reported before an expired deadline: a rightful
     * holder who is late must learn that another claim was first.
     */
    private static @Nullable ClaimResult refusal(TempRow row, long now) {
        Long settledAt = row.settledAt();
        if (settledAt != null) {
            return new ClaimResult.AlreadyClaimed(new KeyId(row.keyId()), Dates.shown(settledAt));
        }
        // A row that a purge has just ended is expired, though its deadline was ahead when this claim began.
        return isOver(row, now) ? new ClaimResult.Expired(Dates.shown(row.deadline())) : null;
    }

    /** Returns whether a row is expired; an unreadable deadline counts as such, since the seal covers it. */
    private static boolean isOver(TempRow row, long now) {
        return row.sealed() == null || row.deadline() <= now || !Dates.isReadable(row.deadline());
    }

    private ClaimResult told(ClaimResult refusal) {
        if (refusal instanceof ClaimResult.AlreadyClaimed again && emitter.admitsClaimedAgain(again.keyId())) {
            emitter.emit(KeyEvent.Type.CLAIMED_AGAIN, again.keyId(), clock.millis(), "first at " + again.at());
        }
        return refusal;
    }

    TempKeyVault.Status status(Operation operation, KeyId keyId) {
        TempRow row = store.findByKey(operation, keyId.value());
        if (row == null) {
            return new TempKeyVault.Status.None();
        }
        Long settledAt = row.settledAt();
        if (settledAt != null) {
            return new TempKeyVault.Status.Claimed(Dates.shown(settledAt));
        }
        Instant deadline = Dates.shown(row.deadline());
        return isOver(row, clock.millis())
                ? new TempKeyVault.Status.Expired(deadline)
                : new TempKeyVault.Status.Waiting(deadline);
    }

    boolean discard(Operation operation, KeyId keyId) {
        return store.discard(operation, keyId.value()) > 0;
    }

    /** Discards after a change that ends a key's hand-offs. The change is done: a failure is only logged. */
    void discardAfter(Operation operation, KeyId keyId) {
        try {
            store.discardLater(
                    operation,
                    keyId.value(),
                    e -> LOG.warn(
                            "The hand-offs of key {} could not be discarded; they expire by themselves: {}",
                            keyId,
                            Failures.shown(e)));
        } catch (Throwable outOfMemory) {
            // The change is written, and its result must reach the caller.
        }
    }

    Sweep purge(Operation operation, long now, int limit) {
        Sweep sweep = store.purge(operation, REMEMBERED, now, limit);
        tell(sweep, now);
        return sweep;
    }

    /** Calls nothing of the host, such as its clock: the store has done its work. */
    private void tell(Sweep sweep, long now) {
        for (TempRow row : sweep.ended()) {
            KeyId id = KeyId.stored(row.keyId());
            if (id != null) {
                emitter.emit(KeyEvent.Type.HANDOFF_EXPIRED, id, now, "deadline " + Dates.shown(row.deadline()));
            }
        }
        if (sweep.forgotten() > 0) {
            forgotten.add(sweep.forgotten());
            if (toldForgotten.compareAndSet(false, true)) {
                LOG.warn("Too many hand-offs have ended to remember all: for the oldest it is unknown whether they were"
                        + " claimed, and a second claim is not reported. Stats.handOffsForgotten counts them");
            }
        }
    }

    /** Returns how many ended hand-offs were forgotten early. */
    long forgotten() {
        return forgotten.sum();
    }
}
