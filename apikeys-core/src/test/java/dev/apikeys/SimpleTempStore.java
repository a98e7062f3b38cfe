package dev.apikeys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.spi.ApiKeyStore.Rest;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.TempKeyStore;
import dev.apikeys.spi.TempRow;
import dev.apikeys.spi.VaultFullException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A sound store of a few temp keys under one lock. Its hooks run outside of the lock. */
final class SimpleTempStore implements TempKeyStore {
    private static final Duration CLOCKS_MAY_DIFFER = Duration.ofHours(1);
    private static final int ENDED_FOR_ROOM = 64;

    final Hooks hooks = new Hooks();
    volatile int maxLive = 10_000;

    /** How many settled and ended rows are kept. */
    volatile int maxKept = 1_000_000;

    /** The clock of the store, which need not be the manager's. */
    volatile InstantSource clock = InstantSource.system();

    private final TreeMap<String, TempRow> rows = new TreeMap<>();
    private long forgotten;

    @Override
    public Sweep insert(List<TempRow> inserted) {
        assertThat(inserted.stream().map(TempRow::ticketHash).toList())
                .as("what the library promises every store")
                .hasSizeBetween(1, 1_000)
                .isSorted()
                .doesNotHaveDuplicates();
        assertThat(inserted).allMatch(SimpleTempStore::isLive);
        return hooks.around("insert", () -> {
            synchronized (rows) {
                for (TempRow row : inserted) {
                    if (rows.containsKey(row.ticketHash())) {
                        throw new KeyExistsException(row.keyId(), null);
                    }
                }
                List<TempRow> toEnd = live().count() + inserted.size() <= maxLive
                        ? List.of()
                        : overdue(Math.min(inserted.get(0).createdAt(), clock.millis()))
                                .limit(ENDED_FOR_ROOM)
                                .toList();
                if (live().count() - toEnd.size() + inserted.size() > maxLive) {
                    throw new VaultFullException(maxLive);
                }
                List<TempRow> ended = end(toEnd);
                inserted.forEach(row -> rows.put(row.ticketHash(), row));
                return new Sweep(ended, 0, forget(), Rest.NONE);
            }
        });
    }

    private static boolean isLive(TempRow row) {
        return row.sealed() != null;
    }

    private Stream<TempRow> live() {
        return rows.values().stream().filter(SimpleTempStore::isLive);
    }

    private Stream<TempRow> overdue(long now) {
        return live().filter(row -> row.deadline() <= now);
    }

    private List<TempRow> end(List<TempRow> overdue) {
        overdue.forEach(row -> rows.put(row.ticketHash(), row.ended()));
        return overdue.stream().map(TempRow::ended).toList();
    }

    private Stream<TempRow> kept() {
        return rows.values().stream().filter(row -> !isLive(row)).sorted(Comparator.comparingLong(TempRow::deadline));
    }

    /** How many were forgotten since that was last told. */
    private long forget() {
        List<TempRow> tooMany =
                kept().limit(Math.max(0, kept().count() - maxKept)).toList();
        tooMany.forEach(row -> rows.remove(row.ticketHash()));
        long told = forgotten + tooMany.size();
        forgotten = 0;
        return told;
    }

    @Override
    public TempRow find(String ticketHash) {
        return hooks.around("find", () -> {
            synchronized (rows) {
                return rows.get(ticketHash);
            }
        });
    }

    @Override
    public TempRow findByKey(String keyId) {
        return hooks.around("findByKey", () -> {
            synchronized (rows) {
                return rows.values().stream()
                        .filter(row -> row.keyId().equals(keyId))
                        .max(Comparator.comparing(SimpleTempStore::isLive).thenComparingLong(TempRow::deadline))
                        .orElse(null);
            }
        });
    }

    @Override
    public boolean settle(String ticketHash, long now) {
        return hooks.around("settle", () -> {
            synchronized (rows) {
                TempRow row = rows.get(ticketHash);
                if (row == null || !isLive(row) || row.deadline() <= now) {
                    return false;
                }
                rows.put(ticketHash, row.settled(now));
                return true;
            }
        });
    }

    @Override
    public int discard(String keyId) {
        return hooks.around("discard", () -> {
            synchronized (rows) {
                int before = rows.size();
                rows.values().removeIf(row -> isLive(row) && row.keyId().equals(keyId));
                return before - rows.size();
            }
        });
    }

    @Override
    public boolean remove(String ticketHash) {
        return hooks.around("remove", () -> {
            synchronized (rows) {
                return rows.remove(ticketHash) != null;
            }
        });
    }

    @Override
    public Sweep purge(Duration age, long now, int limit) {
        assertThat(limit).isBetween(1, 1_000);
        return hooks.around("purge", () -> {
            synchronized (rows) {
                if (Math.abs(now - clock.millis()) > CLOCKS_MAY_DIFFER.toMillis()) {
                    return new Sweep(List.of(), 0, 0, Rest.PUT_OFF);
                }
                long earlier = Math.min(now, clock.millis());
                List<TempRow> ended = end(overdue(earlier).limit(limit).toList());
                List<TempRow> old = old(earlier - age.toMillis()).limit(limit).toList();
                old.forEach(row -> rows.remove(row.ticketHash()));
                boolean more = overdue(earlier).findAny().isPresent()
                        || old(earlier - age.toMillis()).findAny().isPresent();
                return new Sweep(ended, old.size(), forget(), more ? Rest.MORE : Rest.NONE);
            }
        });
    }

    private Stream<TempRow> old(long before) {
        return kept().filter(row -> row.deadline() <= before);
    }

    /** What can still be opened, deadlines aside. */
    List<TempRow> waiting() {
        return rows().stream().filter(SimpleTempStore::isLive).toList();
    }

    List<TempRow> rows() {
        synchronized (rows) {
            return List.copyOf(rows.values());
        }
    }

    /** Writes into the table by hand, past the library. */
    void put(TempRow row) {
        synchronized (rows) {
            rows.put(row.ticketHash(), row);
        }
    }
}
