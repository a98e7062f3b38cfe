package dev.apikeys.micrometer;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.KeyEvent;
import dev.apikeys.KeyListener;
import dev.apikeys.OperationListener;
import dev.apikeys.Stats;
import dev.apikeys.Verification;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The meters of one manager. Tags are operations, codes, types and outcomes, never keys, owners or paths: these have an
 * unbounded cardinality and do not belong into a metrics store. Thread-safe.
 *
 * <pre>{@code
 * ApiKeysMetrics metrics = new ApiKeysMetrics();
 * ApiKeyManager keys = ApiKeys.builder(store).operationListener(metrics).listener(metrics).build();
 * metrics.watch(keys);
 * metrics.bindTo(registry);
 * }</pre>
 *
 * <p>A verification that is answered from the cache is not timed; the manager counts it. Operations are timed from
 * {@link #bindTo} on; everything else counts from the start.
 *
 * @since 0.1
 */
public final class ApiKeysMetrics implements MeterBinder, OperationListener, KeyListener {
    private static final Set<String> STORES = Set.of("store", "vault");

    private final Set<MeterRegistry> registries = ConcurrentHashMap.newKeySet();
    private final AtomicReference<@Nullable ApiKeyManager> watched = new AtomicReference<>();
    private final Map<KeyEvent.Type, LongAdder> events = new EnumMap<>(KeyEvent.Type.class);

    /** Creates meters, which listen to a manager once they are passed to its builder. */
    public ApiKeysMetrics() {
        for (KeyEvent.Type type : KeyEvent.Type.values()) {
            events.put(type, new LongAdder());
        }
    }

    /**
     * Reads the statistics of a manager, which must be the one this listens to. Before that, the meters of the
     * statistics are 0 or NaN.
     *
     * @param keys the manager; not closed
     * @throws IllegalStateException if this watches another one
     */
    @SuppressWarnings("ReferenceEquality") // Two managers may call themselves equal.
    public void watch(ApiKeyManager keys) {
        Objects.requireNonNull(keys, "keys");
        if (!watched.compareAndSet(null, keys) && watched.get() != keys) {
            throw new IllegalStateException(
                    "These meters watch another manager; create an ApiKeysMetrics for each, and bind it with a separate"
                            + " tag or to a separate registry");
        }
    }

    /**
     * Adds the meters to a registry. May be called for several registries.
     *
     * @param registry the registry
     */
    @Override
    public void bindTo(MeterRegistry registry) {
        Objects.requireNonNull(registry, "registry");
        registries.add(registry);
        bindCounters(registry);
        bindGauges(registry);
        // From the start: a rate does not see the first count of a series that begins with it.
        storeCall(registry, "vault", "insert", Outcome.FULL);
    }

    @Override
    public void onOperation(String operation, @Nullable String step, Outcome outcome, long nanos) {
        for (MeterRegistry registry : registries) {
            if (step == null) {
                timer(registry, "apikeys.operations", "Operations of the manager", outcome, "operation", operation)
                        .record(nanos, TimeUnit.NANOSECONDS);
            } else {
                recordCall(registry, step, outcome, nanos);
            }
        }
    }

    /**
     * Records a call into a store. A step is, for example, {@code store.find}; steps of the authorizer and the
     * listeners are skipped.
     */
    private static void recordCall(MeterRegistry registry, String step, Outcome outcome, long nanos) {
        int dot = step.indexOf('.');
        String store = dot < 0 ? step : step.substring(0, dot);
        if (STORES.contains(store)) {
            storeCall(registry, store, step.substring(dot + 1), outcome).record(nanos, TimeUnit.NANOSECONDS);
        }
    }

    private static Timer storeCall(MeterRegistry registry, String store, String call, Outcome outcome) {
        return timer(registry, "apikeys.store.calls", "Calls into the stores", outcome, "store", store, "call", call);
    }

    private static Timer timer(
            MeterRegistry registry, String name, String description, Outcome outcome, String... tags) {
        return Timer.builder(name)
                .description(description)
                .tags(Tags.of(tags).and("outcome", outcome.name()))
                .register(registry);
    }

    @Override
    public void onEvent(KeyEvent event) {
        LongAdder count = events.get(event.type());
        if (count != null) {
            count.increment();
        }
    }

    private void bindCounters(MeterRegistry registry) {
        for (Verification.Code code : Verification.Code.values()) {
            counter(
                    registry,
                    "apikeys.verifications",
                    "Verifications by code",
                    Tag.of("code", code.name()),
                    stats -> stats.verifications().getOrDefault(code, 0L));
        }
        counter(registry, "apikeys.cache.gets", "Look-ups in the cache", Tag.of("result", "hit"), Stats::cacheHits);
        counter(registry, "apikeys.cache.gets", "Look-ups in the cache", Tag.of("result", "miss"), Stats::cacheMisses);
        for (KeyEvent.Dropped reason : KeyEvent.Dropped.values()) {
            counter(
                    registry,
                    "apikeys.events.dropped",
                    "Events that no listener saw",
                    Tag.of("reason", reason.name()),
                    stats -> stats.eventsDropped().getOrDefault(reason, 0L));
        }
        events.forEach((type, count) -> FunctionCounter.builder("apikeys.events", count, LongAdder::sum)
                .description("Events that were delivered")
                .tag("type", type.name())
                .register(registry));
    }

    private void counter(
            MeterRegistry registry, String name, String description, Tag tag, ToDoubleFunction<Stats> value) {
        FunctionCounter.builder(name, this, metrics -> metrics.read(value, 0))
                .description(description)
                .tags(Set.of(tag))
                .register(registry);
    }

    private void bindGauges(MeterRegistry registry) {
        gauge(registry, "apikeys.stalled", "Host calls that last longer than the threshold", Stats::stalled);
        gauge(registry, "apikeys.host.calls", "Host calls in progress", Stats::hostCalls);
        gauge(registry, "apikeys.usage.pending", "Uses that are not yet written", Stats::usagePending);
        Gauge.builder("apikeys.usage.age", this, metrics -> metrics.read(stats -> age(stats, registry), Double.NaN))
                .description("Time since a flush left no use unwritten")
                .baseUnit("seconds")
                .register(registry);
        Gauge.builder("apikeys.feed.lag", this, metrics -> metrics.read(ApiKeysMetrics::feedLag, Double.NaN))
                .description("Time since the last good poll of what other nodes changed began")
                .baseUnit("seconds")
                .register(registry);
    }

    private void gauge(MeterRegistry registry, String name, String description, ToDoubleFunction<Stats> value) {
        Gauge.builder(name, this, metrics -> metrics.read(value, Double.NaN))
                .description(description)
                .register(registry);
    }

    private double read(ToDoubleFunction<Stats> value, double unwatched) {
        ApiKeyManager keys = watched.get();
        return keys == null ? unwatched : value.applyAsDouble(keys.stats());
    }

    private static double feedLag(Stats stats) {
        Duration lag = stats.feedLag();
        return lag == null ? Double.NaN : lag.toNanos() / 1e9;
    }

    private static double age(Stats stats, MeterRegistry registry) {
        Instant last = stats.lastUsageWrite();
        if (last == null) {
            return Double.NaN;
        }
        Instant now = Instant.ofEpochMilli(registry.config().clock().wallTime());
        return Math.max(0, Duration.between(last, now).toMillis() / 1_000.0);
    }
}
