package dev.apikeys;

import dev.apikeys.internal.text.Described;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts of one manager since it was built. Each is exact, but they are not taken at one instant. Immutable and
 * thread-safe.
 *
 * @since 0.1
 */
public final class Stats {
    private final Map<Verification.Code, Long> verifications;
    private final long cacheHits;
    private final long cacheMisses;
    private final long usagePending;
    private final @Nullable Instant lastUsageWrite;
    private final @Nullable Duration feedLag;
    private final long handOffsForgotten;
    private final Map<KeyEvent.Dropped, Long> eventsDropped;
    private final int hostCalls;
    private final int stalled;

    Stats(
            Map<Verification.Code, Long> verifications,
            long cacheHits,
            long cacheMisses,
            long usagePending,
            @Nullable Instant lastUsageWrite,
            @Nullable Duration feedLag,
            long handOffsForgotten,
            Map<KeyEvent.Dropped, Long> eventsDropped,
            int hostCalls,
            int stalled) {
        this.verifications = Map.copyOf(verifications);
        this.cacheHits = cacheHits;
        this.cacheMisses = cacheMisses;
        this.usagePending = usagePending;
        this.lastUsageWrite = lastUsageWrite;
        this.feedLag = feedLag;
        this.handOffsForgotten = handOffsForgotten;
        this.eventsDropped = Map.copyOf(eventsDropped);
        this.hostCalls = hostCalls;
        this.stalled = stalled;
    }

    /**
     * Returns how many verifications ended with each code.
     *
     * @return the numbers; codes that never occurred are absent
     */
    public Map<Verification.Code, Long> verifications() {
        return verifications;
    }

    /**
     * Returns how many verifications were answered from the cache.
     *
     * @return the number
     */
    public long cacheHits() {
        return cacheHits;
    }

    /**
     * Returns how many verifications asked the store.
     *
     * @return the number
     */
    public long cacheMisses() {
        return cacheMisses;
    }

    /**
     * Returns how many uses of keys are counted and not yet written.
     *
     * @return the number now
     */
    public long usagePending() {
        return usagePending;
    }

    /**
     * Returns up to which moment usage is written: when the last flush began that left nothing behind, one without
     * anything to write among them.
     *
     * @return the moment, or null before the first such flush
     */
    public @Nullable Instant lastUsageWrite() {
        return lastUsageWrite;
    }

    /**
     * Returns how long ago the last good poll of the feed began, which reports what other managers changed. While it is less
     * than {@code cacheMaxAge}, cached records are used for {@code cacheLifetime}, and else for {@code cacheMaxAge}.
     *
     * @return the lag; before the first good poll how long ago the manager was built; null if there is no feed
     */
    public @Nullable Duration feedLag() {
        return feedLag;
    }

    /**
     * Returns how many ended hand-offs were forgotten before their seven days, since there were too many of them. A late
     * second claim of such a ticket is answered {@link ClaimResult.Unknown}.
     *
     * @return the number
     */
    public long handOffsForgotten() {
        return handOffsForgotten;
    }

    /**
     * Returns how many events were not delivered, by reason.
     *
     * @return a number for each reason
     */
    public Map<KeyEvent.Dropped, Long> eventsDropped() {
        return eventsDropped;
    }

    /**
     * Returns how many calls into stores, authorizer and listeners are under way.
     *
     * @return the number now
     */
    public int hostCalls() {
        return hostCalls;
    }

    /**
     * Returns how many of these calls last longer than they may.
     *
     * @return the number now
     */
    public int stalled() {
        return stalled;
    }

    /** All counts. */
    @Override
    public String toString() {
        return Described.as("Stats")
                .with("verifications", verifications)
                .with("cacheHits", cacheHits)
                .with("cacheMisses", cacheMisses)
                .with("usagePending", usagePending)
                .with("lastUsageWrite", lastUsageWrite)
                .with("feedLag", feedLag)
                .with("handOffsForgotten", handOffsForgotten)
                .with("eventsDropped", eventsDropped)
                .with("hostCalls", hostCalls)
                .with("stalled", stalled)
                .toString();
    }
}
