package dev.apikeys.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ApiKeys;
import dev.apikeys.CreatedKey;
import dev.apikeys.InvalidArgumentException;
import dev.apikeys.KeyEvent;
import dev.apikeys.KeyId;
import dev.apikeys.KeyNotFoundException;
import dev.apikeys.KeySpec;
import dev.apikeys.OperationListener;
import dev.apikeys.Verification;
import dev.apikeys.memory.InMemoryApiKeyStore;
import dev.apikeys.memory.InMemoryTempKeyStore;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.StorageException;
import dev.apikeys.spi.VaultFullException;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MockClock;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ApiKeysMetricsTest {
    private final MockClock clock = new MockClock();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry(SimpleConfig.DEFAULT, clock);
    private final ApiKeysMetrics metrics = new ApiKeysMetrics();
    private final ApiKeyManager keys = ApiKeys.builder(new InMemoryApiKeyStore())
            .handOff(new InMemoryTempKeyStore())
            .operationListener(metrics)
            .listener(metrics)
            .maintainedByHost()
            .clock(() -> Instant.ofEpochMilli(clock.wallTime()))
            .build();

    @BeforeEach
    void setTheClock() {
        clock.add(Duration.ofMillis(System.currentTimeMillis())); // the store's own clock is the system's
    }

    @AfterEach
    void close() {
        keys.close();
        registry.close();
    }

    private void start() {
        metrics.watch(keys);
        metrics.bindTo(registry);
    }

    private static KeySpec spec(String name) {
        return KeySpec.builder(name)
                .role("read_only")
                .permissions(Set.of("read"))
                .build();
    }

    private double count(String meter, String... tags) {
        return registry.get(meter).tags(tags).functionCounter().count();
    }

    private double gauge(String meter) {
        return registry.get(meter).gauge().value();
    }

    @Test
    void verificationsAreCountedByCodeAlsoThoseFromTheCache() {
        start();
        String secret = keys.create(spec("a")).secret().reveal();
        for (int i = 0; i < 5; i++) {
            assertThat(keys.verify(secret).code()).isEqualTo(Verification.Code.VALID);
        }
        keys.verify((String) null);

        assertThat(count("apikeys.verifications", "code", "VALID")).isEqualTo(5);
        assertThat(count("apikeys.verifications", "code", "MISSING")).isEqualTo(1);
        assertThat(count("apikeys.cache.gets", "result", "hit") + count("apikeys.cache.gets", "result", "miss"))
                .isEqualTo(5);
    }

    @Test
    void operationsAreTimedByOutcome() {
        start();
        keys.create(spec("a"));
        keys.create(spec("b"));
        assertThatThrownBy(() -> keys.revoke(KeyId.random(), "gone")).isInstanceOf(KeyNotFoundException.class);

        assertThat(registry.get("apikeys.operations")
                        .tags("operation", "create", "outcome", "OK")
                        .timer()
                        .count())
                .isEqualTo(2);
        assertThat(registry.get("apikeys.operations")
                        .tags("operation", "revoke", "outcome", "REFUSED")
                        .timer()
                        .count())
                .isEqualTo(1);
        assertThat(registry.get("apikeys.store.calls")
                        .tags("store", "store", "call", "write", "outcome", "OK")
                        .timer()
                        .count())
                .isEqualTo(2);
    }

    @Test
    void aCallKeepsItsDuration() {
        start();
        metrics.onOperation("create", "store.write", OperationListener.Outcome.FAILED, 3_000_000);

        assertThat(registry.get("apikeys.store.calls")
                        .tags("outcome", "FAILED")
                        .timer()
                        .totalTime(TimeUnit.MILLISECONDS))
                .isEqualTo(3);
    }

    @Test
    void whatIsNoCallOfAStoreIsNotCountedAsOne() {
        start();
        metrics.onOperation("verify", "authorizer.allows", OperationListener.Outcome.OK, 1);

        assertThat(registry.find("apikeys.store.calls").timers()).allMatch(timer -> timer.count() == 0);
    }

    @Test
    void theManagerOfTheGuideIsMeasured() {
        ApiKeyStore store = new InMemoryApiKeyStore();
        // snippet: docs/monitoring.md
        ApiKeysMetrics metrics = new ApiKeysMetrics();
        ApiKeyManager keys = ApiKeys.builder(store)
                .operationListener(metrics)
                .listener(metrics)
                .build();
        metrics.watch(keys);
        metrics.bindTo(registry);
        // end of snippet
        keys.verify("sk_nonsense");
        keys.close();

        assertThat(registry.find("apikeys.verifications").meters()).isNotEmpty();
    }

    /** No refusal of the caller: the alert of the guide fires, at the first one already. */
    @Test
    void aFullVaultIsCountedApart() {
        ApiKeysMetrics own = new ApiKeysMetrics();
        own.bindTo(registry);
        assertThat(fullVaults()).isZero();
        KeySpec handedOver = KeySpec.builder("a")
                .role("read_only")
                .handOff(Duration.ofMinutes(1))
                .build();
        try (ApiKeyManager small = ApiKeys.builder(new InMemoryApiKeyStore())
                .handOff(new InMemoryTempKeyStore(1))
                .operationListener(own)
                .maintainedByHost()
                .build()) {
            small.create(handedOver);
            assertThatThrownBy(() -> small.create(handedOver)).isInstanceOf(VaultFullException.class);
        }
        assertThat(fullVaults()).isEqualTo(1);
        assertThat(registry.get("apikeys.operations")
                        .tags("operation", "create", "outcome", "FULL")
                        .timer()
                        .count())
                .isEqualTo(1);
    }

    private long fullVaults() {
        return registry.get("apikeys.store.calls")
                .tags("store", "vault", "call", "insert", "outcome", "FULL")
                .timer()
                .count();
    }

    @Test
    void anOutageIsCountedAsFailed() {
        ApiKeysMetrics own = new ApiKeysMetrics();
        own.bindTo(registry);
        ApiKeyStore broken = (ApiKeyStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ApiKeyStore.class}, (proxy, method, args) -> {
                    throw new StorageException("gone", new IllegalStateException("planted"));
                });
        try (ApiKeyManager failing = ApiKeys.builder(broken)
                .operationListener(own)
                .maintainedByHost()
                .build()) {
            assertThatThrownBy(() -> failing.create(spec("a"))).isInstanceOf(StorageException.class);
        }
        assertThat(registry.get("apikeys.operations")
                        .tags("operation", "create", "outcome", "FAILED")
                        .timer()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void eventsAreCountedByTypeFromTheStart() {
        CreatedKey created = keys.create(spec("a"));
        keys.revoke(created.key().id(), "lost");
        keys.close(); // delivers what waits
        start();

        assertThat(count("apikeys.events", "type", "CREATED")).isEqualTo(1);
        assertThat(count("apikeys.events", "type", "REVOKED")).isEqualTo(1);
        assertThat(count("apikeys.events.dropped", "reason", "FULL")).isZero();
    }

    @Test
    void usageWaitsAndHasAnAge() {
        start();
        String secret = keys.create(spec("a")).secret().reveal();
        keys.verify(secret);
        assertThat(gauge("apikeys.usage.pending")).isEqualTo(1);

        keys.maintain();
        clock.add(Duration.ofSeconds(90));
        assertThat(gauge("apikeys.usage.pending")).isZero();
        assertThat(gauge("apikeys.usage.age")).isEqualTo(90);
        assertThat(gauge("apikeys.stalled")).isZero();
        assertThat(gauge("apikeys.host.calls")).isZero();
    }

    @Test
    void metersWithoutAManagerReportNoWrongValue() {
        metrics.bindTo(registry);

        assertThat(count("apikeys.verifications", "code", "VALID")).isZero();
        assertThat(gauge("apikeys.stalled")).isNaN();
        metrics.watch(keys);
        assertThat(gauge("apikeys.stalled")).isZero();
    }

    @Test
    void twoManagersNeedMetersOfTheirOwn() {
        start();
        metrics.watch(keys);
        try (ApiKeyManager other = ApiKeys.builder(new InMemoryApiKeyStore()).build()) {
            assertThatThrownBy(() -> metrics.watch(other))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("ApiKeysMetrics for each");
        }
    }

    @Test
    void severalRegistriesSeeTheSame() {
        SimpleMeterRegistry second = new SimpleMeterRegistry();
        start();
        metrics.bindTo(second);
        keys.create(spec("a"));

        for (SimpleMeterRegistry each : Set.of(registry, second)) {
            assertThat(each.get("apikeys.operations")
                            .tag("operation", "create")
                            .timer()
                            .count())
                    .isEqualTo(1);
        }
    }

    @Test
    void noTagHoldsAKeyAnOwnerOrAName() {
        start();
        use();

        Set<String> tags = new TreeSet<>();
        for (Meter meter : registry.getMeters()) {
            meter.getId().getTags().stream().map(Tag::getValue).forEach(tags::add);
        }
        assertThat(tags).allMatch(Pattern.compile("[A-Za-z_.]{1,40}").asMatchPredicate());
        assertThat(tags).noneMatch(tag -> tag.contains("mallory") || tag.contains("backup"));
    }

    private void use() {
        CreatedKey created = keys.create(KeySpec.builder("backup")
                .owner("mallory")
                .role("read_only")
                .permissions(Set.of("read"))
                .build());
        keys.verify(created.secret().reveal());
        keys.revoke(created.key().id(), "lost");
        keys.maintain();
        assertThatThrownBy(() -> KeySpec.builder("")).isInstanceOf(InvalidArgumentException.class);
    }

    @Test
    void theGuideNamesEveryMeterAndNoOther() throws IOException {
        start();
        use();
        String guide = Files.readString(Path.of("../docs/monitoring.md"));
        Set<String> documented = matches(guide, "(?m)^\\| `(apikeys[a-z.]+)`");
        Set<String> real = registry.getMeters().stream()
                .map(meter -> meter.getId().getName())
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(documented).isEqualTo(real);
    }

    @Test
    void theGuidesQueriesAskForMetersTagsAndValuesThatExist() throws IOException {
        start();
        use();
        String guide = Files.readString(Path.of("../docs/monitoring.md"));
        Set<String> exposed = registry.getMeters().stream()
                .flatMap(meter -> ApiKeysMetricsTest.prometheusNames(meter.getId()))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> asked = matches(guide, "\\b(apikeys(?:_[a-z]+)+)\\b");
        assertThat(asked).isNotEmpty().isSubsetOf(exposed);

        Set<String> keysOfTags = registry.getMeters().stream()
                .flatMap(meter -> meter.getId().getTags().stream().map(Tag::getKey))
                .collect(Collectors.toSet());
        assertThat(matches(guide, "([a-z]+)=~?\"")).isSubsetOf(keysOfTags);
        assertThat(values(guide, "code")).isSubsetOf(names(Verification.Code.values()));
        assertThat(values(guide, "outcome")).isSubsetOf(names(OperationListener.Outcome.values()));
    }

    private static Set<String> values(String guide, String tag) {
        return matches(guide, "\\b" + tag + "=~?\"([^\"]+)\"").stream()
                .flatMap(values -> Stream.of(values.split("\\|")))
                .collect(Collectors.toSet());
    }

    private static Set<String> names(Enum<?>[] values) {
        return Stream.of(values).map(Enum::name).collect(Collectors.toSet());
    }

    /** As Micrometer's registry for Prometheus writes them. */
    private static Stream<String> prometheusNames(Meter.Id id) {
        String name = id.getName().replace('.', '_');
        return switch (id.getType()) {
            case TIMER -> Stream.of(name + "_seconds_count", name + "_seconds_sum");
            case COUNTER -> Stream.of(name + "_total");
            default -> Stream.of(id.getBaseUnit() == null ? name : name + "_" + id.getBaseUnit());
        };
    }

    private static Set<String> matches(String text, String pattern) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(result -> result.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void everyTypeOfEventHasACounter() {
        start();
        for (KeyEvent.Type type : KeyEvent.Type.values()) {
            assertThat(count("apikeys.events", "type", type.name())).isZero();
        }
    }
}
