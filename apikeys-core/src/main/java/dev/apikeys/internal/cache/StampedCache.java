package dev.apikeys.internal.cache;

import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongBinaryOperator;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A cache that never answers with what a finished write has overtaken, and that waits for nobody. An entry is good only
 * while the stamps of its key are what they were before it was loaded, and until its age, counted from before the load,
 * reaches a bound. Values may be null: the key is known to be absent. Thread-safe.
 *
 * <p>Loading is the caller's: {@link #stamp} before, {@link #put} after. Writers call {@link #changed} or {@link #born}
 * when a write has ended, however it did. Who learns from the source which keys others changed calls {@link #follow}: while
 * the last of these polls is recent, values may get older. A key under which a value is cached and the key by which its
 * changes are reported can be two.
 *
 * @param <K> keys
 * @param <V> values
 */
public final class StampedCache<K, V> {
    /** Made with the class: where memory is full a stamp must still be moved. */
    private static final LongBinaryOperator LATER = Math::max;

    private static final int STRIPES = 4096;

    /** How old a negative entry may get: another node may create the key at any moment. */
    private static final long ABSENCE_AGE = Duration.ofSeconds(1).toNanos();

    /** What was loaded, with the stamps and the time from before the load. */
    public static final class Entry<V> {
        private final @Nullable V value;
        private final int stripe;
        private final long changed;
        private final long born;
        private final long since;
        private final AtomicBoolean reloading = new AtomicBoolean();

        private Entry(@Nullable V value, int stripe, Stamp stamp) {
            this.value = value;
            this.stripe = stripe;
            this.changed = stamp.changed;
            this.born = stamp.born;
            this.since = stamp.since;
        }

        /** The value, or null if the key is known to be absent. */
        public @Nullable V value() {
            return value;
        }
    }

    /** How many changes there were, of any key, how many births of the key's stripe, and the time, before a load. */
    public record Stamp(long changed, long born, long since) {}

    /**
     * How old an entry may be, in nanoseconds.
     *
     * @param age in any case
     * @param followed while the last good poll began less than {@code age} ago
     */
    private record Bounds(long age, long followed) {
        boolean hold(long age, long lag) {
            return age >= 0 && (age < this.age || (lag >= 0 && lag < this.age && age < followed));
        }

        Bounds fourFifths() {
            return new Bounds(age / 5 * 4, followed / 5 * 4);
        }

        Bounds plus(long grace) {
            return new Bounds(age + grace, followed + grace);
        }
    }

    /** Numbers the changes, so that a stamp can be taken before it is known which key a load is about. */
    private final AtomicLong changes = new AtomicLong();

    private final AtomicLongArray lastChange = new AtomicLongArray(STRIPES);
    private final AtomicLong lastChangeOfAll = new AtomicLong();
    private final AtomicLongArray born = new AtomicLongArray(STRIPES);
    private final Map<K, Entry<V>> entries;
    private final LongSupplier nanos;
    private final Bounds ofValues;
    private final Bounds ofValuesUntilReload;
    private final Bounds ofAbsences;
    private final Bounds ofAbsencesUntilReload;

    /** When the last good poll began; before the first one so long ago that no bound reaches there. */
    private volatile long followed;

    /** Creates a cache in a map of which each operation is atomic, and which may forget; only the tests give one. */
    StampedCache(Map<K, Entry<V>> entries, Duration maxAge, Duration lifetime, LongSupplier nanos) {
        long absenceAge = Math.min(maxAge.toNanos(), ABSENCE_AGE);
        this.entries = entries;
        this.nanos = nanos;
        this.ofValues = new Bounds(maxAge.toNanos(), lifetime.toNanos());
        this.ofValuesUntilReload = ofValues.fourFifths();
        this.ofAbsences = new Bounds(absenceAge, absenceAge);
        this.ofAbsencesUntilReload = ofAbsences.fourFifths();
        this.followed = nanos.getAsLong() - Long.MAX_VALUE / 2;
    }

    /**
     * Creates a cache.
     *
     * @param maxSize how many entries it holds at the most
     * @param maxAge how old an entry may get, a negative one a second at most; zero disables the cache
     * @param lifetime how old a value may get while the last good poll began less than {@code maxAge} ago; at least
     *     {@code maxAge}, which is what it is where nobody polls
     * @param nanos a clock that only goes forward
     */
    public static <K, V> StampedCache<K, V> create(
            int maxSize, Duration maxAge, Duration lifetime, LongSupplier nanos) {
        // Without loader, listener, expiry or thread: Caffeine calls and holds nothing of ours.
        Map<K, Entry<V>> entries = Caffeine.newBuilder()
                .maximumSize(maxSize)
                .executor(Runnable::run)
                .<K, Entry<V>>build()
                .asMap();
        return new StampedCache<>(entries, maxAge, lifetime, nanos);
    }

    /**
     * The entry of a key, or null if the caller is to load it: there is none that is good, or its time is nearly over and
     * the caller is the first to ask since. Whoever asks after the first gets the entry until its time is over.
     */
    public @Nullable Entry<V> get(K key) {
        // In this order: the last poll, the entry, the stamps, the clock. For a caller that is paused in between, the
        // stamps are at worst newer than the poll; read last, a poll of today would vouch for stamps of yesterday.
        long poll = followed;
        Entry<V> entry = entries.get(key);
        if (entry == null || !isCurrent(key, entry)) {
            return null;
        }
        long now = nanos.getAsLong();
        boolean isAbsence = entry.value == null;
        if ((isAbsence ? ofAbsencesUntilReload : ofValuesUntilReload).hold(now - entry.since, now - poll)) {
            return entry;
        }
        if (!(isAbsence ? ofAbsences : ofValues).hold(now - entry.since, now - poll)) {
            return null;
        }
        return entry.reloading.compareAndSet(false, true) ? null : entry;
    }

    /**
     * Returns the stale entry of a key if its time has been over for less than a grace, else null. Never a negative entry,
     * and never one that a write has invalidated.
     */
    public @Nullable Entry<V> stale(K key, long graceNanos) {
        long poll = followed;
        Entry<V> entry = entries.get(key);
        boolean isGood = entry != null
                && entry.value != null
                && isCurrent(key, entry)
                && isWithin(ofValues.plus(graceNanos), entry.since, poll);
        return isGood ? entry : null;
    }

    /** Returns whether there is a good entry of a key, also if the next caller of {@link #get} has to load it again. */
    public boolean holds(K key) {
        long poll = followed;
        Entry<V> entry = entries.get(key);
        return entry != null
                && isCurrent(key, entry)
                && isWithin(entry.value == null ? ofAbsences : ofValues, entry.since, poll);
    }

    /**
     * Returns whether there is a good entry of a key, or a value that would be good if not all entries had been
     * invalidated at once: the key exists, and to load it again costs one load each time.
     */
    public boolean knows(K key) {
        long poll = followed;
        Entry<V> entry = entries.get(key);
        if (entry == null || entry.value == null) {
            return holds(key);
        }
        return lastChange.get(entry.stripe) <= entry.changed && isWithin(ofValues, entry.since, poll);
    }

    /** Returns whether the cache is disabled. */
    public boolean isOff() {
        return ofValues.age == 0;
    }

    /** Returns whether no write of a key has ended since a stamp of this key was taken. */
    public boolean isCurrent(K key, Stamp stamp) {
        return isUnchanged(key, stamp) && stamp.born == born.get(stripe(key));
    }

    /** Returns whether no change of a key has ended since a stamp of any key was taken. */
    public boolean isUnchanged(K key, Stamp stamp) {
        return isUnchanged(stripe(key), stamp.changed);
    }

    /** Returns whether an entry with this stamp would still be young enough without any poll. */
    public boolean isYoung(Stamp stamp) {
        return isYoung(ofValues, stamp);
    }

    /** Returns whether a negative entry with this stamp would still be young enough. */
    public boolean isYoungAsAbsence(Stamp stamp) {
        return isYoung(ofAbsences, stamp);
    }

    private boolean isYoung(Bounds bounds, Stamp stamp) {
        long age = nanos.getAsLong() - stamp.since;
        return age >= 0 && age < bounds.age;
    }

    private boolean isWithin(Bounds bounds, long since, long poll) {
        long now = nanos.getAsLong();
        return bounds.hold(now - since, now - poll);
    }

    private boolean isCurrent(K key, Entry<V> entry) {
        return isUnchanged(entry.stripe, entry.changed) && (entry.value != null || entry.born == born.get(stripe(key)));
    }

    private boolean isUnchanged(int stripe, long changesBefore) {
        return lastChange.get(stripe) <= changesBefore && lastChangeOfAll.get() <= changesBefore;
    }

    /** What {@link #put} needs; to be taken before the load, always. */
    public Stamp stamp(K key) {
        return new Stamp(changes.get(), born.get(stripe(key)), nanos.getAsLong());
    }

    /** Keeps what was loaded, or that there was nothing; its changes are reported by the same key. */
    public void put(K key, @Nullable V loaded, Stamp stamp) {
        put(key, key, loaded, stamp);
    }

    /** Keeps what was loaded by one key, and whose changes are reported by another. */
    public void put(K key, K reportedBy, @Nullable V loaded, Stamp stamp) {
        if (!isOff()) {
            entries.put(key, new Entry<>(loaded, stripe(reportedBy), stamp));
        }
    }

    /** Ends what is known of a key. To be called when a write of it has ended, whatever its outcome. */
    public void changed(K key) {
        lastChange.accumulateAndGet(stripe(key), changes.incrementAndGet(), LATER);
        entries.remove(key);
    }

    /** Ends that a key is known to be absent. To be called when an insert has ended, whatever its outcome. */
    public void born(K key) {
        born.incrementAndGet(stripe(key));
    }

    /** Ends all that is known, where it is not known what was written. */
    public void changedAny() {
        lastChangeOfAll.accumulateAndGet(changes.incrementAndGet(), LATER);
    }

    /**
     * Ends what is known of the keys that a poll of the source reported, and then counts on it. Each change that was visible
     * when the poll began has to be reported by it or by an earlier one. To be called by one thread at a time.
     *
     * @param toldOf the keys that were changed by others
     * @param since when the poll began
     */
    public void follow(Iterable<? extends K> toldOf, long since) {
        toldOf.forEach(this::changed);
        followed = since;
    }

    /** The same where a poll reported that any key may have changed. */
    public void followAll(long since) {
        changedAny();
        followed = since;
    }

    private int stripe(K key) {
        int hash = key.hashCode() * 0x9e3779b9;
        return hash >>> 20;
    }
}
