package dev.apikeys;

import static dev.apikeys.Service.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.KeyStatus;
import dev.apikeys.spi.TempRow;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
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
import org.junit.jupiter.params.provider.ValueSource;

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
        places.put("reason of all", (keys, text) -> keys.revokeAll(KeyQuery.all(), text));
        places.put("owner of a query", (keys, text) -> KeyQuery.all().owner(text));
        places.put("owner of a precondition", (keys, text) -> Precondition.owner(text));
        places.put(
                "owner of a second precondition",
                (keys, text) -> Precondition.version(1).owner(text));
        places.put("createdBy", (keys, text) -> KeyQuery.all().createdBy(text));
        places.put("actor", (keys, text) -> Actor.of(text));
        places.put("via", (keys, text) -> Actor.of("x").via(text));
        places.put("requestId", (keys, text) -> Actor.of("x").requestId(text));
        places.put("actor of a query", (keys, text) -> JournalQuery.all().actor(text));
        Map<String, Integer> limits = Map.of("description", 2_000, "reason", 500);
        return places.entrySet().stream().flatMap(place -> {
            String argument = place.getKey().split(" ")[0];
            int limit = limits.getOrDefault(argument, 200);
            return Stream.concat(
                            badTexts(),
                            Stream.of("x".repeat(limit + 1), UTF16_PAIR.repeat(limit + 1), "x".repeat(1 << 20)))
                    .map(text -> arguments(argument, limit, place.getValue(), text));
        });
    }

    @ParameterizedTest
    @MethodSource("texts")
    void textsAreRefused(String argument, int limit, BiFunction<ApiKeyManager, String, Object> place, String text) {
        assertThatExceptionOfType(InvalidArgumentException.class)
                .isThrownBy(() -> place.apply(keys, text))
                .withMessageStartingWith(argument + " is ")
                .withMessageContaining("allowed: 1 to " + limit + " code points")
                .satisfies(e -> assertThat(e.argument()).isEqualTo(argument))
                .satisfies(e -> assertThat(e.getMessage())
                        .endsWith("; allowed: " + e.allowed())
                        .hasSizeLessThan(400)
                        .matches("\\p{Print}+|.*\u2026.*"));
    }

    static Stream<String> badSearches() {
        return Stream.of(
                null,
                "",
                " ",
                "\u2003\u00a0 ",
                "a\nb",
                "a\0b",
                "a\u0085b",
                "a\ud800",
                "\udc00a",
                "x".repeat(201),
                "x".repeat(1 << 20));
    }

    @ParameterizedTest
    @MethodSource("badSearches")
    void aTextToSearchForIsRefused(String text) {
        assertThatExceptionOfType(InvalidArgumentException.class)
                .isThrownBy(() -> KeyQuery.all().matching(text))
                .withMessageStartingWith("matching is ")
                .withMessageContaining("allowed: 1 to 200 code points, not blanks alone")
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
    }

    /** Patterns of SQL, of regular expressions and of shells are texts like any other. */
    @ParameterizedTest
    @ValueSource(strings = {"%", "\\", "100%", "a_b", "\\%", ".*", "*", "'; --", "[a-z]", " x", "x ", "\uD83D\uDE80"})
    void whatMatchesIsTheTextItself(String text) {
        CreatedKey with = keys.create(
                KeySpec.builder("with >" + text + "< in it").role("admin").build());
        keys.create(KeySpec.builder("axb 100 \u00dc").role("admin").build());

        assertThat(keys.list(KeyQuery.all().matching(text)).items())
                .extracting(ApiKey::id)
                .containsExactly(with.id());
    }

    @Test
    void matchingIgnoresTheCaseOfAToZAlone() {
        KeyId id = keys.create(
                        KeySpec.builder("Deploy \u00dcbung").role("admin").build())
                .id();

        for (String text : List.of("dEPLOY \u00dc", "deploy \u00dcB", id.value().substring(10))) {
            assertThat(keys.list(KeyQuery.all().matching(text)).items())
                    .as(text)
                    .extracting(ApiKey::id)
                    .containsExactly(id);
        }
        assertThat(keys.list(KeyQuery.all().matching("\u00fcbung")).items()).isEmpty();
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
                () -> KeyUpdate.builder().role(name == null ? "" : name),
                () -> Roles.none().with(name, "a"))) {
            assertThatExceptionOfType(InvalidArgumentException.class)
                    .isThrownBy(place::run)
                    .withMessageStartingWith("role")
                    .withMessageContaining("allowed: [a-z][a-z0-9_.:-]{0,63}");
        }
        for (Runnable place : List.<Runnable>of(
                () -> KeySpec.builder("x").permissions(new HashSet<>(Arrays.asList("a", name))),
                () -> KeyUpdate.builder().permissions(new HashSet<>(Arrays.asList(name))),
                () -> Roles.none().with("a", "a", name),
                () -> keys.permissionRepair().set(existing.id(), new HashSet<>(Arrays.asList(name))))) {
            assertThatExceptionOfType(InvalidArgumentException.class)
                    .isThrownBy(place::run)
                    .withMessageStartingWith("permissions")
                    .withMessageContaining("allowed: [a-z][a-z0-9_.:-]{0,63}");
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
            assertThatExceptionOfType(InvalidArgumentException.class)
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
        assertThatExceptionOfType(InvalidArgumentException.class)
                .isThrownBy(() -> KeySpec.builder("x").metadata(metadata))
                .withMessageStartingWith("metadata")
                .withMessageContaining(allowed)
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
        assertThatExceptionOfType(InvalidArgumentException.class)
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
                "journalRetention", value -> builder().journalRetention(value),
                "maintenanceInterval", value -> builder().maintenanceInterval(value),
                "maintenanceBudget", value -> builder().maintenanceBudget(value),
                "stallThreshold", value -> builder().stallThreshold(value),
                "operationTimeout", value -> builder().operationTimeout(value));
        Map<String, Consumer<Duration>> positiveToo = Map.of(
                "followInterval", value -> builder().followInterval(value),
                "handOff", value -> Rotation.immediate().handOff(value),
                "expiresIn", value -> Rotation.immediate().expiresIn(value));
        Map<String, Consumer<Duration>> notNegative = Map.of(
                "cacheMaxAge", value -> builder().cacheMaxAge(value),
                "cacheLifetime", value -> builder().cacheLifetime(value),
                "staleOnOutage", value -> builder().staleOnOutage(value),
                "maxGrace", value -> builder().maxGrace(value),
                "grace", Rotation::withGrace);
        return Stream.concat(
                Stream.of(positive, positiveToo)
                        .flatMap(places -> places.entrySet().stream())
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
        assertThatExceptionOfType(InvalidArgumentException.class)
                .isThrownBy(() -> place.accept(value))
                .withMessageStartingWith(argument + " is ")
                .withMessageContaining("allowed: ");
    }

    @Test
    void settingsHaveAnUpperBound() {
        Map<Runnable, String> bounds = Map.of(
                () -> builder().cacheMaxAge(Duration.ofMinutes(61)),
                        "cacheMaxAge is PT1H1M; allowed: from zero to 60 minutes",
                () -> builder().cacheLifetime(Duration.ofMinutes(61)),
                        "cacheLifetime is PT1H1M; allowed: from zero to 60 minutes",
                () -> builder().followInterval(Duration.ofMinutes(31)),
                        "followInterval is PT31M; allowed: from one millisecond to 30 minutes",
                () -> builder().staleOnOutage(Duration.ofHours(25)), "from zero to 1440 minutes",
                () -> builder().maintenanceBudget(Duration.ofHours(25)), "to 1440 minutes",
                () -> builder().maintenanceInterval(Duration.ofHours(25)), "to 1440 minutes",
                () -> builder().stallThreshold(Duration.ZERO), "from one millisecond to 1440 minutes",
                () -> builder().operationTimeout(Duration.ofHours(25)), "to 1440 minutes",
                () -> builder().cacheSize(0), "cacheSize is 0; allowed: 1 to 10000000",
                () -> builder().cacheSize(10_000_001), "1 to 10000000");
        bounds.forEach((place, said) -> assertThatExceptionOfType(InvalidArgumentException.class)
                .isThrownBy(place::run)
                .withMessageContaining(said));
    }

    @Test
    void settingsThatContradictEachOtherAreRefusedAndStartNoThread() {
        assertThatExceptionOfType(InvalidArgumentException.class)
                .isThrownBy(() -> builder()
                        .defaultLifetime(Duration.ofDays(2))
                        .maxLifetime(Duration.ofDays(1))
                        .build())
                .withMessageStartingWith("defaultLifetime is ")
                .withMessageContaining("at most maxLifetime");
        assertThatExceptionOfType(InvalidArgumentException.class)
                .isThrownBy(() -> builder()
                        .maintainedByHost()
                        .maintenanceOn(java.util.concurrent.Executors.newSingleThreadScheduledExecutor())
                        .build())
                .withMessageContaining("maintainedByHost")
                .withMessageContaining("maintenanceOn");
    }

    @Test
    void aKeyNeedsARoleOrPermissions() {
        assertThatExceptionOfType(InvalidArgumentException.class)
                .isThrownBy(() -> KeySpec.builder("x").build())
                .withMessageContaining("role")
                .withMessageContaining("permissions(Set.of())");
    }

    @Test
    void anUpdateChangesSomething() {
        assertThatExceptionOfType(InvalidArgumentException.class)
                .isThrownBy(() -> KeyUpdate.builder().build())
                .withMessageContaining("name")
                .withMessageContaining("revokedFrom");
    }

    @Test
    void aVersionIsAtLeastOne() {
        for (long version : new long[] {0, -1, Long.MIN_VALUE}) {
            for (Runnable place : List.<Runnable>of(
                    () -> Precondition.version(version),
                    () -> Precondition.owner("a").version(version))) {
                assertThatExceptionOfType(InvalidArgumentException.class)
                        .isThrownBy(place::run)
                        .withMessage("version is " + version + "; allowed: 1 and more");
            }
        }
    }

    /** The owner is looked at first, and nothing is told of a key of another one. */
    @Test
    void oneOfTwoFailedPreconditionsIsReported() {
        CreatedKey owned =
                keys.create(KeySpec.builder("x").owner("team-a").role("admin").build());
        ApiKeyManager view = keys.provided(Precondition.version(7).owner("team-b"));
        for (Runnable change : List.<Runnable>of(
                () -> view.disable(owned.id()),
                () -> view.enable(owned.id()),
                () -> view.revoke(owned.id(), "x"),
                () -> view.delete(owned.id()),
                () -> view.rotate(owned.id(), Rotation.immediate()),
                () -> view.update(owned.id(), KeyUpdate.builder().name("y").build()),
                () -> view.permissionRepair().set(owned.id(), Set.of()))) {
            assertThatExceptionOfType(ConflictException.class)
                    .isThrownBy(change::run)
                    .satisfies(e -> assertThat(e.reason()).isEqualTo(ConflictException.Reason.OWNER))
                    .satisfies(e -> assertThat(e.getMessage()).doesNotContain("team-a", "version"));
        }
        assertThatExceptionOfType(ConflictException.class)
                .isThrownBy(() ->
                        keys.provided(Precondition.owner("team-a").version(7)).disable(owned.id()))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(ConflictException.Reason.VERSION));
        assertThat(keys.find(owned.id())).contains(owned.key());
    }

    @Test
    void disuseIsAskedForOnlyFromAnHourAgoOn() {
        Instant now = service.time.instant();
        for (Instant moment : List.of(
                now.minus(Duration.ofHours(1)).plusMillis(1),
                now,
                now.plusSeconds(1),
                Instant.parse("9998-01-01T00:00:00Z"))) {
            KeyQuery query = KeyQuery.all().unusedSince(moment);
            for (Runnable place : List.<Runnable>of(
                    () -> keys.list(query),
                    () -> keys.count(query, 1),
                    () -> keys.revokeAll(query, "unused"),
                    () -> keys.permissionRepair().inspect(query),
                    () -> keys.permissionRepair().apply(query))) {
                assertThatExceptionOfType(InvalidArgumentException.class)
                        .isThrownBy(place::run)
                        .withMessage("unusedSince is " + moment + "; allowed: at least an hour ago");
            }
        }
        assertThat(keys.list(KeyQuery.all().unusedSince(now.minus(Duration.ofHours(1))))
                        .items())
                .isEmpty();
        assertThat(service.store.hooks.calls("write")).isOne();
    }

    @Test
    void momentsAreThoseThatEveryDatabaseKnows() {
        for (Instant moment : new Instant[] {
            null, Instant.MIN, Instant.MAX, Instant.ofEpochMilli(-1), Instant.parse("9999-01-01T00:00:00Z")
        }) {
            List<Map.Entry<String, Runnable>> places = List.of(
                    Map.entry("endingBefore", () -> KeyQuery.all().endingBefore(moment)),
                    Map.entry("unusedSince", () -> KeyQuery.all().unusedSince(moment)),
                    Map.entry("unusedSince", () -> Precondition.unusedSince(moment)),
                    Map.entry("from", () -> JournalQuery.all().from(moment)),
                    Map.entry("until", () -> JournalQuery.all().until(moment)),
                    Map.entry("expiresAt", () -> KeySpec.builder("x").expiresAt(moment)),
                    Map.entry("revokedFrom", () -> KeyUpdate.builder().revokedFrom(moment)));
            places.forEach(place -> assertThatExceptionOfType(InvalidArgumentException.class)
                    .isThrownBy(place.getValue()::run)
                    .withMessageStartingWith(place.getKey() + " is ")
                    .withMessageContaining("from 1970 to 9998"));
        }
    }

    /** What is told of a refused or stored actor is told to the readers of a log. */
    @Test
    void aSecretInAnActorIsShownNowhere() {
        String secret = existing.secret().reveal();
        String ticket = existing.handOff().orElseThrow().ticket().reveal();
        for (String token : List.of(secret, ticket, "sk_" + "0123456789abcdef".repeat(4))) {
            String random = token.substring(token.length() - 43);
            Actor actor = Actor.of("bearer " + token).via(token).requestId("id=" + token);
            assertThat(actor.toString()).doesNotContain(random).contains("***");
            assertThat(KeyQuery.all()
                            .matching(token)
                            .createdBy(token)
                            .owner(token)
                            .toString())
                    .doesNotContain(random);
            assertThat(JournalQuery.all().actor(token).toString()).doesNotContain(random);
            assertThat(Precondition.owner(token).toString()).doesNotContain(random);
            assertThat(KeySpec.builder(token)
                            .description(token)
                            .owner(token)
                            .metadata(Map.of(token, token))
                            .role("admin")
                            .build()
                            .toString())
                    .doesNotContain(random);
            for (Runnable place : List.<Runnable>of(
                    () -> Actor.of(token + " "),
                    () -> Actor.of("x").via(token + "\n"),
                    () -> KeyQuery.all().matching(token + "\0"))) {
                assertThatExceptionOfType(InvalidArgumentException.class)
                        .isThrownBy(place::run)
                        .satisfies(e -> assertThat(e.getMessage()).doesNotContain(random, random.substring(0, 16)));
            }
            keys.as(actor).disable(existing.id());
            keys.as(actor).enable(existing.id());
            assertThat(service.store.journal().toString()
                            + service.store.journal().stream()
                                    .map(row -> row.actor() + row.via() + row.requestId() + row.details())
                                    .toList())
                    .doesNotContain(random);
            assertThat(keys.journal(JournalQuery.all()).items().toString()).doesNotContain(random);
            assertThat(keys.as(actor).create(spec()).key().createdBy()).doesNotContain(random);
        }
    }

    @Test
    void aChosenIdHasTheStandardForm() {
        for (String id :
                List.of("ak_1699999999", "ak_" + "8".repeat(26), "ak_" + "u".repeat(26), "ak_" + "0".repeat(25))) {
            assertThatExceptionOfType(InvalidArgumentException.class)
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
            assertThatExceptionOfType(InvalidArgumentException.class)
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
                refused(
                        "grace is ",
                        "from zero",
                        (keys, id) -> keys.rotate(id, Rotation.withGrace(Duration.ofMillis(-1)))),
                refused("grace is ", "from zero", (keys, id) -> keys.rotate(id, Rotation.withGrace(null))),
                refused(
                        "grace is ",
                        "36525 days",
                        (keys, id) -> keys.rotate(id, Rotation.withGrace(Duration.ofDays(36_526)))),
                refused(
                        "handOff is ",
                        "from one millisecond",
                        (keys, id) -> keys.rotate(id, Rotation.immediate().handOff(Duration.ZERO))),
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

        assertThatExceptionOfType(InvalidArgumentException.class)
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

        assertThatExceptionOfType(InvalidArgumentException.class)
                .isThrownBy(() -> keys.update(
                        existing.id(),
                        KeyUpdate.builder()
                                .expiresAt(Instant.parse("9000-01-01T00:00:00Z"))
                                .build()))
                .withMessageContaining("after creation");
    }

    @Test
    void aCursorFromElsewhereIsRefused() {
        String journal = JournalQuery.all().cursor(new JournalRow.Position(5, "a"));
        for (String cursor : new String[] {
            null,
            "",
            "o",
            "o.A",
            "o.\u00e9",
            "o~!",
            "o~AA",
            "o~AAA",
            "o:ak_1",
            "x.ak_1",
            "ak_1",
            "0",
            "!!!",
            "\u00e9",
            journal,
            "x".repeat(100_000),
            "o." + "x".repeat(100_000)
        }) {
            assertThatExceptionOfType(InvalidArgumentException.class)
                    .isThrownBy(() -> KeyQuery.all().after(cursor))
                    .withMessageStartingWith("cursor is ")
                    .withMessageContaining("what Page.next() returned")
                    .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(200));
        }
        for (String cursor : new String[] {
            null,
            "",
            "j",
            "j.",
            "j.x",
            "j..a",
            "j.5",
            "j.-",
            "j.99999999999999999999.a",
            "o.ak_1",
            KeyQuery.all().cursor("ak_1")
        }) {
            assertThatExceptionOfType(InvalidArgumentException.class)
                    .isThrownBy(() -> JournalQuery.all().after(cursor))
                    .withMessageStartingWith("cursor is ");
        }
    }

    /** It would lead to where the other list begins, and what is between would be missing. */
    @Test
    void aCursorOfTheOtherOrderIsRefusedWhereverTheOrderIsSet() {
        String oldest = KeyQuery.all().cursor(existing.id().value());
        String newest = KeyQuery.all().newestFirst().cursor(existing.id().value());
        for (KeyQuery query : List.of(
                KeyQuery.all().after(newest),
                KeyQuery.all().newestFirst().after(oldest),
                KeyQuery.all().after(oldest).newestFirst())) {
            for (Runnable place : List.<Runnable>of(
                    () -> keys.list(query),
                    () -> keys.count(query, 1),
                    () -> keys.revokeAll(query, "x"),
                    () -> keys.permissionRepair().inspect(query))) {
                assertThatExceptionOfType(InvalidArgumentException.class)
                        .isThrownBy(place::run)
                        .withMessageStartingWith("cursor is ")
                        .withMessageContaining("for a query of the same order");
            }
        }
        assertThat(keys.list(KeyQuery.all().after(oldest)).items()).isEmpty();
        assertThat(keys.list(KeyQuery.all().after(newest).newestFirst()).items())
                .isEmpty();
    }

    /** It would lead to where the other list is, and keys before it would be missing. */
    @Test
    void aCursorOfOtherConditionsIsRefused() {
        List<KeyQuery> queries = List.of(
                KeyQuery.all(),
                KeyQuery.all().owner("team-a"),
                KeyQuery.all().owner("team-b"),
                KeyQuery.all().createdBy("team-a"),
                KeyQuery.all().matching("team-a"),
                KeyQuery.all().role("admin"),
                KeyQuery.all().status(KeyStatus.ACTIVE),
                KeyQuery.all().status(KeyStatus.REVOKED),
                KeyQuery.all().owner("team-a").role("admin"));
        for (KeyQuery one : queries) {
            for (KeyQuery other : queries) {
                KeyQuery query = other.after(one.cursor(existing.id().value()));
                if (one == other) {
                    assertThat(keys.list(query).items()).isEmpty();
                } else {
                    assertThatExceptionOfType(InvalidArgumentException.class)
                            .isThrownBy(() -> keys.list(query))
                            .withMessageStartingWith("cursor is ")
                            .withMessageContaining("conditions");
                }
            }
        }
    }

    @Test
    void aCursorOfTheJournalOfAnotherKeyOrActorIsRefused() {
        JournalRow.Position position = new JournalRow.Position(5, "a");
        List<JournalQuery> queries = List.of(
                JournalQuery.all(),
                JournalQuery.all().key(KeyId.of("ak_1")),
                JournalQuery.all().key(KeyId.of("ak_2")),
                JournalQuery.all().actor("ak_1"));
        for (JournalQuery one : queries) {
            for (JournalQuery other : queries) {
                JournalQuery query = other.after(one.cursor(position));
                if (one == other) {
                    assertThat(keys.journal(query).items()).isEmpty();
                } else {
                    assertThatExceptionOfType(InvalidArgumentException.class)
                            .isThrownBy(() -> keys.journal(query))
                            .withMessageStartingWith("cursor is ");
                }
            }
        }
    }

    /** A caller that asks for the last 30 days asks for another moment with each page. */
    @Test
    void aCursorGoesWithAMomentThatHasMovedOn() {
        Instant moment = service.time.instant().minus(Duration.ofDays(1));
        KeyQuery query = KeyQuery.all().endingBefore(moment).unusedSince(moment);
        JournalQuery journal = JournalQuery.all().from(moment).until(moment);
        String cursor = query.cursor(existing.id().value());

        assertThat(keys.list(KeyQuery.all()
                                .endingBefore(moment.plusMillis(1))
                                .unusedSince(moment.plusMillis(1))
                                .after(cursor))
                        .items())
                .isEmpty();
        assertThat(keys.journal(JournalQuery.all()
                                .from(moment.plusMillis(1))
                                .until(moment.plusMillis(2))
                                .after(journal.cursor(new JournalRow.Position(5, "a"))))
                        .items())
                .isEmpty();
    }

    @Test
    void limitsAreOneToAThousandAndCountsUpToTenThousand() {
        for (int limit : new int[] {0, -1, 1_001, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            for (Runnable place : List.<Runnable>of(
                    () -> KeyQuery.all().limit(limit), () -> JournalQuery.all().limit(limit))) {
                assertThatExceptionOfType(InvalidArgumentException.class)
                        .isThrownBy(place::run)
                        .withMessage("limit is " + limit + "; allowed: 1 to 1000");
            }
        }
        for (int atMost : new int[] {0, -1, 10_001, Integer.MAX_VALUE}) {
            assertThatExceptionOfType(InvalidArgumentException.class)
                    .isThrownBy(() -> keys.count(KeyQuery.all(), atMost))
                    .withMessage("atMost is " + atMost + "; allowed: 1 to 10000");
        }
        assertThat(keys.count(KeyQuery.all(), 10_000)).isOne();
    }

    @Test
    void aRequestGoesWithTheCallThatItWasMadeFor() {
        assertThatExceptionOfType(InvalidArgumentException.class)
                .isThrownBy(() -> keys.verify(VerificationRequest.forProof()))
                .withMessageContaining("VerificationRequest.of");
        assertThatExceptionOfType(InvalidArgumentException.class)
                .isThrownBy(() -> keys.authorize(new Proof(existing.id(), Instant.EPOCH), VerificationRequest.of("x")))
                .withMessageContaining("VerificationRequest.forProof");
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
                isNull("id", (keys, id) -> keys.rotate(null, Rotation.immediate())),
                isNull("rotation", (keys, id) -> keys.rotate(id, null)),
                isNull("id", (keys, id) -> Rotation.immediate().id(null)),
                isNull("request", (keys, id) -> keys.verify((VerificationRequest) null)),
                isNull("proof", (keys, id) -> keys.authorize(null, VerificationRequest.forProof())),
                isNull("request", (keys, id) -> keys.authorize(new Proof(id, Instant.EPOCH), null)),
                isNull("access", (keys, id) -> VerificationRequest.forProof().access(null)),
                isNull("actor", (keys, id) -> keys.as(null)),
                isNull("precondition", (keys, id) -> keys.provided(null)),
                isNull("query", (keys, id) -> keys.journal(null)),
                isNull("query", (keys, id) -> keys.count(null, 1)),
                isNull("id", (keys, id) -> JournalQuery.all().key(null)),
                isNull("codec", (keys, id) -> builder().permissionCodec(null)),
                isNull("listener", (keys, id) -> builder().operationListener(null)),
                isNull("id", (keys, id) -> keys.revoke(null, "x")),
                isNull("query", (keys, id) -> keys.revokeAll(null, "x")),
                isNull("query", (keys, id) -> keys.list(null)),
                isNull("status", (keys, id) -> KeyQuery.all().status(null)),
                isNull("id", (keys, id) -> keys.disable(null)),
                isNull("id", (keys, id) -> keys.enable(null)),
                isNull("id", (keys, id) -> keys.delete(null)),
                isNull("keyId", (keys, id) -> keys.vault().put(null, Secret.of("x"), Duration.ofMinutes(1))),
                isNull("secret", (keys, id) -> keys.vault().put(id, null, Duration.ofMinutes(1))),
                isNull("keyId", (keys, id) -> keys.vault().handOffStatus(null)),
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
        assertThatExceptionOfType(InvalidArgumentException.class)
                .isThrownBy(() -> Secret.of(""))
                .withMessageContaining("at least one");
        assertThatExceptionOfType(InvalidArgumentException.class)
                .isThrownBy(
                        () -> keys.vault().put(existing.id(), Secret.of("s3cr3t".repeat(100)), Duration.ofMinutes(1)))
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("s3cr3t"));
    }

    @Test
    void aSecretIsNotShownWhereAnIdIsExpected() {
        String secret = keys.create(Service.spec()).secret().reveal();
        String imported = "sk_" + "fedcba9876543210".repeat(4);
        String ticket = "ho_" + "Zq7".repeat(14) + "x";
        for (String text : List.of(secret, imported, ticket)) {
            assertThatExceptionOfType(InvalidArgumentException.class)
                    .isThrownBy(() -> KeyId.of(text))
                    .withMessageContaining("(" + text.length() + " characters)")
                    .satisfies(e -> assertThat(e.getMessage()).doesNotContain(text.substring(0, 4)));
        }
    }

    /** A text is a value, like a name or an owner. */
    @Test
    void noTicketIsRefusedByName() {
        assertThatExceptionOfType(InvalidArgumentException.class)
                .isThrownBy(() -> keys.vault().claim(null))
                .withMessageStartingWith("ticket is null");
    }

    @Test
    void anIdThatDoesNotExistIsNotFound() {
        KeyId id = KeyId.random();
        for (Runnable call : List.<Runnable>of(
                () -> keys.update(id, KeyUpdate.builder().name("x").build()),
                () -> keys.rotate(id, Rotation.immediate()),
                () -> keys.rotate(id, Rotation.immediate().handOff(Duration.ofMinutes(1))),
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
        assertThat(keys.vault().handOffStatus(id)).isEqualTo(new TempKeyVault.Status.None());
        assertThat(keys.vault().discard(id)).isFalse();
        assertThat(service.store.rows()).hasSize(1);
        assertThat(service.temp.rows()).hasSize(1);
    }
}
