package dev.apikeys.verify.races;

import static org.assertj.core.api.Assertions.assertThat;

import dev.apikeys.ApiKeyManager;
import dev.apikeys.ClaimResult;
import dev.apikeys.CreatedKey;
import dev.apikeys.HandOff;
import dev.apikeys.KeyId;
import dev.apikeys.KeyNotFoundException;
import dev.apikeys.KeySpec;
import dev.apikeys.KeyUpdate;
import dev.apikeys.Verification.Code;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.verify.races.Race.Both;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What has an end ends once and for all, and takes nothing with it that is wanted. */
class MaintenanceRacesTest {
    private static final int USES = 20;
    private static final Duration HAND_OFF = Duration.ofMinutes(10);

    /** A key of one hour that is made then can be purged now. */
    private static final Duration LONG_AGO = Nodes.RETENTION.plus(Duration.ofHours(2));

    /** What came first. */
    enum Waiting {
        CLAIMED,
        EXPIRED
    }

    @ParameterizedTest
    @EnumSource
    void whatWaitsIsClaimedOrExpires(Nodes.Kind kind) {
        Nodes.race(kind, Waiting.class, (nodes, start) -> {
            nodes.setClockBack(HAND_OFF.multipliedBy(2));
            CreatedKey key = nodes.left()
                    .create(KeySpec.builder("race")
                            .role("read_only")
                            .handOff(HAND_OFF)
                            .build());
            HandOff handOff = key.handOff().orElseThrow();
            String ticket = handOff.ticket().reveal();
            nodes.setClock(handOff.deadline().minusMillis(1));
            Both<ClaimResult, ClaimResult> results = start.both(() -> claim(nodes, nodes.left(), handOff), () -> {
                nodes.right().vault().handOffStatus(key.id());
                nodes.setClock(handOff.deadline());
                return claim(nodes, nodes.right(), handOff);
            });

            ClaimResult expired = new ClaimResult.Expired(handOff.deadline());
            boolean claimed = results.one() instanceof ClaimResult.Claimed;
            if (claimed && results.other() instanceof ClaimResult.AlreadyClaimed late) {
                assertThat(late.keyId()).isEqualTo(key.id());
            } else {
                assertThat(results.other()).isEqualTo(expired);
            }
            if (claimed) {
                assertThat(results.one()
                                .claimedSecret()
                                .orElseThrow()
                                .matches(key.secret().reveal()))
                        .isTrue();
                assertThat(nodes.tempKeys().findByKey(key.id().value()).sealed())
                        .isNull();
            } else {
                assertThat(results.one()).isEqualTo(expired);
            }
            requireEvidence(nodes, ticket, claimed);
            nodes.setClock(handOff.deadline().plusMillis(1));
            nodes.right().maintain();
            assertThat(nodes.tempKeys().findByKey(key.id().value()).sealed()).isNull();
            requireEvidence(nodes, ticket, claimed);
            return claimed ? Waiting.CLAIMED : Waiting.EXPIRED;
        });
    }

    /** A late claim learns that another one was first, also after maintenance. */
    private static void requireEvidence(Nodes nodes, String ticket, boolean claimed) {
        assertThat(nodes.left().vault().claim(ticket))
                .isInstanceOf(claimed ? ClaimResult.AlreadyClaimed.class : ClaimResult.Expired.class);
    }

    private static ClaimResult claim(Nodes nodes, ApiKeyManager manager, HandOff handOff) {
        boolean late = !nodes.now().isBefore(handOff.deadline());
        ClaimResult result = manager.vault().claim(handOff.ticket().reveal());
        assertThat(late && result instanceof ClaimResult.Claimed)
                .as("claimed although the deadline was over before")
                .isFalse();
        return result;
    }

    /** Who came first to the place of a key that ended long ago. */
    enum Place {
        PURGED_AND_TAKEN,
        STILL_TAKEN
    }

    @ParameterizedTest
    @EnumSource
    void aPurgeTakesNoKeyThatWasCreatedMeanwhile(Nodes.Kind kind) {
        Nodes.race(kind, Place.class, (nodes, start) -> {
            nodes.setClockBack(LONG_AGO);
            KeyId id = KeyId.random();
            CreatedKey old = nodes.left()
                    .create(KeySpec.builder("old")
                            .id(id)
                            .role("read_only")
                            .expiresIn(Duration.ofHours(1))
                            .build());
            if (start.coin()) {
                nodes.left().revoke(id, "over");
            }
            nodes.setClockBack(Duration.ZERO);
            nodes.verify(old.secret().reveal());
            List<Callable<List<CreatedKey>>> sides = List.of(
                    () -> created(nodes.left(), id), () -> purged(nodes.left(), old), () -> purged(nodes.right(), old));
            List<CreatedKey> created = start.all(sides).get(0);

            nodes.left().maintain();
            nodes.right().maintain();
            for (CreatedKey each : created) {
                assertThat(nodes.left().find(each.id())).isPresent();
                assertThat(nodes.verify(each.secret().reveal())).containsExactly(Code.VALID);
            }
            boolean taken = created.size() > 1;
            assertThat(nodes.verify(old.secret().reveal()))
                    .containsExactly(taken ? Code.SECRET_MISMATCH : Code.UNKNOWN);
            created.forEach(each -> nodes.left().delete(each.id()));
            return taken ? Place.PURGED_AND_TAKEN : Place.STILL_TAKEN;
        });
    }

    /** A key of any id and, if it is free, one of this id. */
    private static List<CreatedKey> created(ApiKeyManager manager, KeyId id) {
        KeySpec.Builder spec = KeySpec.builder("new").role("read_only");
        List<CreatedKey> created = new ArrayList<>(List.of(manager.create(spec.build())));
        try {
            created.add(manager.create(spec.id(id).build()));
        } catch (KeyExistsException stillThere) {
            assertThat(stillThere).hasMessageContaining(id.value());
        }
        return created;
    }

    private static List<CreatedKey> purged(ApiKeyManager manager, CreatedKey old) {
        manager.maintain();
        // From here on it may be known that the key is absent.
        manager.verify(old.secret().reveal());
        return List.of();
    }

    /** What became of a key that ended long ago. */
    enum Ended {
        PROLONGED,
        PURGED
    }

    @ParameterizedTest
    @EnumSource
    void aPurgeTakesNoKeyThatWasProlonged(Nodes.Kind kind) {
        Nodes.race(kind, Ended.class, (nodes, start) -> {
            nodes.setClockBack(LONG_AGO);
            CreatedKey key = nodes.left()
                    .create(KeySpec.builder("old")
                            .role("read_only")
                            .expiresIn(Duration.ofHours(1))
                            .build());
            nodes.setClockBack(Duration.ZERO);
            boolean prolonged = start.both(() -> prolonged(nodes, key), () -> purged(nodes.right(), key))
                    .one();

            nodes.right().maintain();
            assertThat(nodes.verify(key.secret().reveal())).containsExactly(prolonged ? Code.VALID : Code.UNKNOWN);
            nodes.left().delete(key.id());
            return prolonged ? Ended.PROLONGED : Ended.PURGED;
        });
    }

    private static boolean prolonged(Nodes nodes, CreatedKey key) {
        Instant end = nodes.now().plus(Duration.ofHours(1));
        try {
            nodes.left().update(key.id(), KeyUpdate.builder().expiresAt(end).build());
            return true;
        } catch (KeyNotFoundException purged) {
            return false;
        }
    }

    /** When the first manager was closed. */
    enum Closing {
        AFTER_ALL_USES,
        BETWEEN_USES
    }

    @ParameterizedTest
    @EnumSource
    void aCloseLosesNoUse(Nodes.Kind kind) {
        Nodes.race(kind, Closing.class, (nodes, start) -> {
            CreatedKey key = nodes.left()
                    .create(KeySpec.builder("race").role("read_only").build());
            String secret = key.secret().reveal();
            List<Callable<Integer>> sides = new ArrayList<>();
            for (ApiKeyManager manager : nodes.open()) {
                sides.add(() -> {
                    manager.close();
                    return 0;
                });
                sides.add(() -> uses(manager, secret));
                sides.add(() -> flushes(manager));
            }
            List<Integer> uses = start.all(sides);

            assertThat(nodes.left().find(key.id()).orElseThrow().usageCount())
                    .isEqualTo(uses.stream().mapToInt(Integer::intValue).sum());
            nodes.left().delete(key.id());
            return uses.get(1) == USES ? Closing.AFTER_ALL_USES : Closing.BETWEEN_USES;
        });
    }

    /** How many uses were answered with VALID before the manager was closed. */
    private static int uses(ApiKeyManager manager, String secret) {
        int valid = 0;
        try {
            while (valid < USES) {
                assertThat(manager.verify(secret).code()).isEqualTo(Code.VALID);
                valid++;
            }
        } catch (IllegalStateException closed) {
            assertThat(closed).hasMessageContaining("is closed");
        }
        return valid;
    }

    private static int flushes(ApiKeyManager manager) {
        try {
            for (; ; ) {
                manager.maintain();
            }
        } catch (IllegalStateException closed) {
            assertThat(closed).hasMessageContaining("is closed");
            return 0;
        }
    }
}
