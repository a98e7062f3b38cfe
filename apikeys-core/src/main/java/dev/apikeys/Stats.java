package dev.apikeys;

import java.util.Map;

/**
 * Counts of one manager since it was built. Each is exact, but they are not taken at one instant. Immutable and
 * thread-safe.
 *
 * @param verifications how many verifications ended with each code; codes that never occurred are absent
 * @param cacheHits verifications answered from the cache
 * @param cacheMisses verifications that asked the store
 * @param usagePending uses counted and not yet written
 * @param eventsDropped events that were not delivered: beyond the rate, or because the listener was too slow
 * @param hostCalls calls into stores, authorizer and listener that are under way
 * @param stalled how many of these last longer than they may
 */
public record Stats(
        Map<Verification.Code, Long> verifications,
        long cacheHits,
        long cacheMisses,
        long usagePending,
        long eventsDropped,
        int hostCalls,
        int stalled) {
    /** Creates statistics with a copy of the map. */
    public Stats {
        verifications = Map.copyOf(verifications);
    }
}
