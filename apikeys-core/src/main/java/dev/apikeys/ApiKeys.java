package dev.apikeys;

import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Authorizer;
import dev.apikeys.spi.TempKeyStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The entry point: {@code ApiKeys.builder(store).build()} makes an {@link ApiKeyManager}. Stateless and thread-safe.
 */
public final class ApiKeys {
    private static final Duration MAX_CACHE_AGE = Duration.ofHours(1);
    private static final Duration MAX_INTERVAL = Duration.ofDays(1);
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

    /** Builds an {@link ApiKeyManager}. Not thread-safe. */
    public static final class Builder {
        final ApiKeyStore store;

        @Nullable TempKeyStore tempStore;

        Roles roles = Roles.standard();

        @Nullable Authorizer authorizer;

        @Nullable Pepper pepper;

        final List<Pepper> retiredPeppers = new ArrayList<>();
        KeyFormat format = KeyFormat.standard();
        final List<KeyFormat> alsoAccepted = new ArrayList<>();

        @Nullable KeyListener listener;

        boolean tellsVerified;

        @Nullable Duration defaultLifetime;

        @Nullable Duration maxLifetime;

        @Nullable Duration retention;

        Duration cacheMaxAge = Duration.ofSeconds(5);
        Duration staleOnOutage = Duration.ZERO;
        int cacheSize = 10_000;
        Duration maintenanceInterval = Duration.ofSeconds(10);
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
         * Lets secrets be handed over, once each and within a limited time.
         *
         * @param tempKeys where they wait, sealed
         * @return this
         */
        public Builder handOff(TempKeyStore tempKeys) {
            this.tempStore = Objects.requireNonNull(tempKeys, "tempKeys");
            return this;
        }

        /**
         * The roles. Default: {@link Roles#standard()}.
         *
         * @param roles all roles that keys of this service may have; a key of any other role grants nothing
         * @return this
         */
        public Builder roles(Roles roles) {
            this.roles = Objects.requireNonNull(roles, "roles");
            return this;
        }

        /**
         * Sets what decides {@link Access#resource}. Default: none; every resource is denied.
         *
         * @param authorizer what decides
         * @return this
         */
        public Builder authorizer(Authorizer authorizer) {
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
            this.pepper = Objects.requireNonNull(pepper, "pepper");
            return this;
        }

        /**
         * Lets keys verify whose hash is under an earlier pepper. Maintenance moves them to the current one as they are
         * used.
         *
         * @param pepper an earlier one
         * @return this
         */
        public Builder retiredPepper(Pepper pepper) {
            retiredPeppers.add(Objects.requireNonNull(pepper, "pepper"));
            return this;
        }

        /**
         * The format of new secrets. Default: {@link KeyFormat#standard()}.
         *
         * @param format a format with a prefix
         * @return this
         * @throws IllegalArgumentException if keys of the format cannot be issued
         */
        public Builder format(KeyFormat format) {
            if (!(format instanceof NativeKeyFormat)) {
                throw new IllegalArgumentException(
                        "format is " + format + "; allowed: KeyFormat.prefix or standard, since"
                                + " others are verified and never issued. Give it with alsoAccept");
            }
            this.format = format;
            return this;
        }

        /**
         * Verifies secrets of another format as well.
         *
         * @param format the format of earlier or imported keys
         * @return this
         */
        public Builder alsoAccept(KeyFormat format) {
            alsoAccepted.add(Objects.requireNonNull(format, "format"));
            return this;
        }

        /**
         * Sets the listener that is told what happens. Default: none.
         *
         * @param listener the listener
         * @return this
         */
        public Builder listener(KeyListener listener) {
            this.listener = Objects.requireNonNull(listener, "listener");
            return this;
        }

        /**
         * Also tells the listener of every successful verification, as long as it keeps up. Default: off.
         *
         * @return this
         */
        public Builder tellVerified() {
            this.tellsVerified = true;
            return this;
        }

        /**
         * How long a key lives if its specification does not say. Default: without end.
         *
         * @param lifetime at least a millisecond
         * @return this
         * @throws IllegalArgumentException if it is less, or beyond 100 years
         */
        public Builder defaultLifetime(Duration lifetime) {
            this.defaultLifetime = Arguments.positive("defaultLifetime", lifetime);
            return this;
        }

        /**
         * The longest that a new key may live. Default: no limit. If neither the specification nor a default lifetime
         * says how long, a key lives this long. Existing keys, and their successors by rotation, keep their expiry; a
         * new expiry that an update sets keeps within this, counted from the creation of the key.
         *
         * @param lifetime at least a millisecond
         * @return this
         * @throws IllegalArgumentException if it is less, or beyond 100 years
         */
        public Builder maxLifetime(Duration lifetime) {
            this.maxLifetime = Arguments.positive("maxLifetime", lifetime);
            return this;
        }

        /**
         * Removes keys that ended longer ago than this. Default: they are kept for ever.
         *
         * @param retention at least a millisecond
         * @return this
         * @throws IllegalArgumentException if it is less, or beyond 100 years
         */
        public Builder retention(Duration retention) {
            this.retention = Arguments.positive("retention", retention);
            return this;
        }

        /**
         * How old a cached record may get, which bounds how late a revocation on another node is seen here. Default: 5
         * seconds. Zero: every verification asks the store.
         *
         * @param maxAge from zero to an hour
         * @return this
         * @throws IllegalArgumentException if it is less or more
         */
        public Builder cacheMaxAge(Duration maxAge) {
            this.cacheMaxAge = Arguments.notNegative("cacheMaxAge", maxAge, MAX_CACHE_AGE);
            return this;
        }

        /**
         * How long past {@code cacheMaxAge} a cached record may be used while the store counts as failed. Default: zero.
         * The store counts as failed once loads of two different keys failed, or took longer than 2 seconds
         * ({@code operationTimeout} if that is set), and none has succeeded since the first of them began.
         *
         * <p>It keeps known keys alive through an outage, and delays what another node revoked by as much. What this
         * manager changed is never served stale, and a key that is not cached stays {@code STORE_UNAVAILABLE}.
         *
         * @param grace from zero to a day
         * @return this
         * @throws IllegalArgumentException if it is less or more
         */
        public Builder staleOnOutage(Duration grace) {
            this.staleOnOutage = Arguments.notNegative("staleOnOutage", grace, MAX_INTERVAL);
            return this;
        }

        /**
         * How many records and known absences are cached. Default: 10 000.
         *
         * @param entries 1 to 10 000 000
         * @return this
         * @throws IllegalArgumentException if it is less or more
         */
        public Builder cacheSize(int entries) {
            this.cacheSize = Arguments.range("cacheSize", entries, 1, MAX_CACHE_SIZE);
            return this;
        }

        /**
         * How often usage is written and the rest of {@link ApiKeyManager#maintain()} done. Default: every 10 seconds.
         *
         * @param interval from a millisecond to a day
         * @return this
         * @throws IllegalArgumentException if it is less or more
         */
        public Builder maintenanceInterval(Duration interval) {
            this.maintenanceInterval = Arguments.positive("maintenanceInterval", interval, MAX_INTERVAL);
            return this;
        }

        /**
         * Runs maintenance on the host's scheduler instead of a thread of the manager's. The scheduler is never shut down.
         *
         * @param scheduler the host's
         * @return this
         */
        public Builder maintenanceOn(ScheduledExecutorService scheduler) {
            this.scheduler = Objects.requireNonNull(scheduler, "scheduler");
            return this;
        }

        /**
         * Leaves maintenance to the host, which calls {@link ApiKeyManager#maintain()}.
         *
         * @return this
         */
        public Builder maintainedByHost() {
            this.maintainsItself = false;
            return this;
        }

        /**
         * How long a call into a store, an authorizer or a listener may last before it is reported. Default: 5 seconds.
         *
         * @param threshold from a millisecond to a day
         * @return this
         * @throws IllegalArgumentException if it is less or more
         */
        public Builder stallThreshold(Duration threshold) {
            this.stallThreshold = Arguments.positive("stallThreshold", threshold, MAX_INTERVAL);
            return this;
        }

        /**
         * Brings every caller back within this time, whatever a store or the authorizer does. Default: off, and calls run
         * on the caller's own thread for as long as they take.
         *
         * <p>With it, calls run on up to 64 threads per store and authorizer. A caller whose time is over gets a
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
         * @throws IllegalArgumentException if it is less or more
         */
        public Builder operationTimeout(Duration timeout) {
            this.operationTimeout = Arguments.positive("operationTimeout", timeout, MAX_INTERVAL);
            return this;
        }

        /**
         * Where dates come from. Default: the system's clock.
         *
         * @param clock tells the time of day
         * @return this
         */
        public Builder clock(InstantSource clock) {
            this.clock = Objects.requireNonNull(clock, "clock");
            return this;
        }

        /**
         * Where ages and deadlines come from. Default: {@link System#nanoTime()}.
         *
         * @param nanos nanoseconds that only go forward, from any start
         * @return this
         */
        public Builder ticker(LongSupplier nanos) {
            this.ticker = Objects.requireNonNull(nanos, "nanos");
            return this;
        }

        /**
         * Builds the manager and starts its threads: one that watches and, unless the host maintains it, one that
         * maintains. None of the manager's threads inherits thread locals, and each has the context class loader of the
         * thread that called {@code build()}, even one that is started later by another thread.
         *
         * @return a manager; close it in the end
         * @throws IllegalArgumentException if settings contradict each other: a default lifetime beyond the maximum, two
         *     peppers of one id, a retired pepper without a current one, one format twice, a scheduler although the
         *     host maintains, or stale records without a cache
         */
        public ApiKeyManager build() {
            if (pepper == null && !retiredPeppers.isEmpty()) {
                throw new IllegalArgumentException(
                        "retiredPepper is given and pepper is not; allowed: a current pepper,"
                                + " to which hashes move, and then any number of retired ones");
            }
            if (scheduler != null && !maintainsItself) {
                throw new IllegalArgumentException(
                        "maintenanceOn and maintainedByHost are both called; allowed: one of them, or neither");
            }
            if (cacheMaxAge.isZero() && !staleOnOutage.isZero()) {
                throw Arguments.refusedValue("staleOnOutage", staleOnOutage, "zero, since cacheMaxAge is zero");
            }
            if (defaultLifetime != null && maxLifetime != null && defaultLifetime.compareTo(maxLifetime) > 0) {
                throw Arguments.refusedValue("defaultLifetime", defaultLifetime, "at most maxLifetime, " + maxLifetime);
            }
            requireEachFormatOnce();
            return DefaultApiKeyManager.start(this);
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
