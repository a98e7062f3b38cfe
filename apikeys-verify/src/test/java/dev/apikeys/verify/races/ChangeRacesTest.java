package dev.apikeys.verify.races;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.ApiKey;
import dev.apikeys.ApiKeyManager;
import dev.apikeys.ClaimResult;
import dev.apikeys.ConflictException;
import dev.apikeys.CreatedKey;
import dev.apikeys.HandOff;
import dev.apikeys.KeyId;
import dev.apikeys.KeyQuery;
import dev.apikeys.KeySpec;
import dev.apikeys.KeyUpdate;
import dev.apikeys.Verification.Code;
import dev.apikeys.spi.KeyStatus;
import dev.apikeys.verify.races.Race.Both;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Changes of one key that meet leave it as one of them made it, and what was returned is there. */
class ChangeRacesTest {
    private static final Duration HAND_OFF = Duration.ofMinutes(10);

    /** What the key is in the end. */
    enum Switched {
        ON,
        OFF
    }

    @ParameterizedTest
    @EnumSource
    void ofDisablesAndEnablesThatCrossTheLastOneCounts(Nodes.Kind kind) {
        Nodes.race(kind, Switched.class, (nodes, start) -> {
            CreatedKey key = nodes.left()
                    .create(KeySpec.builder("race").role("read_only").build());
            Both<List<ApiKey>, List<ApiKey>> answers = start.both(
                    () -> List.of(nodes.left().disable(key.id()), nodes.left().enable(key.id())),
                    () -> List.of(
                            nodes.right().disable(key.id()),
                            nodes.right().enable(key.id()),
                            nodes.right().disable(key.id())));

            ApiKey stored = nodes.left().find(key.id()).orElseThrow();
            Set<Long> told = new TreeSet<>(Set.of(1L));
            for (ApiKey answer : joined(answers)) {
                told.add(answer.version());
                assertThat(answer.status()).as("%s", answer).isEqualTo(statusOf(answer.version()));
            }
            assertThat(told)
                    .containsExactlyElementsOf(
                            LongStream.rangeClosed(1, stored.version()).boxed().toList());
            assertThat(stored.status()).isEqualTo(statusOf(stored.version()));
            boolean on = stored.status() == KeyStatus.ACTIVE;
            assertThat(nodes.verify(key.secret().reveal())).containsExactly(on ? Code.VALID : Code.DISABLED);
            return on ? Switched.ON : Switched.OFF;
        });
    }

    private static <T> List<T> joined(Both<List<T>, List<T>> answers) {
        return Stream.concat(answers.one().stream(), answers.other().stream()).toList();
    }

    /** Only what is on is switched off and the other way round, so the states of a key take turns. */
    private static KeyStatus statusOf(long version) {
        return version % 2 == 1 ? KeyStatus.ACTIVE : KeyStatus.DISABLED;
    }

    /** When the key was renamed: before it was taken away, or afterwards. */
    enum Renamed {
        BEFORE,
        AFTER
    }

    @ParameterizedTest
    @EnumSource
    void aRenameUndoesNoRevocation(Nodes.Kind kind) {
        bothCount(kind, (manager, id) -> manager.revoke(id, "race"), KeyStatus.REVOKED, Code.REVOKED);
    }

    @ParameterizedTest
    @EnumSource
    void aRenameUndoesNoDisabling(Nodes.Kind kind) {
        bothCount(kind, ApiKeyManager::disable, KeyStatus.DISABLED, Code.DISABLED);
    }

    /** A rename and what takes the key away: whoever is second has to begin anew from what the first one wrote. */
    private static void bothCount(
            Nodes.Kind kind, BiFunction<ApiKeyManager, KeyId, ApiKey> takenAway, KeyStatus status, Code code) {
        KeyUpdate rename = KeyUpdate.builder().name("renamed").build();
        Nodes.race(kind, Renamed.class, (nodes, start) -> {
            CreatedKey key = nodes.left()
                    .create(KeySpec.builder("race").role("read_only").build());
            Both<ApiKey, ApiKey> answers = start.both(
                    () -> nodes.left().update(key.id(), rename), () -> takenAway.apply(nodes.right(), key.id()));

            assertThat(answers.one().name()).isEqualTo("renamed");
            assertThat(answers.other().status()).isEqualTo(status);
            assertThat(List.of(answers.one().version(), answers.other().version()))
                    .containsExactlyInAnyOrder(2L, 3L);
            ApiKey stored = nodes.left().find(key.id()).orElseThrow();
            assertThat(stored.version()).isEqualTo(3);
            assertThat(stored.status()).isEqualTo(status);
            assertThat(stored.name()).isEqualTo("renamed");
            assertThat(nodes.verify(key.secret().reveal())).containsExactly(code);
            nodes.left().delete(key.id());
            return answers.one().version() == 2 ? Renamed.BEFORE : Renamed.AFTER;
        });
    }

    /** Whose rotation it was. */
    enum Rotated {
        LEFT,
        RIGHT
    }

    @ParameterizedTest
    @EnumSource
    void ofTwoRotationsOneWinsAndItsSecretIsGood(Nodes.Kind kind) {
        Nodes.race(kind, Rotated.class, (nodes, start) -> {
            String owner = "round " + KeyId.random();
            CreatedKey key = nodes.left()
                    .create(KeySpec.builder("race")
                            .owner(owner)
                            .role("read_only")
                            .handOff(HAND_OFF)
                            .build());
            Duration grace = start.coin() ? Duration.ZERO : Duration.ofHours(1);
            Both<@Nullable CreatedKey, @Nullable CreatedKey> answers =
                    start.both(() -> rotated(nodes.left(), key, grace), () -> rotated(nodes.right(), key, grace));

            boolean left = answers.one() != null;
            assertThat(answers.other() != null)
                    .as("both were rotated, or neither")
                    .isNotEqualTo(left);
            CreatedKey successor = Objects.requireNonNull(left ? answers.one() : answers.other());
            List<ApiKey> stored = nodes.left().list(KeyQuery.all().owner(owner)).items();
            assertThat(stored).extracting(ApiKey::id).containsExactlyInAnyOrder(key.id(), successor.id());
            assertThat(nodes.left().find(key.id()).orElseThrow().rotatedTo()).isEqualTo(successor.id());
            assertThat(nodes.verify(successor.secret().reveal())).containsExactly(Code.VALID);
            assertThat(nodes.verify(key.secret().reveal())).containsExactly(grace.isZero() ? Code.REVOKED : Code.VALID);
            assertThat(claim(nodes.left(), key)).isInstanceOf(ClaimResult.Unknown.class);
            assertThat(claim(nodes.left(), successor)
                            .secret()
                            .orElseThrow()
                            .matches(successor.secret().reveal()))
                    .isTrue();
            stored.forEach(each -> nodes.left().delete(each.id()));
            return left ? Rotated.LEFT : Rotated.RIGHT;
        });
    }

    /** The successor, or null if the key was rotated already. */
    private static @Nullable CreatedKey rotated(ApiKeyManager manager, CreatedKey key, Duration grace) {
        try {
            return manager.rotate(key.id(), grace, HAND_OFF);
        } catch (ConflictException e) {
            assertThat(e).hasMessageContaining("was rotated to");
            return null;
        }
    }

    private static ClaimResult claim(ApiKeyManager manager, CreatedKey key) {
        HandOff handOff = key.handOff().orElseThrow();
        return manager.vault().claim(handOff.ticket().reveal());
    }
}
