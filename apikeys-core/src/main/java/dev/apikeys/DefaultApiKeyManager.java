package dev.apikeys;

import dev.apikeys.internal.cache.StampedCache;
import dev.apikeys.spi.StorageException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Puts the parts together and lets operations in until it is closed. */
final class DefaultApiKeyManager implements ApiKeyManager {
    private final Patience patience;
    private final Admissions admissions;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final List<Gate> gates = new ArrayList<>();
    private final Engine engine;
    private final @Nullable DefaultTempKeyVault vault;
    private final Verifier verifier;
    private final Issuer issuer;
    private final KeyEditor editor;
    private final PermissionRepair repair;
    private final Maintenance maintenance;
    private final Watch watch;
    private final Threads threads;
    private final DaemonThreads closing = DaemonThreads.named("apikeys-close");
    private final Duration closeWithin;

    private DefaultApiKeyManager(ApiKeys.Builder settings) {
        patience = new Patience(settings.ticker);
        admissions = new Admissions(patience);
        engine = engine(settings);
        vault = vault(settings);
        verifier = new Verifier(
                engine,
                settings.ticker,
                settings.formats(),
                authorizer(settings),
                settings.tellsVerified,
                settings.operationTimeout,
                settings.staleOnOutage);
        issuer = new Issuer(
                engine,
                (NativeKeyFormat) settings.format,
                new SecureRandom(),
                vault,
                settings.defaultLifetime,
                settings.maxLifetime);
        editor = new KeyEditor(engine, vault, settings.maxLifetime);
        repair = new PermissionRepair(engine, editor, admissions);
        maintenance = new Maintenance(engine, vault, settings.retention, admissions);
        closeWithin = settings.closeWithin;
        watch = new Watch(
                List.copyOf(gates), engine.emitter(), settings.clock, settings.ticker, settings.stallThreshold);
        threads = Threads.start(settings, maintenance, watch);
    }

    static ApiKeyManager start(ApiKeys.Builder settings) {
        return new DefaultApiKeyManager(settings);
    }

    private Engine engine(ApiKeys.Builder settings) {
        SecretHasher hasher = new SecretHasher(settings.pepper, settings.retiredPeppers);
        PermissionCodec codec = PermissionCodec.json();
        StampedCache<String, StoredKey> cache =
                StampedCache.create(settings.cacheSize, settings.cacheMaxAge, settings.ticker);
        long timeout = settings.operationTimeout == null ? 0 : settings.operationTimeout.toNanos();
        Gate listening = Gate.direct(settings.ticker);
        gates.add(listening);
        return new Engine(
                settings.clock,
                new Operations(settings.ticker, timeout),
                hasher,
                codec,
                settings.roles,
                new RowReader(settings.roles, codec, hasher),
                cache,
                new GatedKeyStore(settings.store, gate("store", settings), cache),
                new UsageMeter(),
                new Rehash(hasher),
                new Emitter(
                        settings.listener,
                        listening,
                        settings.ticker,
                        patience,
                        DaemonThreads.named("apikeys-events")));
    }

    private @Nullable DefaultTempKeyVault vault(ApiKeys.Builder settings) {
        if (settings.tempStore == null) {
            return null;
        }
        return new DefaultTempKeyVault(
                new GatedTempStore(settings.tempStore, gate("vault", settings)),
                new TicketSeal(new SecureRandom()),
                admissions,
                engine.operations(),
                engine.emitter(),
                settings.clock,
                settings.ticker);
    }

    private @Nullable GatedAuthorizer authorizer(ApiKeys.Builder settings) {
        return settings.authorizer == null
                ? null
                : new GatedAuthorizer(settings.authorizer, gate("authorizer", settings));
    }

    private Gate gate(String host, ApiKeys.Builder settings) {
        Gate gate = settings.operationTimeout == null
                ? Gate.direct(settings.ticker)
                : Gate.bounded(DaemonThreads.named("apikeys-" + host), settings.ticker);
        gates.add(gate);
        return gate;
    }

    static IllegalStateException noVault() {
        return new IllegalStateException(
                "This ApiKeyManager has no temp key store: give one with ApiKeys.Builder.handOff to hand secrets over");
    }

    @Override
    public CreatedKey create(KeySpec spec) {
        Objects.requireNonNull(spec, "spec");
        return admissions.inside(() -> issuer.create(spec));
    }

    @Override
    public List<CreatedKey> createAll(List<KeySpec> specs) {
        List<KeySpec> copy = new ArrayList<>(Objects.requireNonNull(specs, "specs"));
        copy.forEach(spec -> Objects.requireNonNull(spec, "specs"));
        return admissions.inside(() -> issuer.createAll(copy));
    }

    @Override
    public Verification verify(@Nullable String presented) {
        return verify(presented, Access.NONE);
    }

    @Override
    public Verification verify(@Nullable String presented, Access access) {
        Objects.requireNonNull(access, "access");
        admissions.enter(); // By hand, since this is the hot path and a closure would be garbage.
        try {
            return verifier.verify(presented, access);
        } finally {
            admissions.leave();
        }
    }

    @Override
    public Optional<ApiKey> find(KeyId id) {
        Objects.requireNonNull(id, "id");
        return admissions.inside(() -> editor.find(id));
    }

    @Override
    public Page<ApiKey> list(KeyQuery query) {
        Objects.requireNonNull(query, "query");
        return admissions.inside(() -> editor.list(query));
    }

    @Override
    public ApiKey update(KeyId id, KeyUpdate update) {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(update, "update");
        return admissions.inside(() -> editor.update(id, update));
    }

    @Override
    public CreatedKey rotate(KeyId id, Duration grace) {
        Objects.requireNonNull(id, "id");
        Arguments.notNegative("grace", grace);
        return admissions.inside(() -> issuer.rotate(id, grace, null));
    }

    @Override
    public CreatedKey rotate(KeyId id, Duration grace, Duration handOff) {
        Objects.requireNonNull(id, "id");
        Arguments.notNegative("grace", grace);
        Arguments.positive("handOff", handOff);
        return admissions.inside(() -> issuer.rotate(id, grace, handOff));
    }

    @Override
    public ApiKey revoke(KeyId id, String reason) {
        Objects.requireNonNull(id, "id");
        Arguments.text("reason", reason, Arguments.MAX_REASON);
        return admissions.inside(() -> editor.revoke(id, reason));
    }

    @Override
    public int revokeAll(KeyQuery query, String reason) {
        Objects.requireNonNull(query, "query");
        Arguments.text("reason", reason, Arguments.MAX_REASON);
        return admissions.inside(() -> editor.revokeAll(query, reason));
    }

    @Override
    public ApiKey disable(KeyId id) {
        Objects.requireNonNull(id, "id");
        return admissions.inside(() -> editor.disable(id));
    }

    @Override
    public ApiKey enable(KeyId id) {
        Objects.requireNonNull(id, "id");
        return admissions.inside(() -> editor.enable(id));
    }

    @Override
    public boolean delete(KeyId id) {
        Objects.requireNonNull(id, "id");
        return admissions.inside(() -> editor.delete(id));
    }

    @Override
    public TempKeyVault vault() {
        TempKeyVault existing = vault;
        if (existing == null) {
            throw noVault();
        }
        return admissions.inside(() -> existing);
    }

    @Override
    public PermissionRepair permissionRepair() {
        return admissions.inside(() -> repair);
    }

    @Override
    public void maintain() {
        admissions.enter();
        try {
            maintenance.round();
        } finally {
            admissions.leave();
        }
    }

    @Override
    public Stats stats() {
        return new Stats(
                verifier.counts(),
                verifier.hits(),
                verifier.misses(),
                engine.usage().pending(),
                engine.emitter().dropped(),
                watch.hostCalls(),
                watch.stalled().size());
    }

    @Override
    public List<Stall> stalls() {
        return watch.stalls();
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        boolean quiet = admissions.close(closeWithin);
        threads.stopMaintenance();
        try {
            flushFinally(quiet);
        } finally {
            threads.stopWatch();
            engine.emitter().close(Duration.ofSeconds(1));
            gates.forEach(Gate::stop);
        }
    }

    /** On a thread of its own, so that a store that hangs does not hang the caller. */
    private void flushFinally(boolean quiet) {
        FutureTask<@Nullable Void> flush = new FutureTask<>(maintenance::flush, null);
        try {
            closing.newThread(flush).start();
            patience.get(flush, closeWithin);
        } catch (ExecutionException e) {
            throw notWritten(e.getCause());
        } catch (TimeoutException | OutOfMemoryError e) { // The JVM may be unable to make the thread.
            throw notWritten(e);
        }
        if (engine.usage().pending() > 0) {
            throw notWritten(null);
        }
        if (!quiet) {
            throw new StorageException(
                    "Closed, but operations were still under way after " + closeWithin
                            + ": what they use from now on is not written",
                    null,
                    true,
                    null);
        }
    }

    private StorageException notWritten(@Nullable Throwable cause) {
        return new StorageException(
                "Closed, but " + engine.usage().pending() + " uses could not be written", cause, true, null);
    }
}
