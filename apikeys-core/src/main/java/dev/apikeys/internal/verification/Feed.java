package dev.apikeys.internal.verification;

import dev.apikeys.internal.cache.StampedCache;
import dev.apikeys.internal.concurrent.Admissions;
import dev.apikeys.internal.gate.GatedKeyStore;
import dev.apikeys.internal.gate.Operation;
import dev.apikeys.internal.gate.Operations;
import dev.apikeys.internal.text.Failures;
import dev.apikeys.internal.text.KeyIds;
import dev.apikeys.spi.Changes;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the changes that other managers make: asks the store which keys changed and ends what is cached of them. As long
 * as this goes well, records may be cached for longer. Polls are made by one thread.
 */
public final class Feed {
    private static final Logger LOG = LoggerFactory.getLogger(Feed.class);

    /** Of one outage: the first failure, often that of a wait, is not always the one that shows the cause. */
    private static final int MAX_FAILURES_TOLD = 10;

    private final GatedKeyStore store;
    private final StampedCache<String, ?> cache;
    private final Operations operations;
    private final Admissions admissions;
    private final LongSupplier nanos;
    private final Duration cacheMaxAge;

    /** When the last good poll began, or the manager was built. */
    private volatile long lastGood;

    private Changes.@Nullable Mark mark;
    private final Set<String> failuresTold = new HashSet<>();

    /**
     * Creates a feed.
     *
     * @param admissions what close waits for, and after which nothing is polled or logged
     * @param nanos the clock of the cache
     * @param cacheMaxAge how long a good poll counts
     */
    public Feed(
            GatedKeyStore store,
            StampedCache<String, ?> cache,
            Operations operations,
            Admissions admissions,
            LongSupplier nanos,
            Duration cacheMaxAge) {
        this.store = store;
        this.cache = cache;
        this.operations = operations;
        this.admissions = admissions;
        this.nanos = nanos;
        this.cacheMaxAge = cacheMaxAge;
        this.lastGood = nanos.getAsLong();
    }

    /** Polls once, unless it is closed. What is thrown is logged, and the next poll asks for the same again. */
    public void poll() {
        admissions.insideIfOpen(this::ask);
    }

    private void ask() {
        try {
            Operation operation = operations.begin("follow");
            String fault = follow(store.changes(operation, mark), operation.since());
            if (fault == null) {
                tellWorks();
            } else {
                tellFailed(fault);
            }
        } catch (Throwable e) {
            tellFailed(Failures.shown(e));
        }
    }

    /** Ends what is cached of the keys that changed. Returns what is wrong with the poll, or null. */
    private @Nullable String follow(Changes changes, long since) {
        if (!changes.ids().stream().allMatch(KeyIds::isValid)) {
            mark = null; // The first answer of a new chain is that all may have changed, and is past what is damaged.
            return "the store returned an id that is no key id; correct its journal";
        }
        if (!changes.isCertain()) {
            cache.changedAny();
            mark = changes.next();
            return "the store is in doubt about its answer";
        }
        if (changes.isAll()) {
            cache.followAll(since);
        } else {
            cache.follow(changes.ids(), since);
        }
        mark = changes.next();
        lastGood = since;
        return nanos.getAsLong() - since < cacheMaxAge.toNanos() ? null : "a poll took longer than that";
    }

    private void tellFailed(String how) {
        if (!admissions.isClosed() && failuresTold.size() < MAX_FAILURES_TOLD && failuresTold.add(how)) {
            LOG.warn(
                    "The feed of other managers' changes failed; cached records are used for at most {}: {}",
                    cacheMaxAge,
                    how);
        }
    }

    private void tellWorks() {
        if (!failuresTold.isEmpty()) {
            failuresTold.clear();
            LOG.warn("The feed of other managers' changes works again");
        }
    }

    /** How long ago the last good poll began; before the first one, how long ago the manager was built. */
    public Duration lag() {
        return Duration.ofNanos(nanos.getAsLong() - lastGood);
    }

    /** Ends the feed, and waits for a poll under way for the given time at the most. */
    public void close(Duration atMost) {
        boolean unusedQuiet = admissions.close(atMost);
    }
}
