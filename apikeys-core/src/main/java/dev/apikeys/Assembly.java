package dev.apikeys;

import dev.apikeys.Emitter.Listening;
import dev.apikeys.RowReader.StoredKey;
import dev.apikeys.internal.cache.StampedCache;
import dev.apikeys.internal.concurrent.Admissions;
import dev.apikeys.internal.concurrent.DaemonThreads;
import dev.apikeys.internal.concurrent.Patience;
import dev.apikeys.internal.crypto.SecretHasher;
import dev.apikeys.internal.crypto.TicketSeal;
import dev.apikeys.internal.gate.Entrance;
import dev.apikeys.internal.gate.Gate;
import dev.apikeys.internal.gate.GatedAuthorizer;
import dev.apikeys.internal.gate.GatedKeyStore;
import dev.apikeys.internal.gate.GatedTempStore;
import dev.apikeys.internal.gate.Operations;
import dev.apikeys.internal.gate.Watch;
import dev.apikeys.internal.rows.JournalRows;
import dev.apikeys.internal.text.Ulid;
import dev.apikeys.internal.upkeep.Closing;
import dev.apikeys.internal.upkeep.Rehash;
import dev.apikeys.internal.upkeep.Repeating;
import dev.apikeys.internal.upkeep.UsageMeter;
import dev.apikeys.internal.upkeep.UsageWriter;
import dev.apikeys.internal.verification.Feed;
import dev.apikeys.internal.verification.KeyLoader;
import dev.apikeys.internal.verification.VerifierLog;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The parts of one manager, put together. */
final class Assembly {
    private static final String CLOSED = "This ApiKeyManager is closed; build another one with ApiKeys.builder";

    final Admissions admissions;
    final Entrance entrance;
    final Verifier verifier;
    final Issuer issuer;
    final KeyFinder finder;
    final KeyEditor editor;
    final Maintenance maintenance;
    final Watch watch;
    final @Nullable Feed feed;
    final Closing closing;
    final Roles roles;
    final Duration cacheMaxAge;
    final PermissionCodec codec;
    final InstantSource clock;
    final Operations operations;
    final GatedKeyStore store;
    final RowReader rows;
    final KeyWriter writer;
    private final List<Gate> gates = new ArrayList<>();
    private final Gate.@Nullable Observer observed;
    private final KeyLoader<StoredKey> loader;
    private final Emitter emitter;
    private final @Nullable HandOffs handOffs;
    private final UsageMeter meter = new UsageMeter();
    private final UsageWriter usage;

    /** Reads the settings once: the builder may be used again. */
    Assembly(ApiKeys.Builder settings) {
        roles = settings.roles;
        cacheMaxAge = settings.cacheMaxAge;
        codec = settings.permissionCodec;
        clock = settings.clock;
        SecureRandom random = new SecureRandom();
        Patience patience = new Patience(System::nanoTime); // Whatever the host's ticker does, close is bounded.
        admissions = new Admissions(patience, CLOSED);
        operations = new Operations(
                settings.ticker, settings.operationTimeout == null ? 0 : settings.operationTimeout.toNanos());
        Observers observers = new Observers(settings.operationListeners, settings.ticker);
        observed = observers.isEmpty() ? null : observers;
        gates.addAll(observers.gates());
        entrance = new Entrance(admissions, operations, observed);
        emitter = new Emitter(listeners(settings), settings.ticker);
        SecretHasher hasher = Pepper.hasher(settings.pepper, settings.retiredPeppers);
        rows = new RowReader(roles, codec, hasher, clock);
        StampedCache<String, StoredKey> cache = StampedCache.create(
                settings.cacheSize, settings.cacheMaxAge, settings.recordLifetime(), settings.ticker);
        store = new GatedKeyStore(settings.store, gate("store", settings), cache);
        handOffs = handOffs(random, settings);
        JournalRows journal = new JournalRows(clock);
        usage = new UsageWriter(
                meter, store, operations, patience, node(random), clock, settings.ticker, settings.maintenanceInterval);
        writer = new KeyWriter(store, rows, journal, handOffs, usage, emitter, clock);
        finder = new KeyFinder(store, rows, usage, clock, settings.ticker);
        issuer = new Issuer(writer, rows, hasher, handOffs, random, settings);
        editor = new KeyEditor(store, finder, writer, handOffs, usage, operations, settings);
        Rehash rehash = new Rehash(hasher, store, operations);
        VerifierLog log = new VerifierLog(settings.ticker);
        loader = new KeyLoader<>(
                cache, store, rows::read, settings.ticker, settings.operationTimeout, settings.staleOnOutage);
        verifier = new Verifier(
                hasher, loader, authorizer(settings), meter, rehash, emitter, log, operations, observers, settings);
        maintenance = new Maintenance(store, handOffs, usage, rehash, journal, emitter, operations, settings);
        feed = settings.follows()
                ? new Feed(
                        store,
                        cache,
                        operations,
                        new Admissions(patience, CLOSED),
                        settings.ticker,
                        settings.cacheMaxAge)
                : null;
        watch = new Watch(
                List.copyOf(gates), call -> emitter.emitStalled(call, clock), settings.ticker, settings.stallThreshold);
        closing = new Closing(
                admissions,
                working(settings),
                meter,
                usage,
                feed,
                watching(settings),
                emitter::close,
                gates,
                patience,
                settings.closeWithin);
    }

    private List<Repeating> working(ApiKeys.Builder settings) {
        Repeating maintaining =
                new Repeating("Maintenance", () -> admissions.insideIfOpen(() -> maintenance.round(Caller.SYSTEM)));
        if (settings.scheduler != null) {
            // First of all: if the host's scheduler refuses, no thread was started in vain.
            maintaining.startOn(settings.scheduler, settings.maintenanceInterval);
        } else if (settings.maintainsItself) {
            maintaining.start("apikeys-maintenance", settings.maintenanceInterval);
        }
        if (feed == null || !settings.followsItself) {
            return List.of(maintaining);
        }
        Repeating following = new Repeating("The feed", feed::poll);
        following.start("apikeys-feed", settings.pollInterval());
        return List.of(maintaining, following);
    }

    private Repeating watching(ApiKeys.Builder settings) {
        Repeating watching = new Repeating("The watch", watch::round);
        // Four looks a threshold, so that a stall is reported at most a quarter late.
        watching.start("apikeys-watch", settings.stallThreshold.dividedBy(4));
        return watching;
    }

    /** A new name for each manager, under which its batches of usage are numbered. */
    private String node(SecureRandom random) {
        byte[] bytes = new byte[Ulid.RANDOM_BYTES];
        random.nextBytes(bytes);
        return Ulid.text(Math.max(0, clock.millis()), bytes);
    }

    private List<Listening> listeners(ApiKeys.Builder settings) {
        List<Listening> listeners = new ArrayList<>();
        for (KeyListener listener : settings.listeners) {
            Gate gate = Gate.direct(settings.ticker, observed);
            gates.add(gate);
            listeners.add(new Listening(listener, gate, DaemonThreads.named("apikeys-events")));
        }
        return listeners;
    }

    private @Nullable HandOffs handOffs(SecureRandom random, ApiKeys.Builder settings) {
        return settings.tempStore == null
                ? null
                : new HandOffs(
                        new GatedTempStore(settings.tempStore, gate("vault", settings)),
                        new TicketSeal(random),
                        emitter,
                        clock,
                        settings.ticker);
    }

    private @Nullable GatedAuthorizer authorizer(ApiKeys.Builder settings) {
        return settings.authorizer == null
                ? null
                : new GatedAuthorizer(settings.authorizer, gate("authorizer", settings));
    }

    private Gate gate(String host, ApiKeys.Builder settings) {
        Gate gate = settings.operationTimeout == null
                ? Gate.direct(settings.ticker, observed)
                : Gate.bounded(DaemonThreads.named("apikeys-" + host), settings.ticker, observed);
        gates.add(gate);
        return gate;
    }

    HandOffs vault() {
        entrance.requireOpen();
        if (handOffs == null) {
            throw noVault();
        }
        return handOffs;
    }

    static IllegalStateException noVault() {
        return new IllegalStateException(
                "This ApiKeyManager has no temp key store: give one with ApiKeys.Builder.handOff to hand secrets over");
    }

    Stats stats() {
        return new Stats(
                verifier.counts(),
                loader.hits(),
                loader.misses(),
                meter.pending(),
                usage.lastWrite(),
                feed == null ? null : feed.lag(),
                handOffs == null ? 0 : handOffs.forgotten(),
                emitter.dropped(),
                watch.hostCalls(),
                watch.stalledCalls());
    }
}
