package dev.apikeys.internal.gate;

import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.TempKeyStore.Sweep;
import dev.apikeys.spi.TempRow;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The temp key store behind its gate. */
public final class GatedTempStore {
    private static final int ENDED_BY_AN_INSERT = 64;

    private final TempKeyStore store;
    private final Gate gate;

    public GatedTempStore(TempKeyStore store, Gate gate) {
        this.store = store;
        this.gate = gate;
    }

    /**
     * Inserts rows. If the caller has given up before the store's call ends, they are removed: their tickets are lost.
     */
    public Sweep insert(Operation operation, List<TempRow> rows) {
        AtomicBoolean abandoned = new AtomicBoolean();
        boolean returned = false;
        try {
            Sweep sweep = gate.write(operation, "vault.insert", () -> {
                Sweep made = store.insert(rows);
                if (abandoned.get()) {
                    rows.forEach(row -> store.remove(row.ticketHash()));
                }
                return required(operation, "vault.insert", made, ENDED_BY_AN_INSERT);
            });
            returned = true;
            return sweep;
        } finally {
            abandoned.set(!returned);
        }
    }

    public @Nullable TempRow find(Operation operation, String ticketHash) {
        return gate.<@Nullable TempRow>read(operation, "vault.find", () -> {
            TempRow row = store.find(ticketHash);
            if (row != null && !row.ticketHash().equals(ticketHash)) {
                throw operation.nonsense("vault.find answered with another row", false);
            }
            return row;
        });
    }

    public @Nullable TempRow findByKey(Operation operation, String keyId) {
        return gate.<@Nullable TempRow>read(operation, "vault.findByKey", () -> {
            TempRow row = store.findByKey(keyId);
            if (row != null && !row.keyId().equals(keyId)) {
                throw operation.nonsense("vault.findByKey answered with another key's row", false);
            }
            return row;
        });
    }

    public boolean settle(Operation operation, String ticketHash, long now) {
        return gate.write(operation, "vault.settle", () -> store.settle(ticketHash, now));
    }

    /**
     * Removes rows, without blocking the caller where that is possible. The first failure ends it: a store that is down
     * would be waited for once for each row.
     */
    public void removeLater(Operation operation, List<TempRow> rows, Consumer<Throwable> failed) {
        gate.later(operation, "vault.remove", () -> rows.forEach(row -> store.remove(row.ticketHash())), failed);
    }

    public int discard(Operation operation, String keyId) {
        return gate.write(operation, "vault.discard", () -> {
            int removed = store.discard(keyId);
            if (removed < 0) {
                throw operation.nonsense("vault.discard answered " + removed, true);
            }
            return removed;
        });
    }

    /** Discards hand-offs, without blocking the caller where that is possible. */
    public void discardLater(Operation operation, String keyId, Consumer<Throwable> failed) {
        gate.later(operation, "vault.discard", () -> store.discard(keyId), failed);
    }

    public Sweep purge(Operation operation, Duration age, long now, int limit) {
        return gate.write(
                operation,
                "vault.purge",
                () -> required(operation, "vault.purge", store.purge(age, now, limit), limit));
    }

    private static Sweep required(Operation operation, String step, @Nullable Sweep sweep, int limit) {
        if (sweep == null) {
            throw operation.nonsense(step + " answered null", true);
        }
        if (sweep.ended().size() > limit || sweep.removed() > limit) {
            throw operation.nonsense(step + " answered that it removed more rows than were asked for", true);
        }
        return sweep;
    }
}
