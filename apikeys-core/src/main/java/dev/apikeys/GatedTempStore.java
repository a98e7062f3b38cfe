package dev.apikeys;

import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.TempRow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The temp key store behind its gate. */
final class GatedTempStore {
    private final TempKeyStore store;
    private final Gate gate;

    GatedTempStore(TempKeyStore store, Gate gate) {
        this.store = store;
        this.gate = gate;
    }

    /** Inserts a row. If nobody waits for it any more when the store's call ends, it is wiped: nobody has its ticket. */
    void insert(Operation operation, TempRow row) {
        AtomicBoolean abandoned = new AtomicBoolean();
        boolean returned = false;
        try {
            gate.<@Nullable Void>write(operation, "vault.insert", () -> {
                store.insert(row);
                if (abandoned.get()) {
                    store.settle(row.ticketHash(), row.createdAt());
                }
                return null;
            });
            returned = true;
        } finally {
            abandoned.set(!returned);
        }
    }

    @Nullable TempRow find(Operation operation, String ticketHash) {
        return gate.<@Nullable TempRow>read(operation, "vault.find", () -> store.find(ticketHash));
    }

    @Nullable TempRow findByKey(Operation operation, String keyId) {
        return gate.<@Nullable TempRow>read(operation, "vault.findByKey", () -> store.findByKey(keyId));
    }

    boolean settle(Operation operation, String ticketHash, long now) {
        return gate.write(operation, "vault.settle", () -> store.settle(ticketHash, now));
    }

    /** Settles without making the caller wait where that is possible. */
    void settleLater(Operation operation, String ticketHash, long now, Consumer<RuntimeException> failed) {
        gate.later(operation, "vault.settle", () -> store.settle(ticketHash, now), failed);
    }

    int discard(Operation operation, String keyId) {
        return gate.write(operation, "vault.discard", () -> store.discard(keyId));
    }

    /** Discards without making the caller wait where that is possible. */
    void discardLater(Operation operation, String keyId, Consumer<RuntimeException> failed) {
        gate.later(operation, "vault.discard", () -> store.discard(keyId), failed);
    }

    int purge(Operation operation, long before, int limit) {
        return gate.write(operation, "vault.purge", () -> store.purge(before, limit));
    }
}
