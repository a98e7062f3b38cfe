package dev.apikeys;

import dev.apikeys.internal.text.Setters;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Authorizer;
import dev.apikeys.spi.TempKeyStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The entry point: makes an {@link ApiKeyManager}. Stateless and thread-safe.
 *
 * <pre>{@code
 * ApiKeyManager keys = ApiKeys.builder(JdbcApiKeyStore.create(dataSource))
 *         .handOff(JdbcTempKeyStore.create(dataSource))
 *         .pepper(Pepper.of("2026-11", bytes))
 *         .build();
 * }</pre>
 *
 * @since 0.1
 */
public final class ApiKeys {
    private static final Duration MAX_CACHE_AGE = Duration.ofHours(1);
    private static final Duration MAX_INTERVAL = Duration.ofDays(1);
    private static final Duration DEFAULT_CACHE_LIFETIME = Duration.ofMinutes(1);
    private static final Duration DEFAULT_FOLLOW_INTERVAL = Duration.ofSeconds(1);
    private static final Duration SHORTEST_FOLLOW_INTERVAL = Duration.ofMillis(1);
    private static final int MAX_CACHE_SIZE = 10_000_000;

    private ApiKeys() {}

    /**
     * Starts a manager.
     *
     * @param store where its keys live
     * @return a builder
     */
    public static Builder builder(ApiKeyStore store) {
        return new Builder(Objects.requireNonNull(store, "store"));
    }

    /**
     * Builds an {@link ApiKeyManager}. Each setter throws {@link IllegalStateException} at its second call, but for those
     * that add: {@link #retiredPepper}, {@link #alsoAccept}, {@link #listener} and {@link #operationListener}. Not
     * thread-safe.
     *
     * @since 0.1
     */
    public static final class Builder {
        private final Set<String> called = new HashSet<>();

        final ApiKeyStore store;

        @Nullable TempKeyStore tempStore;

        Roles roles = Roles.standard();

        @Nullable Authorizer authorizer;

        @Nullable Pepper pepper;

        final List<Pepper> retiredPeppers = new ArrayList<>();
        KeyFormat format = KeyFormat.standard();
        final List<KeyFormat> alsoAccepted = new ArrayList<>();
        PermissionCodec permissionCodec = PermissionCodec.json();

        final List<KeyListener> listeners = new ArrayList<>();
        final List<OperationListener> operationListeners = new ArrayList<>();

        boolean tellsVerified;

        @Nullable Duration defaultLifetime;

        @Nullable Duration maxLifetime;

        Duration maxGrace = Duration.ofDays(30);

        @Nullable Duration retention;

        Duration journalRetention = Duration.ofDays(400);
        Duration cacheMaxAge = Duration.ofSeconds(5);

        @Nullable Duration cacheLifetime;

        @Nullable Duration followInterval;

        /** Not an option: the tests poll by hand. */
        boolean followsItself = true;

        int cacheSize = 10_000;
        Duration staleOnOutage = Duration.ZERO;
        Duration maintenanceInterval = Duration.ofSeconds(10);
        Duration maintenanceBudget = Duration.ofSeconds(30);
        Duration stallThreshold = Duration.ofSeconds(5);

        @Nullable Duration operationTimeout;

        @Nullable ScheduledExecutorService scheduler;

        boolean maintainsItself = true;

        /** How long close waits, for operations and then for the last flush. Not an option: the tests shorten it. */
        Duration closeWithin = Duration.ofSeconds(10);

        InstantSource clock = InstantSource.system();
        LongSupplier ticker = System::nanoTime;

        private Builder(ApiKeyStore store) {
            this.store = store;
        }

        /**
         * Lets secrets be handed over, once each and within a limited time. Default: no hand-offs.
         *
         * @param tempKeys where they wait, sealed
         * @return this
         */
        public Builder handOff(TempKeyStore tempKeys) {
            Setters.once(called, "handOff");
            this.tempStore = Objects.requireNonNull(tempKeys, "tempKeys");
            return this;
        }

        /**
         * Sets the roles. Default: {@link Roles#standard()}.
         *
         * @param roles all roles that keys of this service may have; a key of any other role grants nothing
         * @return this
         */
        public Builder roles(Roles roles) {
            Setters.once(called, "roles");
            this.roles = Objects.requireNonNull(roles, "roles");
            return this;
        }

        /**
         * Sets the authorizer, which decides {@link Access#resource}. Default: none; every resource is denied.
         *
         * @param authorizer the authorizer
         * @return this
         */
        public Builder authorizer(Authorizer authorizer) {
            Setters.once(called, "authorizer");
            this.authorizer = Objects.requireNonNull(authorizer, "authorizer");
            return this;
        }

        /**
         * Keys the hashes of new secrets. Default: none, plain SHA-256.
         *
         * @param pepper the current one
         * @return this
         */
        public Builder pepper(Pepper pepper) {
            Setters.once(called, "pepper");
            this.pepper = Objects.requireNonNull(pepper, "pepper");
            return this;
        }

        /**
         * Adds an earlier pepper, so that keys verify whose hash is under it. Maintenance moves them to the current one
         * as they are used.
         *
         * @param pepper an earlier one
         * @return this
         */
        public Builder retiredPepper(Pepper pepper) {
            retiredPeppers.add(Objects.requireNonNull(pepper, "pepper"));
            return this;
        }

        /**
         * Sets the format of new secrets. Default: {@link KeyFormat#standard()}.
         *
         * @param format a format with a prefix
         * @return this
         * @throws InvalidArgumentException if keys of the format cannot be issued
         */
        public Builder format(KeyFormat format) {
            Setters.once(called, "format");
            if (!(format instanceof KeyFormat.Native)) {
                throw Arguments.refusedValue(
                        "format",
                        format,
                        "KeyFormat.prefix or standard; other formats are verified and never issued, give them with"
                                + " alsoAccept");
            }
            this.format = format;
            return this;
        }

        /**
         * Adds a format of secrets to verify besides.
         *
         * @param format the format of earlier or imported keys
         * @return this
         */
        public Builder alsoAccept(KeyFormat format) {
            alsoAccepted.add(Objects.requireNonNull(format, "format"));
            return this;
        }

        /**
         * Sets the codec of stored permissions. Default: {@link PermissionCodec#json()}. It encodes the permissions of
         * every key that is created or changed, decodes those of every row that is read, and decides in
         * {@link PermissionRepair} what is damaged. Imports write the default's form.
         *
         * @param codec the codec; all nodes that share a store need the same
         * @return this
         */
        public Builder permissionCodec(PermissionCodec codec) {
            Setters.once(called, "permissionCodec");
            this.permissionCodec = Objects.requireNonNull(codec, "codec");
            return this;
        }

        /**
         * Adds a listener of events. Default: none.
         *
         * @param listener the listener
         * @return this
         */
        public Builder listener(KeyListener listener) {
            listeners.add(Objects.requireNonNull(listener, "listener"));
            return this;
        }

        /**
         * Adds a listener of operations and host calls, for metrics. Default: none.
         *
         * @param listener the listener
         * @return this
         */
        public Builder operationListener(OperationListener listener) {
            operationListeners.add(Objects.requireNonNull(listener, "listener"));
            return this;
        }

        /**
         * Also delivers every successful verification as an event, as long as the listeners keep up. Default: off.
         *
         * @return this
         */
        public Builder tellVerified() {
            Setters.once(called, "tellVerified");
            this.tellsVerified = true;
            return this;
        }

        /**
         * Sets how long a key lives if its specification does not say. Default: without end.
         *
         * @param lifetime at least a millisecond
         * @return this
         * @throws InvalidArgumentException if it is less, or beyond 100 years
         */
        public Builder defaultLifetime(Duration lifetime) {
            Setters.once(called, "defaultLifetime");
            this.defaultLifetime = Arguments.positive("defaultLifetime", lifetime);
            return this;
        }

        /**
         * Sets the longest that a new key may live, also one that replaces a key without end. Default: no limit. If
         * neither the specification nor a default lifetime says how long, a key lives this long. Existing keys keep their
         * expiry; a new expiry that an update sets keeps within this, counted from the creation of the key.
         *
         * @param lifetime at least a millisecond
         * @return this
         * @throws InvalidArgumentException if it is less, or beyond 100 years
         */
        public Builder maxLifetime(Duration lifetime) {
            Setters.once(called, "maxLifetime");
            this.maxLifetime = Arguments.positive("maxLifetime", lifetime);
            return this;
        }

        /**
         * Sets by how much {@link KeyUpdate.Builder#revokedFrom} may prolong the grace that a rotation asked for. Default:
         * 30 days.
         *
         * @param grace at least zero
         * @return this
         * @throws InvalidArgumentException if it is negative, or beyond 100 years
         */
        public Builder maxGrace(Duration grace) {
            Setters.once(called, "maxGrace");
            this.maxGrace = Arguments.notNegative("maxGrace", grace);
            return this;
        }

        /**
         * Removes keys that ended longer ago than this. Default: they are kept for ever.
         *
         * @param retention at least a millisecond
         * @return this
         * @throws InvalidArgumentException if it is less, or beyond 100 years
         */
        public Builder retention(Duration retention) {
            Setters.once(called, "retention");
            this.retention = Arguments.positive("retention", retention);
            return this;
        }

        /**
         * Sets how long entries of the journal are kept. The names and owners of deleted keys are in it. Nodes follow the
         * journal: keep it for longer than their databases' clocks are apart, an hour for instance. Default: 400 days.
         *
         * @param retention at least a millisecond
         * @return this
         * @throws InvalidArgumentException if it is less, or beyond 100 years
         */
        public Builder journalRetention(Duration retention) {
            Setters.once(called, "journalRetention");
            this.journalRetention = Arguments.positive("journalRetention", retention);
            return this;
        }

        /**
         * Sets within which time a revocation on another node is seen here: the greatest age of a cached record, unless the
         * store reports what others changed, see {@link #cacheLifetime}. Default: 5 seconds. Zero: every verification asks the
         * store.
         *
         * @param maxAge from zero to an hour
         * @return this
         * @throws InvalidArgumentException if it is less or more
         */
        public Builder cacheMaxAge(Duration maxAge) {
            Setters.once(called, "cacheMaxAge");
            this.cacheMaxAge = Arguments.notNegative("cacheMaxAge", maxAge, MAX_CACHE_AGE);
            return this;
        }

        /**
         * Sets how old a cached record may get while the store reports what other managers changed; a thread polls it each
         * {@link #followInterval}. A record is used while it is younger than {@code cacheMaxAge}, or while the last poll that
         * succeeded began less than {@code cacheMaxAge} ago and the record is younger than this. A change that the store does
         * not report, such as one made by hand in the database, is seen within this time. Default: a minute;
         * {@code cacheMaxAge} where that is longer, or less than 2 milliseconds.
         *
         * @param lifetime from {@code cacheMaxAge} to an hour; equal to {@code cacheMaxAge}: the store is not polled
         * @return this
         * @throws InvalidArgumentException if it is negative, or more; {@link #build()} throws it if it is less than
         *     {@code cacheMaxAge}, or more where that is less than 2 milliseconds
         */
        public Builder cacheLifetime(Duration lifetime) {
            Setters.once(called, "cacheLifetime");
            this.cacheLifetime = Arguments.notNegative("cacheLifetime", lifetime, MAX_CACHE_AGE);
            return this;
        }

        /**
         * Sets the pause between two polls of what other managers changed, see {@link #cacheLifetime}. Default: a second, or
         * half of {@code cacheMaxAge} where that is less.
         *
         * @param interval from a millisecond to half of {@code cacheMaxAge}
         * @return this
         * @throws InvalidArgumentException if it is less than a millisecond, or more than half an hour; {@link #build()}
         *     throws it if it is more than half of {@code cacheMaxAge}, or {@code cacheLifetime} is {@code cacheMaxAge}
         */
        public Builder followInterval(Duration interval) {
            Setters.once(called, "followInterval");
            this.followInterval = Arguments.positive("followInterval", interval, MAX_CACHE_AGE.dividedBy(2));
            return this;
        }

        /**
         * Sets how many records and negative entries are cached. Default: 10 000.
         *
         * @param entries 1 to 10 000 000
         * @return this
         * @throws InvalidArgumentException if it is less or more
         */
        public Builder cacheSize(int entries) {
            Setters.once(called, "cacheSize");
            this.cacheSize = Arguments.range("cacheSize", entries, 1, MAX_CACHE_SIZE);
            return this;
        }

        /**
         * Sets how long past its time a cached record may be used while the store counts as failed: for that much longer
         * than {@code cacheMaxAge} a revocation on another node is not seen here. A record that this manager has changed is
         * never used so, and a key that is not cached is {@code STORE_UNAVAILABLE}. Default: zero, never.
         *
         * <p>The store counts as failed once loads of two different keys failed, or took longer than 2 seconds
         * ({@code operationTimeout} where it is set), and none has succeeded since the first of them began. Any success
         * ends that; until then one verification at a time asks the store, after 1 to 30 seconds.
         *
         * @param past from zero to a day; zero if {@code cacheMaxAge} is zero
         * @return this
         * @throws InvalidArgumentException if it is less or more
         */
        public Builder staleOnOutage(Duration past) {
            Setters.once(called, "staleOnOutage");
            this.staleOnOutage = Arguments.notNegative("staleOnOutage", past, MAX_INTERVAL);
            return this;
        }

        /**
         * Sets how often usage is written and the rest of {@link ApiKeyManager#maintain()} done. Default: every 10
         * seconds.
         *
         * @param interval from a millisecond to a day
         * @return this
         * @throws InvalidArgumentException if it is less or more
         */
        public Builder maintenanceInterval(Duration interval) {
            Setters.once(called, "maintenanceInterval");
            this.maintenanceInterval = Arguments.positive("maintenanceInterval", interval, MAX_INTERVAL);
            return this;
        }

        /**
         * Sets how long one round of maintenance may take before it leaves the rest to the next. Default: 30 seconds.
         *
         * @param budget from a millisecond to a day; a host call that was begun is not cut short
         * @return this
         * @throws InvalidArgumentException if it is less or more
         */
        public Builder maintenanceBudget(Duration budget) {
            Setters.once(called, "maintenanceBudget");
            this.maintenanceBudget = Arguments.positive("maintenanceBudget", budget, MAX_INTERVAL);
            return this;
        }

        /**
         * Runs maintenance on the host's scheduler instead of a thread of the manager's. The scheduler is never shut down.
         *
         * @param scheduler the host's
         * @return this
         */
        public Builder maintenanceOn(ScheduledExecutorService scheduler) {
            Setters.once(called, "maintenanceOn");
            this.scheduler = Objects.requireNonNull(scheduler, "scheduler");
            return this;
        }

        /**
         * Leaves maintenance to the host, which calls {@link ApiKeyManager#maintain()}.
         *
         * @return this
         */
        public Builder maintainedByHost() {
            Setters.once(called, "maintainedByHost");
            this.maintainsItself = false;
            return this;
        }

        /**
         * Sets how long a call into a store, an authorizer or a listener may last before it is reported. Default: 5
         * seconds.
         *
         * @param threshold from a millisecond to a day
         * @return this
         * @throws InvalidArgumentException if it is less or more
         */
        public Builder stallThreshold(Duration threshold) {
            Setters.once(called, "stallThreshold");
            this.stallThreshold = Arguments.positive("stallThreshold", threshold, MAX_INTERVAL);
            return this;
        }

        /**
         * Lets every caller return within this time, whatever a store or the authorizer does. Default: off, and calls run
         * on the caller's own thread for as long as they take.
         *
         * <p>With it, calls run on up to 64 threads per store and authorizer. A caller whose time is up gets a
         * {@link dev.apikeys.spi.StorageException} that says whether the outcome is unknown or the call was not begun; a
         * verification gets a code. The call itself goes on: it is never interrupted, since an interrupt can close the file
         * of an embedded database, and what it writes in the end counts. The caller's transaction, MDC and thread locals
         * are not visible to it, nor are those that a thread inherits.
         *
         * <p>Three have this time anew for each part, and take longer in all: {@link ApiKeyManager#revokeAll} for each page
         * that it lists and each key that it revokes, {@link PermissionRepair#apply} for its page and each list that it
         * rewrites, {@link ApiKeyManager#maintain} for each batch of usage, batch to purge and hash to move.
         *
         * @param timeout from a millisecond to a day
         * @return this
         * @throws InvalidArgumentException if it is less or more
         */
        public Builder operationTimeout(Duration timeout) {
            Setters.once(called, "operationTimeout");
            this.operationTimeout = Arguments.positive("operationTimeout", timeout, MAX_INTERVAL);
            return this;
        }

        /**
         * Sets where dates come from. Default: the system's clock.
         *
         * @param clock the time of day
         * @return this
         */
        public Builder clock(InstantSource clock) {
            Setters.once(called, "clock");
            this.clock = Objects.requireNonNull(clock, "clock");
            return this;
        }

        /**
         * Sets where ages and deadlines come from. Default: {@link System#nanoTime()}.
         *
         * @param nanos nanoseconds that only go forward, from any start
         * @return this
         */
        public Builder ticker(LongSupplier nanos) {
            Setters.once(called, "ticker");
            this.ticker = Objects.requireNonNull(nanos, "nanos");
            return this;
        }

        /**
         * Builds the manager and starts its threads: one that watches, one that follows the changes of others where
         * {@code cacheLifetime} is more than {@code cacheMaxAge}, and, unless the host maintains it, one that maintains. None
         * of the manager's threads inherits thread locals, and each has the context class loader of the thread that called
         * {@code build()}, even one that is started later by another thread.
         *
         * @return a manager; close it when the service ends
         * @throws InvalidArgumentException if settings contradict each other: a default lifetime beyond the maximum, two
         *     peppers of one id, a retired pepper without a current one, one format twice, a scheduler although the host
         *     maintains, stale records without a cache, a {@code cacheLifetime} below {@code cacheMaxAge}, or a
         *     {@code followInterval} beyond half of it
         */
        public ApiKeyManager build() {
            if (pepper == null && !retiredPeppers.isEmpty()) {
                String allowed = "a current pepper, to which hashes move, and then any number of retired ones";
                throw Arguments.invalid(
                        "retiredPepper", "retiredPepper is given and pepper is not; allowed: " + allowed, allowed);
            }
            if (scheduler != null && !maintainsItself) {
                String allowed = "one of them, or neither";
                throw Arguments.invalid(
                        "maintenanceOn",
                        "maintenanceOn and maintainedByHost are both called; allowed: " + allowed,
                        allowed);
            }
            requireFollowable();
            if (cacheMaxAge.isZero() && !staleOnOutage.isZero()) {
                throw Arguments.refusedValue("staleOnOutage", staleOnOutage, "zero, since cacheMaxAge is zero");
            }
            if (defaultLifetime != null && maxLifetime != null && defaultLifetime.compareTo(maxLifetime) > 0) {
                throw Arguments.refusedValue("defaultLifetime", defaultLifetime, "at most maxLifetime, " + maxLifetime);
            }
            requireEachFormatOnce();
            return DefaultApiKeyManager.start(this);
        }

        private void requireFollowable() {
            if (recordLifetime().compareTo(cacheMaxAge) < 0) {
                throw Arguments.refusedValue("cacheLifetime", cacheLifetime, "at least cacheMaxAge, " + cacheMaxAge);
            }
            if (follows() && !isFollowable()) {
                throw Arguments.refusedValue(
                        "cacheLifetime",
                        cacheLifetime,
                        "cacheMaxAge, " + cacheMaxAge + ", since that is less than 2 milliseconds");
            }
            if (followInterval == null) {
                return;
            }
            if (!follows()) {
                throw Arguments.refusedValue(
                        "followInterval",
                        followInterval,
                        "none, since cacheLifetime is not more than cacheMaxAge, " + cacheMaxAge);
            }
            Duration most = cacheMaxAge.dividedBy(2);
            if (followInterval.compareTo(most) > 0) {
                throw Arguments.refusedValue("followInterval", followInterval, "at most half of cacheMaxAge, " + most);
            }
        }

        private boolean isFollowable() {
            return cacheMaxAge.dividedBy(2).compareTo(SHORTEST_FOLLOW_INTERVAL) >= 0;
        }

        /** How old a record may get while the feed is good. */
        Duration recordLifetime() {
            if (cacheLifetime != null) {
                return cacheLifetime;
            }
            return isFollowable() && cacheMaxAge.compareTo(DEFAULT_CACHE_LIFETIME) < 0
                    ? DEFAULT_CACHE_LIFETIME
                    : cacheMaxAge;
        }

        boolean follows() {
            return recordLifetime().compareTo(cacheMaxAge) > 0;
        }

        Duration pollInterval() {
            if (followInterval != null) {
                return followInterval;
            }
            Duration half = cacheMaxAge.dividedBy(2);
            return half.compareTo(DEFAULT_FOLLOW_INTERVAL) < 0 ? half : DEFAULT_FOLLOW_INTERVAL;
        }

        /** Of two, the second would be ignored, with what it says about hashes under no pepper. */
        private void requireEachFormatOnce() {
            List<KeyFormat> formats = formats();
            for (int i = 0; i < formats.size(); i++) {
                for (KeyFormat earlier : formats.subList(0, i)) {
                    if (earlier.readsSameAs(formats.get(i))) {
                        throw Arguments.refusedValue(
                                "alsoAccept",
                                formats.get(i),
                                "each format once; the one of format(...) verifies anyway, and says there whether it is"
                                        + " acceptingUnpeppered()");
                    }
                }
            }
        }

        /** The one that is issued, then those that verify as well. */
        List<KeyFormat> formats() {
            List<KeyFormat> formats = new ArrayList<>();
            formats.add(format);
            formats.addAll(alsoAccepted);
            return List.copyOf(formats);
        }
    }
}
