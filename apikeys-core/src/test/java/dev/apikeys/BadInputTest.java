package dev.apikeys;

import static dev.apikeys.Service.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.TempRow;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is refused where it enters: the message names the argument and what is allowed, and nothing changes. */
class BadInputTest {
    private static final String UTF16_PAIR = "\uD83D\uDE80";

    private final Service service = new Service();
    private final ApiKeyManager keys = service.start(service.builder().maxLifetime(Duration.ofDays(365)));
    private final CreatedKey existing = keys.create(Service.specWithHandOff());

    @AfterEach
    void close() {
        service.close();
    }

    static Stream<String> badTexts() {
        return Stream.of(
                null,
                "",
                " ",
                " x",
                "x ",
                "\u00a0x",
                "x\u2003",
                "a\nb",
                "a\0b",
                "a\u0085b",
                "a\u007fb",
                "a\ud800",
                "\udc00a",
                "a\ud800b");
    }

    static Stream<Arguments> texts() {
        Map<String, BiFunction<ApiKeyManager, String, Object>> places = new HashMap<>();
        places.put("name", (keys, text) -> KeySpec.builder(text));
        places.put("owner", (keys, text) -> KeySpec.builder("x").owner(text));
        places.put("description", (keys, text) -> KeySpec.builder("x").description(text));
        places.put("reason", (keys, text) -> keys.revoke(KeyId.of("ak_1"), text));
        Map<String, Integer> limits = Map.of("name", 200, "owner", 200, "description", 2_000, "reason", 500);
        return places.entrySet().stream()
                .flatMap(place -> Stream.concat(
                                badTexts(),
                                Stream.of(
                                        "x".repeat(limits.get(place.getKey()) + 1),
                                        UTF16_PAIR.repeat(limits.get(place.getKey()) + 1)))
                        .map(text -> arguments(place.getKey(), limits.get(place.getKey()), place.getValue(), text)));
    }

    @ParameterizedTest
    @MethodSource("texts")
    void textsAreRefused(String argument, int limit, BiFunction<ApiKeyManager, String, Object> place, String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> place.apply(keys, text))
                .withMessageStartingWith(argument + " is ")
                .withMessageContaining("allowed: 1 to " + limit + " code points")
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(400).matches("\\p{Print}+|.*\u2026.*"));
    }

    @Test
    void limitsCountCodePoints() {
        String rockets = UTF16_PAIR.repeat(200);
        CreatedKey created = keys.create(KeySpec.builder(rockets)
                .owner(rockets)
                .description(UTF16_PAIR.repeat(2_000))
                .role("admin")
                .build());

        assertThat(keys.find(created.id()).orElseThrow().name()).isEqualTo(rockets);
        assertThat(keys.revoke(created.id(), UTF16_PAIR.repeat(500)).revokedReason())
                .hasSize(1_000);
    }

    static Stream<String> badNames() {
        return Stream.of(null, "", "Read", "*", " read", "read ", "1a", "_a", "a b", "a\n", "\u0131", "a".repeat(65));
    }

    @ParameterizedTest
    @MethodSource("badNames")
    void namesOfRolesAndPermissionsAreRefused(String name) {
        for (Runnable place : List.<Runnable>of(
                () -> KeySpec.builder("x").role(name),
                () -> KeyQuery.all().role(name),
                () -> Roles.none().with(name, "a"))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(place::run)
                    .withMessageStartingWith("role")
                    .withMessageContaining("allowed is [a-z][a-z0-9_.:-]{0,63}");
        }
        for (Runnable place : List.<Runnable>of(
                () -> KeySpec.builder("x").permissions(new HashSet<>(Arrays.asList("a", name))),
                () -> KeyUpdate.builder().permissions(new HashSet<>(Arrays.asList(name))),
                () -> Roles.none().with("a", "a", name),
                () -> keys.permissionRepair().set(existing.id(), new HashSet<>(Arrays.asList(name))))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(place::run)
                    .withMessageStartingWith("permissions")
                    .withMessageContaining("allowed is [a-z][a-z0-9_.:-]{0,63}");
        }
    }

    @Test
    void moreThan128PermissionsAreRefused() {
        Set<String> many = IntStream.range(0, 129).mapToObj(i -> "p" + i).collect(Collectors.toSet());

        for (Runnable place : List.<Runnable>of(
                () -> KeySpec.builder("x").permissions(many),
                () -> KeyUpdate.builder().permissions(many),
                () -> Roles.none().with("a", many.toArray(new String[0])),
                () -> KeySpec.builder("x").permissions(null),
                () -> KeyUpdate.builder().permissions(null))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(place::run)
                    .withMessageStartingWith("permissions is ")
                    .withMessageContaining("allowed: at most 128 names");
        }
        many.remove("p0");
        assertThat(keys.create(KeySpec.builder("x").permissions(many).build())
                        .key()
                        .granted())
                .hasSize(128);
    }

    static Stream<Arguments> badMetadata() {
        Map<String, String> many = IntStream.range(0, 33).boxed().collect(Collectors.toMap(i -> "k" + i, i -> "v"));
        Map<String, String> nullValue = new HashMap<>();
        nullValue.put("k", null);
        Map<String, String> nullKey = new HashMap<>();
        nullKey.put(null, "v");
        return Stream.of(
                arguments(null, "at most 32 entries"),
                arguments(many, "at most 32 entries"),
                arguments(nullValue, "text without"),
                arguments(nullKey, "code points"),
                arguments(Map.of("", "v"), "code points"),
                arguments(Map.of(" k", "v"), "code points"),
                arguments(Map.of("k", "a\nb"), "without control characters"),
                arguments(Map.of("k", "\ud800"), "lone surrogates"),
                arguments(Map.of("k", "v".repeat(4_097)), "4096 bytes"),
                arguments(Map.of("k", "\u00e9".repeat(2_045)), "4096 bytes"),
                arguments(Map.of("k", "\"".repeat(2_045)), "4096 bytes"));
    }

    @ParameterizedTest
    @MethodSource("badMetadata")
    void metadataAreRefused(Map<String, String> metadata, String allowed) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KeySpec.builder("x").metadata(metadata))
                .withMessageStartingWith("metadata")
                .withMessageContaining(allowed)
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KeyUpdate.builder().metadata(metadata))
                .withMessageStartingWith("metadata");
    }

    @Test
    void metadataMayFillTheir4KiB() {
        Map<String, String> largest = Map.of("k", "v".repeat(4_096 - "{\"k\":\"\"}".length()));

        assertThat(keys.create(KeySpec.builder("x")
                                .role("admin")
                                .metadata(largest)
                                .build())
                        .key()
                        .metadata())
                .isEqualTo(largest);
    }

    static Stream<Arguments> durations() {
        Map<String, Consumer<Duration>> positive = Map.of(
                "expiresIn", value -> KeySpec.builder("x").expiresIn(value),
                "handOff", value -> KeySpec.builder("x").handOff(value),
                "defaultLifetime", value -> builder().defaultLifetime(value),
                "maxLifetime", value -> builder().maxLifetime(value),
                "retention", value -> builder().retention(value),
                "maintenanceInterval", value -> builder().maintenanceInterval(value),
                "stallThreshold", value -> builder().stallThreshold(value),
                "operationTimeout", value -> builder().operationTimeout(value));
        Map<String, Consumer<Duration>> notNegative =
                Map.of("cacheMaxAge", value -> builder().cacheMaxAge(value));
        return Stream.concat(
                positive.entrySet().stream()
                        .flatMap(place -> Stream.of(
                                        null,
                                        Duration.ZERO,
                                        Duration.ofMillis(-1),
                                        Duration.ofNanos(999_999),
                                        Duration.ofDays(36_526),
                                        Duration.ofSeconds(Long.MAX_VALUE))
                                .map(value -> arguments(place.getKey(), place.getValue(), value))),
                notNegative.entrySet().stream()
                        .flatMap(place -> Stream.of(null, Duration.ofNanos(-1), Duration.ofSeconds(Long.MAX_VALUE))
                                .map(value -> arguments(place.getKey(), place.getValue(), value))));
    }

    private static ApiKeys.Builder builder() {
        return ApiKeys.builder(new SimpleKeyStore());
    }

    @ParameterizedTest
    @MethodSource("durations")
    void durationsAreRefused(String argument, Consumer<Duration> place, Duration value) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> place.accept(value))
                .withMessageStartingWith(argument + " is ")
                .withMessageContaining("allowed: ");
    }

    @Test
    void settingsHaveAnUpperBound() {
        Map<Runnable, String> bounds = Map.of(
                () -> builder().cacheMaxAge(Duration.ofMinutes(61)),
                        "cacheMaxAge is PT1H1M; allowed: from zero to 60 minutes",
                () -> builder().maintenanceInterval(Duration.ofHours(25)), "to 1440 minutes",
                () -> builder().stallThreshold(Duration.ZERO), "from one millisecond to 1440 minutes",
                () -> builder().operationTimeout(Duration.ofHours(25)), "to 1440 minutes",
                () -> builder().cacheSize(0), "cacheSize is 0; allowed: 1 to 10000000",
                () -> builder().cacheSize(10_000_001), "1 to 10000000");
        bounds.forEach((place, said) ->
                assertThatIllegalArgumentException().isThrownBy(place::run).withMessageContaining(said));
    }

    @Test
    void settingsThatContradictEachOtherAreRefusedAndStartNoThread() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder()
                        .defaultLifetime(Duration.ofDays(2))
                        .maxLifetime(Duration.ofDays(1))
                        .build())
                .withMessageStartingWith("defaultLifetime is ")
                .withMessageContaining("at most maxLifetime");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder()
                        .maintainedByHost()
                        .maintenanceOn(java.util.concurrent.Executors.newSingleThreadScheduledExecutor())
                        .build())
                .withMessageContaining("maintainedByHost")
                .withMessageContaining("maintenanceOn");
    }

    @Test
    void aKeyNeedsARoleOrPermissions() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KeySpec.builder("x").build())
                .withMessageContaining("role")
                .withMessageContaining("permissions(Set.of())");
    }

    @Test
    void anUpdateChangesSomething() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KeyUpdate.builder().ifVersion(1).build())
                .withMessageContaining("name")
                .withMessageContaining("metadata");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KeyUpdate.builder().ifVersion(0))
                .withMessageStartingWith("version is ")
                .withMessageContaining("allowed: 1 and more");
    }

    @Test
    void aChosenIdHasTheStandardForm() {
        for (String id :
                List.of("ak_1699999999", "ak_" + "8".repeat(26), "ak_" + "u".repeat(26), "ak_" + "0".repeat(25))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> KeySpec.builder("x").id(KeyId.of(id)))
                    .withMessageStartingWith("id is ")
                    .withMessageContaining("KeyId.random()");
        }
    }

    @Test
    void anIdHasAForm() {
        for (String id : new String[] {
            null, "", "ak_", "AK_1", "ak_A", "ak_1 ", "sk_1", "ak_\u0661", "ak_" + "1".repeat(62), "ak_1'; --"
        }) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> KeyId.of(id))
                    .withMessageStartingWith("id is ")
                    .withMessageContaining("ak_ and 1 to 61 lower-case letters or digits");
        }
    }

    static Stream<Arguments> refusedByTheManager() {
        return Stream.of(
                refused(
                        "role is \"nobody\"",
                        "one of [admin, ",
                        (keys, id) ->
                                keys.create(KeySpec.builder("x").role("nobody").build())),
                refused(
                        "permissions [admin, extra] are beyond the role read_only",
                        "allowed: [read]",
                        (keys, id) -> keys.create(KeySpec.builder("x")
                                .role("read_only")
                                .permissions(Set.of("read", "admin", "extra"))
                                .build())),
                refused(
                        "expiresIn is ",
                        "at most the maximum lifetime",
                        (keys, id) -> keys.create(KeySpec.builder("x")
                                .role("admin")
                                .expiresIn(Duration.ofDays(366))
                                .build())),
                refused(
                        "role is \"nobody\"",
                        "one of [admin, ",
                        (keys, id) -> keys.update(
                                id, KeyUpdate.builder().role("nobody").build())),
                refused(
                        "permissions [upload] are beyond the role read_only",
                        "allowed: [read]",
                        (keys, id) -> keys.update(
                                id, KeyUpdate.builder().role("read_only").build())),
                refused(
                        "permissions [admin] are beyond the role read_upload",
                        "allowed: [read, upload]",
                        (keys, id) -> keys.update(
                                id,
                                KeyUpdate.builder().permissions(Set.of("admin")).build())),
                refused(
                        "permissions [admin] are beyond the role read_upload",
                        "allowed: [read, upload]",
                        (keys, id) -> keys.permissionRepair().set(id, Set.of("admin"))),
                refused(
                        "expiresAt is ",
                        "a moment ahead",
                        (keys, id) -> keys.update(
                                id,
                                KeyUpdate.builder()
                                        .expiresAt(Instant.parse("2026-11-23T08:00:00Z"))
                                        .build())),
                refused(
                        "expiresAt is ",
                        "after creation",
                        (keys, id) -> keys.update(
                                id,
                                KeyUpdate.builder()
                                        .expiresAt(Instant.parse("2028-01-01T00:00:00Z"))
                                        .build())),
                refused(
                        "expiresAt is null",
                        "after creation",
                        (keys, id) -> keys.update(
                                id, KeyUpdate.builder().expiresAt(null).build())),
                refused(
                        "expiresAt is ",
                        "from 1970 to 9998",
                        (keys, id) -> KeyUpdate.builder().expiresAt(Instant.MAX)),
                refused(
                        "expiresAt is ",
                        "from 1970 to 9998",
                        (keys, id) -> KeyUpdate.builder().expiresAt(Instant.MIN)),
                refused("grace is ", "from zero", (keys, id) -> keys.rotate(id, Duration.ofMillis(-1))),
                refused("grace is ", "from zero", (keys, id) -> keys.rotate(id, null)),
                refused("grace is ", "36525 days", (keys, id) -> keys.rotate(id, Duration.ofDays(36_526))),
                refused(
                        "handOff is ",
                        "from one millisecond",
                        (keys, id) -> keys.rotate(id, Duration.ZERO, Duration.ZERO)),
                refused("reason is ", "1 to 500", (keys, id) -> keys.revokeAll(KeyQuery.all(), " ")),
                refused(
                        "limit is 0;",
                        "1 to 1000",
                        (keys, id) -> keys.list(KeyQuery.all().limit(0))),
                refused(
                        "limit is 10000;",
                        "1 to 1000",
                        (keys, id) -> keys.list(KeyQuery.all().limit(10_000))),
                refused(
                        "owner is ",
                        "1 to 200",
                        (keys, id) -> keys.list(KeyQuery.all().owner(""))),
                refused(
                        "within is ",
                        "from one millisecond",
                        (keys, id) -> keys.vault().put(id, Secret.of("x"), Duration.ZERO)),
                refused(
                        "secret has 257 bytes",
                        "at most 256",
                        (keys, id) -> keys.vault().put(id, Secret.of("x".repeat(257)), Duration.ofMinutes(1))));
    }

    private static Arguments refused(String said, String allowed, BiFunction<ApiKeyManager, KeyId, Object> misuse) {
        return arguments(said, allowed, misuse);
    }

    @ParameterizedTest
    @MethodSource("refusedByTheManager")
    void misuseOfTheManagerIsRefusedAndChangesNothing(
            String said, String allowed, BiFunction<ApiKeyManager, KeyId, Object> misuse) {
        List<KeyRow> rows = service.store.rows();
        List<TempRow> temp = service.temp.rows();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> misuse.apply(keys, existing.id()))
                .withMessageStartingWith(said)
                .withMessageContaining(allowed);

        assertThat(service.store.rows()).isEqualTo(rows);
        assertThat(service.temp.rows()).isEqualTo(temp);
        assertThat(service.store.hooks.calls("write")).isOne();
    }

    @Test
    void theMaximumLifetimeAlsoBindsAKeyWhoseCreationCannotBeRead() {
        service.edit(existing.id(), "createdAt", KeyRow.UNREADABLE);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> keys.update(
                        existing.id(),
                        KeyUpdate.builder()
                                .expiresAt(Instant.parse("9000-01-01T00:00:00Z"))
                                .build()))
                .withMessageContaining("after creation");
    }

    @Test
    void aCursorFromElsewhereIsRefused() {
        for (String cursor : List.of(
                "",
                "ak_1",
                "0",
                "!!!",
                "after:ak_1",
                "\u00e9",
                Base64.getEncoder().encodeToString("before:ak_1".getBytes(StandardCharsets.UTF_8)),
                Base64.getEncoder().encodeToString("after:".getBytes(StandardCharsets.UTF_8)),
                "x".repeat(100_000))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> KeyQuery.all().after(cursor))
                    .withMessageStartingWith("cursor is ")
                    .withMessageContaining("what Page.next() gave");
        }
    }

    static Stream<Arguments> nulls() {
        return Stream.of(
                isNull("store", (keys, id) -> ApiKeys.builder(null)),
                isNull("tempKeys", (keys, id) -> builder().handOff(null)),
                isNull("roles", (keys, id) -> builder().roles(null)),
                isNull("authorizer", (keys, id) -> builder().authorizer(null)),
                isNull("pepper", (keys, id) -> builder().pepper(null)),
                isNull("pepper", (keys, id) -> builder().retiredPepper(null)),
                isNull("format", (keys, id) -> builder().alsoAccept(null)),
                isNull("listener", (keys, id) -> builder().listener(null)),
                isNull("scheduler", (keys, id) -> builder().maintenanceOn(null)),
                isNull("clock", (keys, id) -> builder().clock(null)),
                isNull("nanos", (keys, id) -> builder().ticker(null)),
                isNull("bytes", (keys, id) -> Pepper.of("p", null)),
                isNull("text", (keys, id) -> Secret.of(null)),
                isNull("id", (keys, id) -> KeySpec.builder("x").id(null)),
                isNull("spec", (keys, id) -> keys.create(null)),
                isNull("specs", (keys, id) -> keys.createAll(null)),
                isNull("specs", (keys, id) -> keys.createAll(Arrays.asList(spec(), null))),
                isNull("access", (keys, id) -> keys.verify("x", null)),
                isNull("other", (keys, id) -> Access.permission("a").and(null)),
                isNull("id", (keys, id) -> keys.find(null)),
                isNull(
                        "id",
                        (keys, id) ->
                                keys.update(null, KeyUpdate.builder().name("x").build())),
                isNull("update", (keys, id) -> keys.update(id, null)),
                isNull("id", (keys, id) -> keys.rotate(null, Duration.ZERO)),
                isNull("id", (keys, id) -> keys.revoke(null, "x")),
                isNull("query", (keys, id) -> keys.revokeAll(null, "x")),
                isNull("query", (keys, id) -> keys.list(null)),
                isNull("status", (keys, id) -> KeyQuery.all().status(null)),
                isNull("cursor", (keys, id) -> KeyQuery.all().after(null)),
                isNull("id", (keys, id) -> keys.disable(null)),
                isNull("id", (keys, id) -> keys.enable(null)),
                isNull("id", (keys, id) -> keys.delete(null)),
                isNull("keyId", (keys, id) -> keys.vault().put(null, Secret.of("x"), Duration.ofMinutes(1))),
                isNull("secret", (keys, id) -> keys.vault().put(id, null, Duration.ofMinutes(1))),
                isNull("ticket", (keys, id) -> keys.vault().claim(null)),
                isNull("keyId", (keys, id) -> keys.vault().peek(null)),
                isNull("keyId", (keys, id) -> keys.vault().discard(null)),
                isNull("query", (keys, id) -> keys.permissionRepair().inspect(null)),
                isNull("query", (keys, id) -> keys.permissionRepair().apply(null)),
                isNull("id", (keys, id) -> keys.permissionRepair().set(null, Set.of())));
    }

    private static Arguments isNull(String argument, BiFunction<ApiKeyManager, KeyId, Object> misuse) {
        return arguments(argument, misuse);
    }

    @ParameterizedTest
    @MethodSource("nulls")
    void nullIsRefusedByName(String argument, BiFunction<ApiKeyManager, KeyId, Object> misuse) {
        assertThatExceptionOfType(NullPointerException.class)
                .isThrownBy(() -> misuse.apply(keys, existing.id()))
                .withMessage(argument);
        assertThat(service.store.hooks.calls("write")).isOne();
    }

    @Test
    void aSecretIsNotShownWhereItIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> Secret.of("")).withMessageContaining("at least one");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> keys.vault().put(existing.id(), Secret.of("s3cr3t".repeat(100)), Duration.ofMinutes(1)))
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("s3cr3t"));
    }

    @Test
    void anIdThatDoesNotExistIsNotFound() {
        KeyId id = KeyId.random();
        for (Runnable call : List.<Runnable>of(
                () -> keys.update(id, KeyUpdate.builder().name("x").build()),
                () -> keys.rotate(id, Duration.ZERO),
                () -> keys.rotate(id, Duration.ZERO, Duration.ofMinutes(1)),
                () -> keys.revoke(id, "x"),
                () -> keys.disable(id),
                () -> keys.enable(id),
                () -> keys.permissionRepair().set(id, Set.of()))) {
            assertThatExceptionOfType(KeyNotFoundException.class)
                    .isThrownBy(call::run)
                    .withMessageContaining(id.value())
                    .withMessageContaining("nothing was changed")
                    .satisfies(e -> assertThat(e.keyId()).isEqualTo(id));
        }
        assertThat(keys.find(id)).isEmpty();
        assertThat(keys.delete(id)).isFalse();
        assertThat(keys.vault().peek(id)).isEmpty();
        assertThat(keys.vault().discard(id)).isFalse();
        assertThat(service.store.rows()).hasSize(1);
        assertThat(service.temp.rows()).hasSize(1);
    }
}
