package dev.apikeys;

import dev.apikeys.internal.cache.StampedCache;
import dev.apikeys.internal.concurrent.Admissions;
import dev.apikeys.internal.concurrent.DaemonThreads;
import dev.apikeys.internal.concurrent.Patience;
import dev.apikeys.internal.text.Ulid;
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
    final Journal journal;
    final Maintenance maintenance;
    final Watch watch;
    final @Nullable Feed feed;
    final Closing closing;
    private final Roles roles;
    private final Duration cacheMaxAge;
    private final PermissionCodec codec;
    private final InstantSource clock;
    private final List<Gate> gates = new ArrayList<>();
    private final Operations operations;
    private final Observers observers;
    private final Emitter emitter;
    private final GatedKeyStore store;
    private final RowReader rows;
    private final KeyWriter writer;
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
        observers = new Observers(settings.operationListeners, settings.ticker);
        gates.addAll(observers.gates());
        entrance = new Entrance(admissions, operations, observers);
        emitter = new Emitter(listeners(settings), settings.ticker);
        SecretHasher hasher = new SecretHasher(settings.pepper, settings.retiredPeppers);
        rows = new RowReader(roles, codec, hasher, clock);
        StampedCache<String, StoredKey> cache = StampedCache.create(
                settings.cacheSize, settings.cacheMaxAge, settings.recordLifetime(), settings.ticker);
        store = new GatedKeyStore(settings.store, gate("store", settings), cache);
        handOffs = handOffs(random, settings);
        journal = new Journal(store, rows, clock);
        writer = new KeyWriter(store, rows, journal, handOffs, emitter, clock);
        usage = new UsageWriter(meter, store, operations, patience, node(random), settings);
        finder = new KeyFinder(store, rows, usage, clock, settings.ticker);
        issuer = new Issuer(writer, rows, hasher, handOffs, random, settings);
        editor = new KeyEditor(store, finder, writer, handOffs, usage, operations, settings);
        Rehash rehash = new Rehash(hasher, store, operations);
        VerifierLog log = new VerifierLog(emitter, clock, settings.ticker);
        verifier = new Verifier(
                hasher,
                new KeyLoader(
                        cache, store, rows::read, settings.ticker, settings.operationTimeout, settings.staleOnOutage),
                new AccessCheck(authorizer(settings), log),
                meter,
                rehash,
                emitter,
                log,
                operations,
                observers,
                settings);
        maintenance =
                new Maintenance(store, handOffs, usage, rehash, journal, emitter, operations, admissions, settings);
        feed = settings.follows()
                ? new Feed(
                        store,
                        cache,
                        operations,
                        new Admissions(patience, CLOSED),
                        settings.ticker,
                        settings.cacheMaxAge)
                : null;
        watch = new Watch(List.copyOf(gates), emitter, clock, settings.ticker, settings.stallThreshold);
        closing = new Closing(
                Threads.start(settings, maintenance, feed, watch),
                admissions,
                meter,
                usage,
                feed,
                emitter,
                gates,
                patience,
                settings);
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
            Gate gate = Gate.direct(settings.ticker, observers);
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
                ? Gate.direct(settings.ticker, observers)
                : Gate.bounded(DaemonThreads.named("apikeys-" + host), settings.ticker, observers);
        gates.add(gate);
        return gate;
    }

    TempKeyVault vault(Caller caller) {
        entrance.requireOpen();
        if (handOffs == null) {
            throw noVault();
        }
        return new DefaultTempKeyVault(entrance, handOffs, finder, clock, caller);
    }

    PermissionRepair permissionRepair(Caller caller) {
        entrance.requireOpen();
        return new DefaultPermissionRepair(entrance, operations, store, finder, writer, rows, roles, codec, caller);
    }

    static IllegalStateException noVault() {
        return new IllegalStateException(
                "This ApiKeyManager has no temp key store: give one with ApiKeys.Builder.handOff to hand secrets over");
    }

    Roles roles() {
        return roles;
    }

    Duration cacheMaxAge() {
        return cacheMaxAge;
    }

    Stats stats() {
        return new Stats(
                verifier.counts(),
                verifier.hits(),
                verifier.misses(),
                meter.pending(),
                usage.lastWrite(),
                feed == null ? null : feed.lag(),
                handOffs == null ? 0 : handOffs.forgotten(),
                emitter.dropped(),
                watch.hostCalls(),
                watch.stalled().size());
    }
}
