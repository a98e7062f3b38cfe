package dev.apikeys.benchmarks;

import dev.apikeys.internal.cache.StampedCache;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * One of many equal nodes on one store, in simulated time: the real cache, with requests and changes at random and polls and
 * flushes at their intervals. What the node asks of the store, times the number of nodes, is what the database has to do.
 */
final class FleetSimulation {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    /** Of more, a store tells that all may have changed. */
    private static final int MOST_TOLD = 1_000;

    /**
     * How the managers are built.
     *
     * @param name what the report calls it
     * @param cacheMaxAge the bound of staleness
     * @param cacheLifetime how long records are used while the feed follows; {@code cacheMaxAge}: there is no feed
     * @param followInterval the time between two polls
     * @param cacheSize how many records a node keeps
     * @param maintenanceInterval the time between two flushes of usage
     */
    record Setting(
            String name,
            Duration cacheMaxAge,
            Duration cacheLifetime,
            Duration followInterval,
            int cacheSize,
            Duration maintenanceInterval) {
        boolean follows() {
            return cacheLifetime.compareTo(cacheMaxAge) > 0;
        }
    }

    /**
     * What the service does.
     *
     * @param nodes how many managers there are
     * @param keys how many keys are in use, asked for by {@link Zipf}
     * @param requests verifications a second on each node
     * @param changes changes of keys a second, by all nodes
     */
    record Load(int nodes, long keys, double requests, double changes) {}

    /**
     * What one node asks of the store in a second, and how old its answers were.
     *
     * @param reads rows that are read for a verification
     * @param polls calls of the feed
     * @param usageRows rows whose usage is written
     * @param staleness milliseconds, the greatest that was seen
     */
    record Demand(double reads, double polls, double usageRows, long staleness) {}

    private final Setting setting;
    private final Load load;
    private final SplittableRandom random;
    private final Zipf popularity;
    private final StampedCache<Long, Integer> cache;

    /** The times of the changes of a key; a cached record knows how many it has seen. */
    private final Map<Long, List<Long>> changes = new HashMap<>();

    private final Set<Long> changedSincePoll = new HashSet<>();
    private final Set<Long> used = new HashSet<>();
    private long now;
    private long reads;
    private long polls;
    private long usageRows;
    private long staleness;

    FleetSimulation(Setting setting, Load load, long seed) {
        this.setting = setting;
        this.load = load;
        this.random = new SplittableRandom(seed);
        this.popularity = new Zipf(load.keys());
        this.cache =
                StampedCache.create(setting.cacheSize(), setting.cacheMaxAge(), setting.cacheLifetime(), () -> now);
    }

    /** Runs for so long, and counts what happens in the second half. */
    Demand run(Duration half) {
        runUntil(half.toNanos());
        reads = 0;
        polls = 0;
        usageRows = 0;
        runUntil(2 * half.toNanos());
        double seconds = (double) half.toNanos() / SECOND;
        return new Demand(reads / seconds, polls / seconds, usageRows / seconds, staleness / 1_000_000);
    }

    private void runUntil(long end) {
        long request = now + pause(load.requests());
        long change = now + pause(load.changes());
        long poll = setting.follows() ? now + setting.followInterval().toNanos() : Long.MAX_VALUE;
        long flush = now + setting.maintenanceInterval().toNanos();
        for (; ; ) {
            now = Math.min(Math.min(request, change), Math.min(poll, flush));
            if (now > end) {
                now = end;
                return;
            }
            if (now == request) {
                verify(popularity.draw(random));
                request = now + pause(load.requests());
            } else if (now == change) {
                change(popularity.draw(random));
                change = now + pause(load.changes());
            } else if (now == poll) {
                poll();
                poll = now + setting.followInterval().toNanos();
            } else {
                flush();
                flush = now + setting.maintenanceInterval().toNanos();
            }
        }
    }

    /** Until the next of events that happen at random, so many a second. */
    private long pause(double rate) {
        return rate <= 0 ? Long.MAX_VALUE / 2 : (long) (-Math.log(1 - random.nextDouble()) / rate * SECOND);
    }

    private void verify(long key) {
        StampedCache.Entry<Integer> entry = cache.get(key);
        List<Long> made = changes.getOrDefault(key, List.of());
        if (entry == null) {
            StampedCache.Stamp stamp = cache.stamp(key);
            cache.put(key, made.size(), stamp);
            reads++;
        } else {
            Integer seen = entry.value();
            if (seen != null && seen < made.size()) {
                staleness = Math.max(staleness, now - made.get(seen));
            }
        }
        used.add(key);
    }

    private void change(long key) {
        changes.computeIfAbsent(key, first -> new ArrayList<>()).add(now);
        changedSincePoll.add(key);
    }

    private void poll() {
        if (changedSincePoll.size() > MOST_TOLD) {
            cache.followAll(now);
        } else {
            cache.follow(changedSincePoll, now);
        }
        changedSincePoll.clear();
        polls++;
    }

    private void flush() {
        usageRows += used.size();
        used.clear();
    }
}
