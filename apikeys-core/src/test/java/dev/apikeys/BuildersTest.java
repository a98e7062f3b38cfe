package dev.apikeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.apikeys.spi.KeyStatus;
import java.lang.reflect.Method;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Of two values for one setting the caller cannot have meant to drop one. */
class BuildersTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");

    private static final Map<String, Consumer<KeySpec.Builder>> SPEC = Map.of(
            "description", builder -> builder.description("a"),
            "owner", builder -> builder.owner("a"),
            "role", builder -> builder.role("a"),
            "permissions", builder -> builder.permissions(Set.of()),
            "expiresIn", builder -> builder.expiresIn(HOUR),
            "expiresAt", builder -> builder.expiresAt(NOON),
            "neverExpires", KeySpec.Builder::neverExpires,
            "handOff", builder -> builder.handOff(HOUR),
            "metadata", builder -> builder.metadata(Map.of()),
            "id", builder -> builder.id(KeyId.random()));

    private static final Map<String, Consumer<KeyUpdate.Builder>> UPDATE = Map.of(
            "name", builder -> builder.name("a"),
            "description", builder -> builder.description(null),
            "owner", builder -> builder.owner(null),
            "role", builder -> builder.role(null),
            "permissions", builder -> builder.permissions(Set.of()),
            "expiresAt", builder -> builder.expiresAt(null),
            "metadata", builder -> builder.metadata(Map.of()),
            "revokedFrom", builder -> builder.revokedFrom(Instant.EPOCH));

    private static final Map<String, Consumer<ApiKeys.Builder>> MANAGER = Map.ofEntries(
            Map.entry("handOff", builder -> builder.handOff(new SimpleTempStore())),
            Map.entry("roles", builder -> builder.roles(Roles.none())),
            Map.entry("authorizer", builder -> builder.authorizer((granted, resource, action) -> true)),
            Map.entry("pepper", builder -> builder.pepper(Pepper.of("a", new byte[32]))),
            Map.entry("format", builder -> builder.format(KeyFormat.standard())),
            Map.entry("permissionCodec", builder -> builder.permissionCodec(PermissionCodec.json())),
            Map.entry("tellVerified", ApiKeys.Builder::tellVerified),
            Map.entry("defaultLifetime", builder -> builder.defaultLifetime(HOUR)),
            Map.entry("maxLifetime", builder -> builder.maxLifetime(HOUR)),
            Map.entry("maxGrace", builder -> builder.maxGrace(HOUR)),
            Map.entry("retention", builder -> builder.retention(HOUR)),
            Map.entry("journalRetention", builder -> builder.journalRetention(HOUR)),
            Map.entry("cacheMaxAge", builder -> builder.cacheMaxAge(HOUR)),
            Map.entry("cacheLifetime", builder -> builder.cacheLifetime(HOUR)),
            Map.entry("followInterval", builder -> builder.followInterval(Duration.ofMillis(1))),
            Map.entry("cacheSize", builder -> builder.cacheSize(1)),
            Map.entry("staleOnOutage", builder -> builder.staleOnOutage(HOUR)),
            Map.entry("maintenanceInterval", builder -> builder.maintenanceInterval(HOUR)),
            Map.entry("maintenanceBudget", builder -> builder.maintenanceBudget(HOUR)),
            Map.entry("maintenanceOn", builder -> builder.maintenanceOn(new ScheduledThreadPoolExecutor(1))),
            Map.entry("maintainedByHost", ApiKeys.Builder::maintainedByHost),
            Map.entry("stallThreshold", builder -> builder.stallThreshold(HOUR)),
            Map.entry("operationTimeout", builder -> builder.operationTimeout(HOUR)),
            Map.entry("clock", builder -> builder.clock(InstantSource.system())),
            Map.entry("ticker", builder -> builder.ticker(System::nanoTime)));

    private static final Map<String, Consumer<ApiKeys.Builder>> ADDING = Map.of(
            "retiredPepper", builder -> builder.retiredPepper(Pepper.of("a", new byte[32])),
            "alsoAccept", builder -> builder.alsoAccept(KeyFormat.sha64Hex()),
            "listener", builder -> builder.listener(event -> {}),
            "operationListener", builder -> builder.operationListener((operation, step, outcome, nanos) -> {}));

    @Test
    void aSetterOfASpecificationIsCalledOnce() {
        assertSettersRefuseASecondCall(KeySpec.Builder.class, SPEC, Set.of(), () -> KeySpec.builder("a"));
    }

    @Test
    void aCopyOfASpecificationHoldsItAllAndEachValueMayBeSetOnceMore() {
        KeySpec spec = KeySpec.builder("a")
                .description("b")
                .owner("c")
                .role("d")
                .permissions(Set.of("e"))
                .expiresIn(HOUR)
                .handOff(HOUR)
                .metadata(Map.of("f", "g"))
                .id(KeyId.random())
                .build();

        assertThat(spec.toBuilder().build()).isEqualTo(spec);
        assertThat(spec.toBuilder().owner("z").build().owner()).isEqualTo("z");
        assertThat(spec.owner()).isEqualTo("c");
        assertSettersRefuseASecondCall(KeySpec.Builder.class, SPEC, Set.of(), spec::toBuilder);
    }

    @Test
    void ofACopyEachEndReplacesTheOthers() {
        List<UnaryOperator<KeySpec.Builder>> ends = List.of(
                builder -> builder.expiresIn(HOUR), builder -> builder.expiresAt(NOON), KeySpec.Builder::neverExpires);
        for (UnaryOperator<KeySpec.Builder> end : ends) {
            KeySpec spec = end.apply(KeySpec.builder("a").role("d")).build();
            assertThat(spec.toBuilder().build()).isEqualTo(spec);
            for (UnaryOperator<KeySpec.Builder> other : ends) {
                assertThat(other.apply(spec.toBuilder()).build())
                        .isEqualTo(other.apply(KeySpec.builder("a").role("d")).build());
            }
        }
    }

    @Test
    void aSetterOfAnUpdateIsCalledOnce() {
        assertSettersRefuseASecondCall(KeyUpdate.Builder.class, UPDATE, Set.of(), KeyUpdate::builder);
    }

    private static final Map<String, UnaryOperator<KeyQuery>> QUERY = Map.of(
            "owner", query -> query.owner("a"),
            "role", query -> query.role("a"),
            "status", query -> query.status(KeyStatus.ACTIVE),
            "createdBy", query -> query.createdBy("a"),
            "matching", query -> query.matching("a"),
            "endingBefore", query -> query.endingBefore(NOON),
            "unusedSince", query -> query.unusedSince(NOON));

    private static final Map<String, UnaryOperator<JournalQuery>> JOURNAL = Map.of(
            "key", query -> query.key(KeyId.of("ak_1")),
            "actor", query -> query.actor("a"),
            "from", query -> query.from(NOON),
            "until", query -> query.until(NOON));

    private static final Map<String, UnaryOperator<Rotation>> ROTATION = Map.of(
            "handOff", rotation -> rotation.handOff(HOUR),
            "id", rotation -> rotation.id(KeyId.random()),
            "metadata", rotation -> rotation.metadata(Map.of()),
            "expiresIn", rotation -> rotation.expiresIn(HOUR));

    private static final Map<String, UnaryOperator<Precondition.State>> PRECONDITION = Map.of(
            "version",
            state -> state.version(1),
            "owner",
            state -> state.owner("a"),
            "unusedSince",
            state -> state.unusedSince(NOON));

    /** Where a page begins, how long it is and its order restrict nothing. */
    private static final Set<String> PLACE = Set.of("after", "limit", "newestFirst");

    @Test
    void aConditionIsSetOnce() {
        assertValuesRefuseASecondCall(KeyQuery.class, QUERY, PLACE, KeyQuery.all());
        assertValuesRefuseASecondCall(JournalQuery.class, JOURNAL, PLACE, JournalQuery.all());
        assertValuesRefuseASecondCall(Rotation.class, ROTATION, Set.of(), Rotation.immediate());
        Precondition.State all = Precondition.version(1).owner("a").unusedSince(NOON);
        PRECONDITION.forEach((name, setter) -> assertRefusesASecondCall(name, setter, all));
    }

    private static <V> void assertValuesRefuseASecondCall(
            Class<V> type, Map<String, UnaryOperator<V>> setters, Set<String> replacing, V value) {
        assertThat(Stream.of(type.getMethods())
                        .filter(method -> method.getReturnType() == type
                                && !java.lang.reflect.Modifier.isStatic(method.getModifiers()))
                        .map(java.lang.reflect.Method::getName)
                        .filter(name -> !replacing.contains(name)))
                .as("every setter is tried")
                .containsExactlyInAnyOrderElementsOf(setters.keySet());
        setters.forEach((name, setter) -> assertRefusesASecondCall(name, setter, setter.apply(value)));
    }

    private static <V> void assertRefusesASecondCall(String name, UnaryOperator<V> setter, V set) {
        assertThatIllegalStateException()
                .isThrownBy(() -> setter.apply(set))
                .withMessageStartingWith(name + " was called before");
    }

    @Test
    void aSetterOfAManagerIsCalledOnceButThoseThatAdd() {
        assertSettersRefuseASecondCall(ApiKeys.Builder.class, MANAGER, ADDING.keySet(), BuildersTest::manager);
        ADDING.values().forEach(setter -> {
            ApiKeys.Builder builder = manager();
            setter.accept(builder);
            setter.accept(builder);
        });
    }

    @Test
    void aBuilderThatIsUsedAgainChangesNoManagerThatItBuilt() {
        try (Service service = new Service()) {
            ApiKeys.Builder builder = service.builder().cacheMaxAge(Duration.ofSeconds(3));
            ApiKeyManager first = service.start(builder);
            KeyId id =
                    first.create(KeySpec.builder("a").role("read_only").build()).id();

            service.start(builder.roles(Roles.none().with("read_only", "read", "admin")));

            assertThat(first.roles()).isSameAs(Roles.standard());
            assertThat(first.cacheMaxAge()).isEqualTo(Duration.ofSeconds(3));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> first.permissionRepair().set(id, Set.of("admin")))
                    .withMessageContaining("beyond the role");
        }
    }

    private static ApiKeys.Builder manager() {
        return ApiKeys.builder(new SimpleKeyStore());
    }

    private static <B> void assertSettersRefuseASecondCall(
            Class<B> type, Map<String, Consumer<B>> setters, Set<String> adding, java.util.function.Supplier<B> start) {
        Set<String> all = Stream.of(type.getMethods())
                .filter(method -> method.getReturnType() == type)
                .map(java.lang.reflect.Method::getName)
                .collect(Collectors.toCollection(HashSet::new));
        assertThat(Stream.concat(setters.keySet().stream(), adding.stream()))
                .as("every setter is tried")
                .containsExactlyInAnyOrderElementsOf(all);
        setters.forEach((name, setter) -> {
            B builder = start.get();
            setter.accept(builder);
            assertThatIllegalStateException()
                    .isThrownBy(() -> setter.accept(builder))
                    .withMessageStartingWith(name + " was called before");
        });
    }

    @Test
    void anUpdateOfNothingNamesEverySetter() {
        assertThatThrownBy(KeyUpdate.builder()::build).satisfies(refused -> {
            for (Method setter : KeyUpdate.Builder.class.getDeclaredMethods()) {
                if (setter.getReturnType().equals(KeyUpdate.Builder.class)) {
                    assertThat(refused).hasMessageContaining(setter.getName());
                }
            }
        });
    }
}
