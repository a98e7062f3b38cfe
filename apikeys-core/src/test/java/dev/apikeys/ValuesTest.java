package dev.apikeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.apikeys.spi.KeyStatus;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What callers hand in can be compared by a test and looked at by a decorator. */
class ValuesTest {
    private static final KeyId ID = KeyId.of("ak_01kaqdt1v00000000000000001");
    private static final KeyId OTHER_ID = KeyId.of("ak_01kaqdt1v00000000000000002");
    private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
    private static final Duration HOUR = Duration.ofHours(1);

    /** Of each type, values that differ in one thing each. */
    static Stream<Named<List<Supplier<Object>>>> values() {
        return Stream.of(
                of(
                        "KeySpec",
                        () -> spec("a").build(),
                        () -> spec("b").build(),
                        () -> spec("a").description("d").build(),
                        () -> spec("a").owner("o").build(),
                        () -> KeySpec.builder("a").role("read_only").build(),
                        () -> spec("a").permissions(Set.of()).build(),
                        () -> spec("a").permissions(Set.of("read")).build(),
                        () -> spec("a").expiresIn(HOUR).build(),
                        () -> spec("a").expiresAt(NOON).build(),
                        () -> spec("a").neverExpires().build(),
                        () -> spec("a").handOff(HOUR).build(),
                        () -> spec("a").metadata(Map.of("k", "v")).build(),
                        () -> spec("a").id(ID).build()),
                of(
                        "KeyUpdate",
                        () -> KeyUpdate.builder().name("a").build(),
                        () -> KeyUpdate.builder().name("b").build(),
                        () -> KeyUpdate.builder().description("a").build(),
                        () -> KeyUpdate.builder().description(null).build(),
                        () -> KeyUpdate.builder().owner("a").build(),
                        () -> KeyUpdate.builder().owner(null).build(),
                        () -> KeyUpdate.builder().role("a").build(),
                        () -> KeyUpdate.builder().role(null).build(),
                        () -> KeyUpdate.builder().permissions(Set.of()).build(),
                        () -> KeyUpdate.builder().permissions(Set.of("a")).build(),
                        () -> KeyUpdate.builder().expiresAt(NOON).build(),
                        () -> KeyUpdate.builder().expiresAt(null).build(),
                        () -> KeyUpdate.builder().revokedFrom(NOON).build(),
                        () -> KeyUpdate.builder().metadata(Map.of()).build(),
                        () -> KeyUpdate.builder().metadata(Map.of("a", "b")).build()),
                of(
                        "KeyQuery",
                        KeyQuery::all,
                        () -> KeyQuery.all().owner("a"),
                        () -> KeyQuery.all().owner("b"),
                        () -> KeyQuery.all().role("a"),
                        () -> KeyQuery.all().status(KeyStatus.ACTIVE),
                        () -> KeyQuery.all().createdBy("a"),
                        () -> KeyQuery.all().matching("a"),
                        () -> KeyQuery.all().endingBefore(NOON),
                        () -> KeyQuery.all().unusedSince(NOON),
                        () -> KeyQuery.all().newestFirst(),
                        () -> KeyQuery.all().limit(99),
                        () -> KeyQuery.all().after(KeyQuery.all().cursor(ID.value()))),
                of(
                        "JournalQuery",
                        JournalQuery::all,
                        () -> JournalQuery.all().key(ID),
                        () -> JournalQuery.all().key(OTHER_ID),
                        () -> JournalQuery.all().actor("a"),
                        () -> JournalQuery.all().from(NOON),
                        () -> JournalQuery.all().until(NOON),
                        () -> JournalQuery.all().limit(99),
                        () -> JournalQuery.all().after("j.1.a")),
                of(
                        "VerificationRequest",
                        () -> VerificationRequest.of("presented"),
                        () -> VerificationRequest.of("presented").access(Access.permission("read")),
                        () -> VerificationRequest.of("presented").from("192.0.2.1"),
                        () -> VerificationRequest.of("presented").cachedOnly(),
                        () -> VerificationRequest.of(null),
                        VerificationRequest::forProof),
                of(
                        "Access",
                        () -> Access.permission("a"),
                        () -> Access.allOf("a", "b"),
                        () -> Access.anyOf("a", "b"),
                        () -> Access.anyOf("a").and(Access.anyOf("b")),
                        () -> Access.resource("/a", "GET"),
                        () -> Access.resource("/a", "PUT"),
                        () -> Access.permission("a").and(Access.resource("/a", "GET"))),
                of(
                        "Actor",
                        () -> Actor.of("a"),
                        () -> Actor.of("b"),
                        () -> Actor.of("a").via("v"),
                        () -> Actor.of("a").requestId("v"),
                        () -> Actor.of("a").via("v").requestId("v")),
                of(
                        "Precondition",
                        () -> Precondition.version(1),
                        () -> Precondition.version(2),
                        () -> Precondition.owner("a"),
                        () -> Precondition.version(1).owner("a"),
                        () -> Precondition.unusedSince(NOON),
                        () -> Precondition.version(1).unusedSince(NOON)),
                of(
                        "Rotation",
                        Rotation::immediate,
                        () -> Rotation.withGrace(HOUR),
                        () -> Rotation.immediate().handOff(HOUR),
                        () -> Rotation.immediate().id(ID),
                        () -> Rotation.immediate().metadata(Map.of()),
                        () -> Rotation.immediate().metadata(Map.of("a", "b")),
                        () -> Rotation.immediate().expiresIn(HOUR)),
                of(
                        "Proof",
                        () -> new Proof(ID, NOON),
                        () -> new Proof(OTHER_ID, NOON),
                        () -> new Proof(ID, Instant.EPOCH)),
                of("KeyId", () -> KeyId.of("ak_1"), () -> KeyId.of("ak_2")),
                of(
                        "ApiKey",
                        () -> key().build(),
                        () -> ApiKey.builder(OTHER_ID, "a", NOON).build(),
                        () -> ApiKey.builder(ID, "a", Instant.EPOCH).build(),
                        () -> key().name("b").build(),
                        () -> key().description("b").build(),
                        () -> key().owner("b").build(),
                        () -> key().role("b").build(),
                        () -> key().permissions(Set.of("b")).build(),
                        () -> key().granted(Set.of("b")).build(),
                        () -> key().grade(DecodedPermissions.Grade.REPAIRED).build(),
                        () -> key().status(KeyStatus.DISABLED).build(),
                        () -> key().usageCount(1).build(),
                        () -> key().createdBy("b").build(),
                        () -> key().updatedAt(Instant.EPOCH).build(),
                        () -> key().expiresAt(NOON).build(),
                        () -> key().lastUsedAt(NOON).build(),
                        () -> key().revokedAt(NOON).build(),
                        () -> key().revokedReason("b").build(),
                        () -> key().disabledAt(NOON).build(),
                        () -> key().rotatedFrom(OTHER_ID).build(),
                        () -> key().rotatedTo(OTHER_ID).build(),
                        () -> key().metadata(Map.of("a", "b")).build(),
                        () -> key().damaged(Set.of("b")).build(),
                        () -> key().version(2).build()));
    }

    private static KeySpec.Builder spec(String name) {
        return KeySpec.builder(name).role("admin");
    }

    private static ApiKey.Builder key() {
        return ApiKey.builder(ID, "a", NOON);
    }

    @SafeVarargs
    @SuppressWarnings("varargs") // The array is only read.
    private static Named<List<Supplier<Object>>> of(String type, Supplier<Object>... values) {
        return Named.of(type, List.of(values));
    }

    @ParameterizedTest
    @MethodSource("values")
    void valuesAreEqualIfAllOfThemIsAndSayWhatTheyHold(List<Supplier<Object>> values) {
        List<Object> distinct = new ArrayList<>();
        List<String> said = new ArrayList<>();
        for (Supplier<Object> value : values) {
            Object one = value.get();
            assertThat(value.get()).isEqualTo(one).hasSameHashCodeAs(one).hasToString(one.toString());
            assertThat(distinct).as("another than").doesNotContain(one);
            assertThat(said).doesNotContain(one.toString());
            assertThat(one).isNotEqualTo("text").isNotEqualTo(null);
            distinct.add(one);
            said.add(one.toString());
        }
    }

    /** A field that is added counts for equality, and is in the values above; else the other tests would not see it. */
    @ParameterizedTest
    @MethodSource("values")
    void everyFieldIsInTheTextOfAValue(List<Supplier<Object>> values) {
        Class<?> type = values.get(0).get().getClass();
        if (!Set.of(KeySpec.class, KeyUpdate.class, ApiKey.class, Rotation.class)
                .contains(type)) {
            return; // which name what they hold otherwise, or are records
        }
        String said = values.stream().map(value -> value.get().toString()).collect(Collectors.joining());
        for (Field field : type.getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers())) {
                assertThat(said).contains(field.getName() + "=");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("values")
    void aCopyHoldsAllThatItsOriginalHolds(List<Supplier<Object>> values) {
        for (Supplier<Object> value : values) {
            if (value.get() instanceof KeySpec spec) {
                assertThat(spec.toBuilder().build()).isEqualTo(spec);
            } else if (value.get() instanceof ApiKey key) {
                assertThat(key.toBuilder().build()).isEqualTo(key);
            }
        }
    }

    @Test
    void aSpecificationTellsWhatItHolds() {
        KeySpec spec = KeySpec.builder("a")
                .description("d")
                .owner("o")
                .role("r")
                .permissions(Set.of("read"))
                .expiresIn(HOUR)
                .handOff(HOUR.plusSeconds(1))
                .metadata(Map.of("k", "v"))
                .id(ID)
                .build();

        assertThat(spec.name()).isEqualTo("a");
        assertThat(spec.description()).isEqualTo("d");
        assertThat(spec.owner()).isEqualTo("o");
        assertThat(spec.role()).isEqualTo("r");
        assertThat(spec.permissions()).containsExactly("read");
        assertThat(spec.expiresIn()).isEqualTo(HOUR);
        assertThat(spec.handOff()).isEqualTo(HOUR.plusSeconds(1));
        assertThat(spec.metadata()).containsExactly(Map.entry("k", "v"));
        assertThat(spec.id()).isEqualTo(ID);
        assertThat(spec.expiresAt()).isNull();
        assertThat(spec("a").expiresAt(NOON.plusNanos(1)).build().expiresAt()).isEqualTo(NOON);
        assertThat(spec("a").expiresAt(NOON).build())
                .hasToString("KeySpec[name=\"a\", role=\"admin\", expiresAt=2026-11-23T12:00:00Z, metadata={}]");
        assertThat(spec.neverExpires()).isFalse();
        assertThat(spec("a").neverExpires().build().neverExpires()).isTrue();
        assertThat(spec("a").build().permissions()).isNull();
        assertThat(spec("a").build().metadata()).isEmpty();
        assertThat(spec)
                .hasToString(
                        "KeySpec[name=\"a\", description=\"d\", owner=\"o\", role=\"r\", permissions=[read], expiresIn=PT1H,"
                                + " handOff=PT1H1S, metadata={\"k\": \"v\"}, id=" + ID + "]");
    }

    /** Null means two things for some properties; the names tell them apart. */
    @Test
    void anUpdateTellsWhatItTakesAwayFromWhatStays() {
        KeyUpdate update = KeyUpdate.builder()
                .owner(null)
                .expiresAt(null)
                .revokedFrom(NOON.plusNanos(1))
                .build();

        assertThat(update.changed()).containsExactly("expiresAt", "owner", "revokedFrom");
        assertThat(update.owner()).isNull();
        assertThat(update.description()).isNull();
        assertThat(update.revokedFrom()).isEqualTo(NOON);
        assertThat(update)
                .hasToString("KeyUpdate[changed=[expiresAt, owner, revokedFrom], revokedFrom=2026-11-23T12:00:00Z]");
    }

    @Test
    void anUpdateLeavesWhatItsSetterRefused() {
        KeyUpdate.Builder update = KeyUpdate.builder().revokedFrom(NOON);

        for (ThrowingCallable refused : List.<ThrowingCallable>of(
                () -> update.name(" "),
                () -> update.permissions(Set.of(" ")),
                () -> update.metadata(Map.of(" ", "")),
                () -> update.description(" "),
                () -> update.owner(" "),
                () -> update.role(" "),
                () -> update.expiresAt(Instant.MIN))) {
            assertThatThrownBy(refused).isInstanceOf(InvalidArgumentException.class);
        }

        assertThat(update.build().changed()).containsExactly("revokedFrom");
    }

    @Test
    void aQueryTellsWhatItAsks() {
        String cursor = KeyQuery.all()
                .owner("o")
                .role("r")
                .status(KeyStatus.EXPIRED)
                .createdBy("c")
                .matching(" 100% ")
                .newestFirst()
                .cursor(ID.value());
        KeyQuery query = KeyQuery.all()
                .after(cursor)
                .owner("o")
                .role("r")
                .status(KeyStatus.EXPIRED)
                .createdBy("c")
                .matching(" 100% ")
                .endingBefore(NOON)
                .unusedSince(NOON.minusSeconds(1))
                .limit(7)
                .newestFirst();

        assertThat(query.owner()).isEqualTo("o");
        assertThat(query.role()).isEqualTo("r");
        assertThat(query.status()).isEqualTo(KeyStatus.EXPIRED);
        assertThat(query.createdBy()).isEqualTo("c");
        assertThat(query.matching()).isEqualTo(" 100% ");
        assertThat(query.endingBefore()).isEqualTo(NOON);
        assertThat(query.unusedSince()).isEqualTo(NOON.minusSeconds(1));
        assertThat(query.limit()).isEqualTo(7);
        assertThat(query.isNewestFirst()).isTrue();
        assertThat(query.after()).isEqualTo(cursor);
        assertThat(query.afterId()).isEqualTo(ID.value());
    }

    @Test
    void aQueryOfTheJournalTellsWhatItAsks() {
        JournalQuery query = JournalQuery.all()
                .key(ID)
                .actor("a")
                .from(NOON)
                .until(NOON.plusSeconds(1))
                .limit(7)
                .after("j.5.x");

        assertThat((Object) query.key()).isEqualTo(ID);
        assertThat(query.actor()).isEqualTo("a");
        assertThat(query.from()).isEqualTo(NOON);
        assertThat(query.until()).isEqualTo(NOON.plusSeconds(1));
        assertThat(query.limit()).isEqualTo(7);
        assertThat(query.after()).isEqualTo("j.5.x");
    }

    @Test
    void aRotationTellsWhatItIs() {
        Rotation rotation = Rotation.withGrace(HOUR)
                .handOff(HOUR.plusSeconds(1))
                .id(ID)
                .metadata(Map.of("k", "v"))
                .expiresIn(HOUR.plusSeconds(2));

        assertThat(rotation.grace()).isEqualTo(HOUR);
        assertThat(rotation.handOff()).isEqualTo(HOUR.plusSeconds(1));
        assertThat(rotation.id()).isEqualTo(ID);
        assertThat(rotation.metadata()).containsExactly(Map.entry("k", "v"));
        assertThat(rotation.expiresIn()).isEqualTo(HOUR.plusSeconds(2));
        assertThat(Rotation.immediate().grace()).isZero();
        assertThat(Rotation.immediate().metadata()).isNull();
    }

    @Test
    void anAccessTellsWhatItNeeds() {
        Access access = Access.allOf("b", "a")
                .and(Access.permission("c"))
                .and(Access.anyOf("e", "d"))
                .and(Access.resource("/x", "GET"));

        assertThat(access.required()).containsExactly("a", "b", "c");
        assertThat(access.alternatives()).containsExactly(Set.of("d", "e"));
        assertThat(access.resources()).containsExactly(new Access.Resource("/x", "GET"));
    }

    @Test
    void anActorTellsWhoItIs() {
        Actor actor = Actor.of("alice").via("admin page").requestId("r-1");

        assertThat(actor.name()).isEqualTo("alice");
        assertThat(actor.via()).isEqualTo("admin page");
        assertThat(actor.requestId()).isEqualTo("r-1");
        assertThat(Actor.SYSTEM).isEqualTo(Actor.of("system"));
        assertThat(actor).hasToString("Actor[name=\"alice\", via=\"admin page\", requestId=\"r-1\"]");
    }

    @Test
    void aPreconditionTellsBoth() {
        Precondition both = Precondition.owner("a").version(3);

        assertThat(both.version()).isEqualTo(3);
        assertThat(both.owner()).isEqualTo("a");
        assertThat(both).isEqualTo(Precondition.version(3).owner("a"));
        assertThat(Precondition.version(3).owner()).isNull();
        assertThat(Precondition.owner("a").version()).isNull();
    }

    /** Built and written with {@code equals} on both sides, since an id is a sequence of characters too. */
    @Test
    void anIdIsNotEqualToItsText() {
        assertThat((Object) ID).isNotEqualTo(ID.value());
        assertThat(CharSequence.compare(ID, OTHER_ID)).isNegative();
        assertThat(String.join(",", List.of(ID, OTHER_ID))).isEqualTo(ID.value() + "," + OTHER_ID.value());
        assertThat(ID.subSequence(0, 3)).isEqualTo("ak_");
    }
}
