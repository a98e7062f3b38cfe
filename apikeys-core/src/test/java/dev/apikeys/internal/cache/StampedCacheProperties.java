package dev.apikeys.internal.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.apikeys.internal.cache.StampedCache.Entry;
import dev.apikeys.internal.cache.StampedCache.Stamp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the cache keeps, one scenario a rule, on a map that forgets nothing and on Caffeine. Each rule is then put to a
 * twin of the cache that breaks it, and has to see it.
 */
class StampedCacheProperties {
    private static final Duration MAX_AGE = Duration.ofNanos(1_000);
    private static final Duration LIFETIME = Duration.ofNanos(20_000);
    private static final Duration HOUR = Duration.ofHours(1);

    /** How a cache is read and written here, so that a twin can do it wrong. */
    interface Subject {
        /** What is cached, or else what is loaded. */
        @Nullable String read(String key, Supplier<@Nullable String> load);

        void write(String key, Runnable write);

        void insert(String key, Runnable insert);

        /** A poll that began at a moment told of these keys. */
        void follow(Iterable<String> keys, long since);

        /** Whether a good entry stands for the key. */
        boolean holds(String key);
    }

    /** A map in which something can happen after an entry was fetched and before it is looked at. */
    static final class HookedMap extends ConcurrentHashMap<String, StampedCache.Entry<String>> {
        private static final long serialVersionUID = 1L;

        private transient Runnable onceFetched = () -> {};

        @Override
        public StampedCache.@Nullable Entry<String> get(Object key) {
            StampedCache.Entry<String> entry = super.get(key);
            Runnable now = onceFetched;
            onceFetched = () -> {};
            now.run();
            return entry;
        }
    }

    /** The cache as the library uses it. */
    private static class Sound implements Subject {
        final StampedCache<String, String> cache;

        Sound(StampedCache<String, String> cache) {
            this.cache = cache;
        }

        @Override
        public @Nullable String read(String key, Supplier<@Nullable String> load) {
            Entry<String> entry = cache.get(key);
            if (entry != null) {
                return entry.value();
            }
            Stamp stamp = cache.stamp(key);
            String loaded = load.get();
            cache.put(key, loaded, stamp);
            return loaded;
        }

        @Override
        public void write(String key, Runnable write) {
            try {
                write.run();
            } finally {
                cache.changed(key);
            }
        }

        @Override
        public void insert(String key, Runnable insert) {
            try {
                insert.run();
            } finally {
                cache.born(key);
            }
        }

        @Override
        public void follow(Iterable<String> keys, long since) {
            cache.follow(keys, since);
        }

        @Override
        public boolean holds(String key) {
            // The first to ask near the end of its time gets null, to load it anew, and the next gets the entry.
            return Stream.generate(() -> cache.get(key)).limit(2).anyMatch(Objects::nonNull);
        }
    }

    /** Broken: the stamp is taken when the load has ended. */
    private static final class StampAfterTheLoad extends Sound {
        StampAfterTheLoad(StampedCache<String, String> cache) {
            super(cache);
        }

        @Override
        public @Nullable String read(String key, Supplier<@Nullable String> load) {
            Entry<String> entry = cache.get(key);
            if (entry != null) {
                return entry.value();
            }
            String loaded = load.get();
            cache.put(key, loaded, cache.stamp(key));
            return loaded;
        }
    }

    /** Broken: the age counts from the put. */
    private static final class AgeFromThePut extends Sound {
        AgeFromThePut(StampedCache<String, String> cache) {
            super(cache);
        }

        @Override
        public @Nullable String read(String key, Supplier<@Nullable String> load) {
            Entry<String> entry = cache.get(key);
            if (entry != null) {
                return entry.value();
            }
            Stamp stamp = cache.stamp(key);
            String loaded = load.get();
            cache.put(
                    key,
                    loaded,
                    new Stamp(stamp.changed(), stamp.born(), cache.stamp(key).since()));
            return loaded;
        }
    }

    /** Broken: the stamps move before the write, so what is loaded during it looks fresh. */
    private static final class StampsBeforeTheWrite extends Sound {
        StampsBeforeTheWrite(StampedCache<String, String> cache) {
            super(cache);
        }

        @Override
        public void write(String key, Runnable write) {
            cache.changed(key);
            write.run();
        }
    }

    /** Broken: a write that fails moves no stamps, though nobody knows what it wrote. */
    private static final class StampsOnlyAfterSuccess extends Sound {
        StampsOnlyAfterSuccess(StampedCache<String, String> cache) {
            super(cache);
        }

        @Override
        public void write(String key, Runnable write) {
            write.run();
            cache.changed(key);
        }
    }

    /** Wasteful: creates move the stamps of changes. */
    private static final class OneStampForAll extends Sound {
        OneStampForAll(StampedCache<String, String> cache) {
            super(cache);
        }

        @Override
        public void insert(String key, Runnable insert) {
            write(key, insert);
        }
    }

    /** Broken: a poll counts before it has ended what it told of. */
    private static final class PollBeforeItsStamps extends Sound {
        PollBeforeItsStamps(StampedCache<String, String> cache) {
            super(cache);
        }

        @Override
        public void follow(Iterable<String> keys, long since) {
            cache.follow(List.of(), since);
            keys.forEach(cache::changed);
        }
    }

    /** Broken: a poll counts from when it ended. */
    private static final class PollFromItsEnd extends Sound {
        PollFromItsEnd(StampedCache<String, String> cache) {
            super(cache);
        }

        @Override
        public void follow(Iterable<String> keys, long since) {
            cache.follow(keys, cache.stamp("k").since());
        }
    }

    /** Broken: the time of the last poll is read last. Has a little cache of its own, of one stripe. */
    private static final class PollReadLast implements Subject {
        private record Stamped(@Nullable String value, long stamp, long since) {}

        private final Map<String, Stamped> entries = new ConcurrentHashMap<>();
        private final AtomicLong stamp = new AtomicLong();
        private final AtomicLong followed = new AtomicLong();
        private final LongSupplier nanos;

        PollReadLast(LongSupplier nanos) {
            this.nanos = nanos;
            followed.set(nanos.getAsLong() - Long.MAX_VALUE / 2);
        }

        private @Nullable Stamped get(String key) {
            Stamped entry = entries.get(key);
            if (entry == null || entry.stamp != stamp.get()) {
                return null;
            }
            long now = nanos.getAsLong();
            long age = now - entry.since;
            boolean isFollowed = now - followed.get() < MAX_AGE.toNanos() && age < LIFETIME.toNanos();
            return age >= 0 && (age < MAX_AGE.toNanos() || isFollowed) ? entry : null;
        }

        @Override
        public @Nullable String read(String key, Supplier<@Nullable String> load) {
            Stamped entry = get(key);
            if (entry != null) {
                return entry.value();
            }
            long before = stamp.get();
            long since = nanos.getAsLong();
            String loaded = load.get();
            entries.put(key, new Stamped(loaded, before, since));
            return loaded;
        }

        @Override
        public void write(String key, Runnable write) {
            try {
                write.run();
            } finally {
                stamp.incrementAndGet();
            }
        }

        @Override
        public void insert(String key, Runnable insert) {
            insert.run();
        }

        @Override
        public void follow(Iterable<String> keys, long since) {
            keys.forEach(key -> stamp.incrementAndGet());
            followed.set(since);
        }

        @Override
        public boolean holds(String key) {
            return get(key) != null;
        }
    }

    /** Broken: the stamps are read before the entry. Has a little cache of its own, of one stripe. */
    private static final class StampsBeforeTheEntry implements Subject {
        private record Stamped(@Nullable String value, long stamp) {}

        private final Map<String, Stamped> entries = new ConcurrentHashMap<>();
        private final AtomicLong stamp = new AtomicLong();
        private final HookedMap hook;

        StampsBeforeTheEntry(HookedMap hook) {
            this.hook = hook;
        }

        private @Nullable Stamped get(String key) {
            long current = stamp.get();
            Stamped entry = entries.get(key);
            hook.get(key);
            return entry != null && entry.stamp == current ? entry : null;
        }

        @Override
        public @Nullable String read(String key, Supplier<@Nullable String> load) {
            Stamped entry = get(key);
            if (entry != null) {
                return entry.value();
            }
            long before = stamp.get();
            String loaded = load.get();
            entries.put(key, new Stamped(loaded, before));
            return loaded;
        }

        @Override
        public void write(String key, Runnable write) {
            write.run();
            stamp.incrementAndGet();
        }

        @Override
        public void insert(String key, Runnable insert) {
            insert.run();
        }

        @Override
        public void follow(Iterable<String> keys, long since) {
            keys.forEach(key -> stamp.incrementAndGet());
        }

        @Override
        public boolean holds(String key) {
            return get(key) != null;
        }
    }

    /** What a rule has to do with: a subject, a clock, one row of a store. */
    private static final class Scene {
        final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 100);
        final HookedMap map = new HookedMap();
        final Subject subject;

        @Nullable String row = "old";

        /** What happens once, before somebody is told the time. */
        Runnable onceAskedForTheTime = () -> {};

        Scene(BiFunction<HookedMap, LongSupplier, Subject> subjects) {
            subject = subjects.apply(map, this::time);
        }

        private long time() {
            Runnable now = onceAskedForTheTime;
            onceAskedForTheTime = () -> {};
            now.run();
            return nanos.get();
        }

        void poll(String... told) {
            subject.follow(List.of(told), nanos.get());
        }

        void pass(long time) {
            nanos.addAndGet(time);
        }

        @Nullable String read() {
            return subject.read("k", () -> row);
        }

        void write(@Nullable String value) {
            subject.write("k", () -> row = value);
        }

        void insert(String value) {
            subject.insert("k", () -> row = value);
        }
    }

    enum Rule {
        I1_A_WRITE_THAT_ENDS_DURING_A_LOAD_ENDS_WHAT_IS_LOADED(scene -> {
            scene.subject.read("k", () -> {
                String loaded = scene.row;
                scene.write("new");
                return loaded;
            });
            assertThat(scene.read()).isEqualTo("new");
        }),
        I1_WHAT_IS_LOADED_DURING_A_WRITE_IS_NOT_USED_AFTER_IT(scene -> {
            scene.subject.write("k", () -> {
                assertThat(scene.read()).isEqualTo("old");
                scene.row = "new";
            });
            assertThat(scene.read()).isEqualTo("new");
        }),
        I1_A_WRITE_THAT_FAILS_ENDS_WHAT_IS_KNOWN(scene -> {
            scene.read();
            try {
                scene.subject.write("k", () -> {
                    scene.row = "new";
                    throw new IllegalStateException("written, and the answer was lost");
                });
            } catch (IllegalStateException expected) {
                assertThat(scene.row).isEqualTo("new");
            }
            assertThat(scene.read()).isEqualTo("new");
        }),
        I1_AN_ENTRY_OVERTAKEN_WHILE_IT_IS_FETCHED_IS_NOT_USED(scene -> {
            scene.read();
            scene.map.onceFetched = () -> scene.write("new");
            assertThat(scene.read()).isEqualTo("new");
        }),
        I1_AN_INSERT_THAT_ENDS_DURING_A_LOAD_ENDS_THE_ABSENCE(scene -> {
            scene.row = null;
            scene.subject.read("k", () -> {
                String loaded = scene.row;
                scene.insert("new");
                return loaded;
            });
            assertThat(scene.read()).isEqualTo("new");
        }),
        I2_NOTHING_IS_OLDER_THAN_ITS_BOUND_SINCE_ITS_LOAD_BEGAN(scene -> {
            scene.subject.read("k", () -> {
                scene.pass(600);
                return scene.row;
            });
            scene.pass(399);
            assertThat(scene.subject.holds("k")).isTrue();
            scene.pass(1);
            assertThat(scene.subject.holds("k")).isFalse();
        }),
        I2_A_CLOCK_THAT_STEPS_BACK_MAKES_NOTHING_YOUNGER(scene -> {
            scene.read();
            scene.pass(-1);
            assertThat(scene.subject.holds("k")).isFalse();
        }),
        I6_A_VALUE_IS_USED_FOR_ITS_LIFETIME_WHILE_POLLS_ARE_RECENT(scene -> {
            scene.read();
            for (int i = 0; i < 22; i++) {
                scene.poll();
                scene.pass(900);
                assertThat(scene.subject.holds("k")).isTrue();
            }
            scene.poll();
            scene.pass(199);
            assertThat(scene.subject.holds("k")).isTrue();
            scene.pass(1);
            assertThat(scene.subject.holds("k")).isFalse();
        }),
        I6_A_POLL_COUNTS_UNTIL_THE_BOUND_AFTER_IT_BEGAN(scene -> {
            scene.read();
            scene.pass(900);
            long began = scene.nanos.get();
            scene.pass(500);
            scene.subject.follow(List.of(), began);
            scene.pass(499);
            assertThat(scene.subject.holds("k")).isTrue();
            scene.pass(1);
            assertThat(scene.subject.holds("k")).isFalse();
        }),
        I6_A_VALUE_IS_USED_FOR_ITS_AGE_WITHOUT_A_POLL(scene -> {
            scene.poll();
            scene.pass(5_000);
            scene.read();
            scene.pass(999);
            assertThat(scene.subject.holds("k")).isTrue();
            scene.pass(1);
            assertThat(scene.subject.holds("k")).isFalse();
        }),
        I6_WHAT_A_POLL_TOLD_ENDS_WHAT_IS_KNOWN(scene -> {
            scene.read();
            scene.row = "new";
            scene.poll("k");
            assertThat(scene.read()).isEqualTo("new");
        }),
        I6_A_POLL_THAT_FAILS_HALF_WAY_DOES_NOT_COUNT(scene -> {
            scene.read();
            scene.pass(900);
            scene.row = "new";
            try {
                scene.subject.follow(
                        () -> {
                            throw new IllegalStateException("half-way");
                        },
                        scene.nanos.get());
            } catch (IllegalStateException expected) {
                assertThat(scene.row).isEqualTo("new");
            }
            scene.pass(100);
            assertThat(scene.read()).isEqualTo("new");
        }),
        I6_A_READER_THAT_IS_PAUSED_OVER_A_DEAD_FEED_SEES_WHAT_IT_MISSED(scene -> {
            scene.poll();
            scene.read();
            scene.onceAskedForTheTime = () -> {
                scene.pass(3_000);
                scene.row = "new";
                scene.pass(3_000);
                scene.poll("k");
            };
            assertThat(scene.read()).isEqualTo("new");
        }),
        I4_A_CREATE_ENDS_NO_RECORD(scene -> {
            scene.read();
            scene.insert("other");
            assertThat(scene.subject.holds("k")).isTrue();
        }),
        I4_A_CHANGE_ENDS_AN_ABSENCE_AND_A_RECORD(scene -> {
            scene.row = null;
            scene.read();
            assertThat(scene.subject.holds("k")).isTrue();
            scene.write("new");
            assertThat(scene.subject.holds("k")).isFalse();
            assertThat(scene.read()).isEqualTo("new");
            scene.write(null);
            assertThat(scene.subject.holds("k")).isFalse();
        });

        final Consumer<Scene> scenario;

        Rule(Consumer<Scene> scenario) {
            this.scenario = scenario;
        }

        boolean isKeptBy(BiFunction<HookedMap, LongSupplier, Subject> subjects) {
            try {
                scenario.accept(new Scene(subjects));
                return true;
            } catch (AssertionError broken) {
                return false;
            }
        }
    }

    private static StampedCache<String, String> onMap(HookedMap map, LongSupplier nanos) {
        return new StampedCache<>(map, MAX_AGE, LIFETIME, nanos);
    }

    @ParameterizedTest
    @MethodSource("rules")
    void onAMapTheCacheKeeps(Rule rule) {
        rule.scenario.accept(new Scene((map, nanos) -> new Sound(onMap(map, nanos))));
    }

    /** The one rule that needs a hook on the map cannot be put to Caffeine. */
    @ParameterizedTest
    @MethodSource("rules")
    void onCaffeineTheCacheKeeps(Rule rule) {
        if (rule != Rule.I1_AN_ENTRY_OVERTAKEN_WHILE_IT_IS_FETCHED_IS_NOT_USED) {
            rule.scenario.accept(
                    new Scene((map, nanos) -> new Sound(StampedCache.create(100, MAX_AGE, LIFETIME, nanos))));
        }
    }

    static Stream<Rule> rules() {
        return Arrays.stream(Rule.values());
    }

    @Test
    void aStampTakenAfterTheLoadIsSeen() {
        assertThat(broken((map, nanos) -> new StampAfterTheLoad(onMap(map, nanos))))
                .containsExactly(
                        Rule.I1_A_WRITE_THAT_ENDS_DURING_A_LOAD_ENDS_WHAT_IS_LOADED,
                        Rule.I1_AN_INSERT_THAT_ENDS_DURING_A_LOAD_ENDS_THE_ABSENCE,
                        Rule.I2_NOTHING_IS_OLDER_THAN_ITS_BOUND_SINCE_ITS_LOAD_BEGAN);
    }

    @Test
    void stampsReadBeforeTheEntryAreSeen() {
        assertThat(broken((map, nanos) -> new StampsBeforeTheEntry(map)))
                .contains(Rule.I1_AN_ENTRY_OVERTAKEN_WHILE_IT_IS_FETCHED_IS_NOT_USED)
                .doesNotContain(Rule.I1_A_WRITE_THAT_ENDS_DURING_A_LOAD_ENDS_WHAT_IS_LOADED);
    }

    @Test
    void anAgeThatCountsFromThePutIsSeen() {
        assertThat(broken((map, nanos) -> new AgeFromThePut(onMap(map, nanos))))
                .containsExactly(Rule.I2_NOTHING_IS_OLDER_THAN_ITS_BOUND_SINCE_ITS_LOAD_BEGAN);
    }

    @Test
    void stampsThatMoveBeforeTheWriteAreSeen() {
        assertThat(broken((map, nanos) -> new StampsBeforeTheWrite(onMap(map, nanos))))
                .contains(Rule.I1_WHAT_IS_LOADED_DURING_A_WRITE_IS_NOT_USED_AFTER_IT);
    }

    @Test
    void stampsThatStayAfterAFailedWriteAreSeen() {
        assertThat(broken((map, nanos) -> new StampsOnlyAfterSuccess(onMap(map, nanos))))
                .containsExactly(Rule.I1_A_WRITE_THAT_FAILS_ENDS_WHAT_IS_KNOWN);
    }

    @Test
    void aPollThatCountsBeforeItsStampsMoveIsSeen() {
        assertThat(broken((map, nanos) -> new PollBeforeItsStamps(onMap(map, nanos))))
                .containsExactly(Rule.I6_A_POLL_THAT_FAILS_HALF_WAY_DOES_NOT_COUNT);
    }

    @Test
    void aPollThatCountsFromItsEndIsSeen() {
        assertThat(broken((map, nanos) -> new PollFromItsEnd(onMap(map, nanos))))
                .containsExactly(Rule.I6_A_POLL_COUNTS_UNTIL_THE_BOUND_AFTER_IT_BEGAN);
    }

    @Test
    void aPollThatIsReadLastIsSeen() {
        assertThat(broken((map, nanos) -> new PollReadLast(nanos)))
                .contains(Rule.I6_A_READER_THAT_IS_PAUSED_OVER_A_DEAD_FEED_SEES_WHAT_IT_MISSED)
                .doesNotContain(
                        Rule.I6_A_VALUE_IS_USED_FOR_ITS_LIFETIME_WHILE_POLLS_ARE_RECENT,
                        Rule.I6_A_POLL_COUNTS_UNTIL_THE_BOUND_AFTER_IT_BEGAN,
                        Rule.I6_A_VALUE_IS_USED_FOR_ITS_AGE_WITHOUT_A_POLL,
                        Rule.I6_WHAT_A_POLL_TOLD_ENDS_WHAT_IS_KNOWN,
                        Rule.I6_A_POLL_THAT_FAILS_HALF_WAY_DOES_NOT_COUNT);
    }

    @Test
    void createsThatEndRecordsAreSeen() {
        assertThat(broken((map, nanos) -> new OneStampForAll(onMap(map, nanos))))
                .containsExactly(Rule.I4_A_CREATE_ENDS_NO_RECORD);
    }

    private static List<Rule> broken(BiFunction<HookedMap, LongSupplier, Subject> subjects) {
        return Arrays.stream(Rule.values())
                .filter(rule -> !rule.isKeptBy(subjects))
                .toList();
    }

    @Test
    void I2_an_age_of_zero_holds_nothing() {
        StampedCache<String, String> cache = StampedCache.create(10, Duration.ZERO, Duration.ZERO, () -> 0);

        cache.put("k", "v", cache.stamp("k"));

        assertThat(cache.get("k")).isNull();
    }

    @Test
    void I2_from_four_fifths_of_its_age_one_caller_loads_anew_and_the_others_go_on() {
        AtomicLong nanos = new AtomicLong();
        StampedCache<String, String> cache = StampedCache.create(10, MAX_AGE, MAX_AGE, nanos::get);
        cache.put("k", "v", cache.stamp("k"));
        nanos.set(799);
        assertThat(cache.get("k")).isNotNull();
        nanos.set(800);

        assertThat(Stream.generate(() -> cache.get("k") == null).limit(5))
                .containsExactly(true, false, false, false, false);
    }

    @Test
    void I6_the_early_reload_follows_the_bound_that_applies() {
        AtomicLong nanos = new AtomicLong();
        StampedCache<String, String> cache = StampedCache.create(10, MAX_AGE, LIFETIME, nanos::get);
        cache.put("k", "v", cache.stamp("k"));
        cache.follow(List.of(), 15_500);
        nanos.set(15_999);
        assertThat(cache.get("k")).isNotNull();
        nanos.set(16_000);
        assertThat(Stream.generate(() -> cache.get("k") == null).limit(3)).containsExactly(true, false, false);

        cache.put("k", "v", cache.stamp("k"));
        cache.follow(List.of(), 17_000);
        nanos.set(17_799);
        assertThat(cache.get("k")).isNotNull();
        nanos.set(17_800);
        assertThat(Stream.generate(() -> cache.get("k") == null).limit(3))
                .as("the last poll will soon be too old")
                .containsExactly(true, false, false);
    }

    @Test
    void I6_absences_are_known_for_no_longer() {
        AtomicLong nanos = new AtomicLong();
        StampedCache<String, String> cache = StampedCache.create(10, MAX_AGE, LIFETIME, nanos::get);
        cache.put("k", null, cache.stamp("k"));
        cache.follow(List.of(), 900);
        nanos.set(999);
        assertThat(cache.holds("k")).isTrue();
        nanos.set(1_000);
        assertThat(cache.holds("k")).isFalse();
    }

    @Test
    void I6_a_grace_counts_from_the_end_of_the_time_that_applied() {
        AtomicLong nanos = new AtomicLong();
        StampedCache<String, String> cache = StampedCache.create(10, MAX_AGE, LIFETIME, nanos::get);
        cache.put("k", "v", cache.stamp("k"));
        cache.follow(List.of(), 10_000);
        nanos.set(11_499);
        assertThat(cache.holds("k")).isFalse();
        assertThat(cache.stale("k", 500)).isNotNull();
        nanos.set(11_500);
        assertThat(cache.stale("k", 500)).isNull();
    }

    @Test
    void I7_what_is_told_of_the_one_key_ends_what_is_cached_under_the_other() {
        StampedCache<String, String> cache = StampedCache.create(10, HOUR, HOUR, System::nanoTime);
        cache.put("hash", "id", "v", cache.stamp("hash"));
        assertThat(cache.holds("hash")).isTrue();

        cache.changed("id");

        assertThat(cache.holds("hash")).isFalse();
        assertThat(cache.get("hash")).isNull();
        assertThat(cache.stale("hash", 1)).isNull();
    }

    @Test
    void I7_what_is_told_during_a_load_ends_what_is_loaded_by_another_key() {
        StampedCache<String, String> cache = StampedCache.create(10, HOUR, HOUR, System::nanoTime);
        Stamp stamp = cache.stamp("hash");
        assertThat(cache.isUnchanged("id", stamp)).isTrue();

        cache.follow(List.of("id"), 0);
        cache.put("hash", "id", "v", stamp);

        assertThat(cache.isUnchanged("id", stamp)).isFalse();
        assertThat(cache.isUnchanged("hash", stamp)).isTrue();
        assertThat(cache.holds("hash")).isFalse();
    }

    /** Load, write and hold are another thread's; each of these calls ends nevertheless. */
    @Test
    void I3_nobody_waits_for_a_load_or_a_write_under_way() throws Exception {
        StampedCache<String, String> cache = StampedCache.create(10, HOUR, HOUR, System::nanoTime);
        Subject subject = new Sound(cache);
        ExecutorService others = Executors.newSingleThreadExecutor();
        Callable<Void> everything = () -> {
            subject.read("k", () -> "v");
            subject.holds("k");
            subject.write("k", () -> {});
            subject.insert("k", () -> {});
            cache.changedAny();
            return null;
        };
        try {
            subject.read("k", () -> {
                endsInTime(others.submit(everything));
                return "v";
            });
            subject.write("k", () -> endsInTime(others.submit(everything)));
            subject.insert("k", () -> endsInTime(others.submit(everything)));
        } finally {
            others.shutdownNow();
        }
    }

    private static void endsInTime(Future<Void> call) {
        try {
            call.get(30, TimeUnit.SECONDS);
        } catch (Exception e) {
            fail("the call waited", e);
        }
    }

    @Test
    void I4_a_write_of_one_key_leaves_the_entries_of_most_others() {
        StampedCache<String, String> cache = StampedCache.create(10_000, HOUR, HOUR, System::nanoTime);
        List<String> keys =
                Stream.iterate(0, i -> i + 1).limit(1_000).map(i -> "ak_" + i).toList();
        keys.forEach(key -> cache.put(key, "v", cache.stamp(key)));

        cache.changed("ak_7");

        assertThat(cache.get("ak_7")).isNull();
        assertThat(keys.stream().filter(key -> cache.get(key) != null).count()).isGreaterThan(980);
        cache.changedAny();
        assertThat(keys).allMatch(key -> cache.get(key) == null);
    }

    /** 2^63 writes of one stripe take longer than anybody has. */
    @Test
    void I5_stamps_are_as_wide_as_they_can_be() {
        assertThat(Stamp.class.getRecordComponents()).allMatch(component -> component.getType() == long.class);
    }

    /** With {@code -Dapikeys.stress=100} a hundred times as long. */
    @Test
    void noReaderEverSeesWhatWasRevokedBeforeItBegan() throws Exception {
        long seed = System.nanoTime();
        System.out.println("StampedCacheProperties stress, seed " + seed);
        LongSupplier nanos = System::nanoTime;
        for (Supplier<StampedCache<String, String>> caches : List.<Supplier<StampedCache<String, String>>>of(
                () -> new StampedCache<>(new HookedMap(), HOUR, HOUR, nanos),
                () -> StampedCache.create(100, HOUR, HOUR, nanos))) {
            Stress stress = new Stress(new Sound(caches.get()), seed);

            stress.run(5_000 * Integer.getInteger("apikeys.stress", 1));

            assertThat(stress.stale.get()).as("seed " + seed).isZero();
            assertThat(stress.reads.get()).isGreaterThan(5_000);
        }
    }

    @Test
    void theSameReadersSeeWhatWasRevokedIfTheStampIsTakenAfterTheLoad() throws Exception {
        Stress stress = new Stress(new StampAfterTheLoad(StampedCache.create(100, HOUR, HOUR, System::nanoTime)), 1);

        stress.run(2_000_000);

        assertThat(stress.stale.get()).isPositive();
    }

    /** Readers against one who revokes: versions of a few rows only rise, and a read knows what it may not see any more. */
    private static final class Stress {
        private static final int KEYS = 4;
        private static final int READERS = 3;

        final AtomicLong stale = new AtomicLong();
        final AtomicLong reads = new AtomicLong();
        private final Subject subject;
        private final long seed;
        private final AtomicLongArray rows = new AtomicLongArray(KEYS);
        private final AtomicLongArray written = new AtomicLongArray(KEYS);
        private volatile boolean done;

        Stress(Subject subject, long seed) {
            this.subject = subject;
            this.seed = seed;
        }

        /** Ends after so many writes, or with the first stale read. */
        void run(int writes) throws Exception {
            ExecutorService threads = Executors.newFixedThreadPool(READERS + 1);
            CyclicBarrier start = new CyclicBarrier(READERS + 1);
            List<Future<?>> all = new ArrayList<>();
            try {
                all.add(threads.submit(() -> revoke(start, writes)));
                for (int i = 0; i < READERS; i++) {
                    Random random = new Random(seed + i);
                    all.add(threads.submit(() -> read(start, random)));
                }
                for (Future<?> each : all) {
                    each.get(1, TimeUnit.HOURS);
                }
            } finally {
                done = true;
                threads.shutdownNow();
            }
        }

        private Void revoke(CyclicBarrier start, int writes) throws Exception {
            Random random = new Random(seed);
            start.await();
            for (int i = 1; (i <= writes || reads.get() <= writes) && stale.get() == 0; i++) {
                int row = random.nextInt(KEYS);
                long version = i;
                subject.write("k" + row, () -> rows.set(row, version));
                written.set(row, version);
                if (random.nextInt(8) == 0) {
                    Thread.yield();
                }
            }
            done = true;
            return null;
        }

        private Void read(CyclicBarrier start, Random random) throws Exception {
            start.await();
            while (!done) {
                int row = random.nextInt(KEYS);
                long atLeast = written.get(row);
                String seen = subject.read("k" + row, () -> {
                    long loaded = rows.get(row);
                    if (random.nextInt(4) == 0) {
                        Thread.yield();
                    }
                    return Long.toString(loaded);
                });
                if (Long.parseLong(seen) < atLeast) {
                    stale.incrementAndGet();
                }
                reads.incrementAndGet();
            }
            return null;
        }
    }
}
