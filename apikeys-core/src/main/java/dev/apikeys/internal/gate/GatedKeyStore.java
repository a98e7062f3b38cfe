package dev.apikeys.internal.gate;

import dev.apikeys.internal.cache.StampedCache;
import dev.apikeys.internal.text.KeyIds;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.ApiKeyStore.Order;
import dev.apikeys.spi.ApiKeyStore.Purge;
import dev.apikeys.spi.ApiKeyStore.Slice;
import dev.apikeys.spi.Changes;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.UsageBatch;
import dev.apikeys.spi.WriteSet;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The key store behind its gate. Each write moves the stamps of what it wrote when the store's call has ended, also when
 * nobody waits for it any more. An answer to another question than the one that was asked is an outage.
 */
public final class GatedKeyStore {
    /** A load, which learns how the store's call ends even if its caller has left. */
    public interface Load<T> {
        /**
         * Makes the load, on the thread that calls the store.
         *
         * @param store the call into the store
         * @param check throws if the store returned another row
         */
        @Nullable T make(Supplier<@Nullable KeyRow> store, UnaryOperator<KeyRow> check);
    }

    /** The outcome of a call that adds usage, also after its caller has stopped waiting. */
    public interface Attempt {
        void added();

        void failed(Throwable failure);
    }

    private final ApiKeyStore store;
    private final Gate gate;
    private final StampedCache<String, ?> cache;

    public GatedKeyStore(ApiKeyStore store, Gate gate, StampedCache<String, ?> cache) {
        this.store = store;
        this.gate = gate;
        this.cache = cache;
    }

    public boolean write(Operation operation, WriteSet rows) {
        return gate.write(operation, "store.write", () -> {
            try {
                return store.write(rows);
            } finally {
                moveStamps(rows);
            }
        });
    }

    private void moveStamps(WriteSet rows) {
        try {
            boolean unusedAll = rows.split((inserts, replaces, deletes, journal) -> {
                for (KeyRow row : inserts) {
                    cache.born(row.id());
                    if (row.lookup() != null) {
                        cache.born(row.lookup());
                    }
                }
                replaces.forEach(replace -> moveStamps(replace.row()));
                deletes.forEach(delete -> cache.changed(delete.id()));
                return true;
            });
        } catch (Throwable outOfMemory) {
            cache.changedAny(); // Which makes no object: the write is done, and its result must reach the caller.
        }
    }

    /** The lookup, too: that there is no such key may be known of it. */
    private void moveStamps(KeyRow row) {
        cache.changed(row.id());
        if (row.lookup() != null) {
            cache.changed(row.lookup());
        }
    }

    /** Ends all that is cached: what an operation passed over may have been changed by others. */
    public void moveAllStamps() {
        cache.changedAny();
    }

    public @Nullable KeyRow find(Operation operation, String id) {
        return gate.<@Nullable KeyRow>read(operation, "store.find", () -> {
            KeyRow row = store.find(id);
            return row == null ? null : requireId(operation, id, row);
        });
    }

    /** Finds a row for a load. */
    public <T> @Nullable T find(Operation operation, String id, Load<T> load) {
        return gate.<@Nullable T>read(
                operation, "store.find", () -> load.make(() -> store.find(id), row -> requireId(operation, id, row)));
    }

    private static KeyRow requireId(Operation operation, String id, KeyRow row) {
        if (!row.id().equals(id)) {
            throw operation.nonsense("store.find answered with another row", false);
        }
        return row;
    }

    /**
     * Finds a row that is to be changed. What a caller is told of it, be it that nothing is left to be done, holds for the
     * verifications that follow: a write that this read has seen may not have moved its stamps yet.
     */
    public @Nullable KeyRow findToChange(Operation operation, String id) {
        KeyRow row = find(operation, id);
        if (row != null) {
            moveStamps(row);
        } else {
            cache.changed(id);
        }
        return row;
    }

    /** Finds a row by its lookup for a load. */
    public <T> @Nullable T findByLookup(Operation operation, String lookup, Load<T> load) {
        return gate.<@Nullable T>read(
                operation,
                "store.findByLookup",
                () -> load.make(() -> store.findByLookup(lookup), row -> requireLookup(operation, lookup, row)));
    }

    private static KeyRow requireLookup(Operation operation, String lookup, KeyRow row) {
        if (!lookup.equals(row.lookup()) || !KeyIds.isValid(row.id())) {
            throw operation.nonsense(
                    "store.findByLookup answered with another row, or one whose id is no key id", false);
        }
        return row;
    }

    public Slice list(Operation operation, KeyFilter filter, Order order, @Nullable String after, int limit, long now) {
        return gate.read(operation, "store.list", () -> {
            Slice slice = store.list(filter, order, after, limit, now);
            if (slice == null) {
                throw operation.nonsense("store.list answered null", false);
            }
            if (slice.rows().size() > limit) {
                throw operation.nonsense("store.list answered with more rows than were asked for", false);
            }
            requireForward(operation, order, after, slice);
            return slice;
        });
    }

    /** Of rows that were damaged by hand databases have an order of their own, and they end no list. */
    private static void requireForward(Operation operation, Order order, @Nullable String after, Slice slice) {
        String last = after;
        for (KeyRow row : slice.rows()) {
            if (KeyIds.isValid(row.id())) {
                if (last != null && steps(order, last, row.id()) <= 0) {
                    throw operation.nonsense("store.list answered with rows that are repeated or not in order", false);
                }
                last = row.id();
            }
        }
        String next = slice.next();
        boolean standsStill = next != null && after != null && steps(order, after, next) <= 0;
        boolean goesBack = next != null && last != null && steps(order, last, next) < 0;
        if (standsStill || goesBack) {
            throw operation.nonsense("store.list answered with a cursor that does not move forward", false);
        }
    }

    /** Positive if the second id follows the first one. */
    private static int steps(Order order, String from, String to) {
        return order == Order.OLDEST_FIRST ? to.compareTo(from) : from.compareTo(to);
    }

    /**
     * Adds usage.
     *
     * @param attempt is told how the store's call ended, also when nobody waits for it any more
     */
    public void addUsage(Operation operation, UsageBatch batch, Attempt attempt) {
        gate.<@Nullable Void>write(operation, "store.addUsage", () -> {
            try {
                store.addUsage(batch);
                attempt.added();
                return null;
            } catch (Throwable e) {
                attempt.failed(e);
                throw e;
            }
        });
    }

    public Purge purge(Operation operation, Duration age, long now, int limit, JournalRow journal) {
        return gate.write(operation, "store.purge", () -> {
            Purge done = null;
            try {
                done = store.purge(age, now, limit, journal);
                return required(operation, "store.purge", done, limit);
            } finally {
                if (done == null) {
                    cache.changedAny();
                } else {
                    done.rows().forEach(this::moveStamps);
                }
            }
        });
    }

    public Purge purgeJournal(Operation operation, Duration age, long now, int limit) {
        return gate.write(
                operation,
                "store.purgeJournal",
                () -> required(operation, "store.purgeJournal", store.purgeJournal(age, now, limit), limit));
    }

    private static Purge required(Operation operation, String step, @Nullable Purge purge, int limit) {
        if (purge == null) {
            throw operation.nonsense(step + " answered null", true);
        }
        if (purge.removed() > limit) {
            throw operation.nonsense(step + " answered that it removed more rows than were asked for", true);
        }
        return purge;
    }

    public List<JournalRow> journal(
            Operation operation, JournalRow.Filter filter, JournalRow.@Nullable Position before, int limit) {
        return gate.read(operation, "store.journal", () -> {
            List<JournalRow> rows = store.journal(filter, before, limit);
            if (rows == null) {
                throw operation.nonsense("store.journal answered null", false);
            }
            if (rows.size() > limit) {
                throw operation.nonsense("store.journal answered with more rows than were asked for", false);
            }
            JournalRow.Position last = before;
            for (JournalRow row : rows) {
                if (row == null || (last != null && !follows(row.position(), last))) {
                    throw operation.nonsense("store.journal answered with rows that are not newest first", false);
                }
                // Left out, they would make of a full page a short one, which is the last.
                if (!filter.matches(row)) {
                    throw operation.nonsense("store.journal answered with rows that were not asked for", false);
                }
                last = row.position();
            }
            return rows;
        });
    }

    private static boolean follows(JournalRow.Position position, JournalRow.Position before) {
        return position.time() != before.time()
                ? position.time() < before.time()
                : position.id().compareTo(before.id()) < 0;
    }

    public Changes changes(Operation operation, Changes.@Nullable Mark mark) {
        return gate.read(operation, "store.changes", () -> {
            Changes changes = store.changes(mark);
            if (changes == null) {
                throw operation.nonsense("store.changes answered null", false);
            }
            return changes;
        });
    }
}
