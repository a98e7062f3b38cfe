package dev.apikeys.memory.model;

import dev.apikeys.memory.model.Step.Claim;
import dev.apikeys.memory.model.Step.Create;
import dev.apikeys.memory.model.Step.CreateAgain;
import dev.apikeys.memory.model.Step.CreateTwo;
import dev.apikeys.memory.model.Step.Damage;
import dev.apikeys.memory.model.Step.Damaged;
import dev.apikeys.memory.model.Step.Delete;
import dev.apikeys.memory.model.Step.Disable;
import dev.apikeys.memory.model.Step.Discard;
import dev.apikeys.memory.model.Step.Enable;
import dev.apikeys.memory.model.Step.ListBy;
import dev.apikeys.memory.model.Step.Maintain;
import dev.apikeys.memory.model.Step.Move;
import dev.apikeys.memory.model.Step.Peek;
import dev.apikeys.memory.model.Step.Presentation;
import dev.apikeys.memory.model.Step.ReopenWithRole;
import dev.apikeys.memory.model.Step.Repair;
import dev.apikeys.memory.model.Step.Revoke;
import dev.apikeys.memory.model.Step.RevokeAllOf;
import dev.apikeys.memory.model.Step.Rotate;
import dev.apikeys.memory.model.Step.SetExpiry;
import dev.apikeys.memory.model.Step.SetOwner;
import dev.apikeys.memory.model.Step.SetPermissions;
import dev.apikeys.memory.model.Step.SetRole;
import dev.apikeys.memory.model.Step.Verify;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;

/**
 * A manager on the in-memory stores does what the model does, whatever is asked of it in whatever order. With
 * {@code -Djqwik.tries.default=100000} it is asked that many programs instead of 500.
 */
class ManagerModelProperties {
    /** Comparing after each step keeps the cache warm; comparing now and then leaves it cold and old. */
    @Property(edgeCases = EdgeCasesMode.NONE)
    void theManagerDoesWhatTheModelDoes(
            @ForAll("programs") List<Step> program,
            @ForAll("cacheAges") Duration cacheMaxAge,
            @ForAll @IntRange(min = 1, max = 4) int verifiedEvery) {
        try (Duel duel = new Duel(cacheMaxAge)) {
            for (int i = 0; i < program.size(); i++) {
                program.get(i).on(duel);
                if (i % verifiedEvery == 0) {
                    duel.compareAll();
                } else {
                    duel.compareStored();
                }
            }
            duel.claimAll();
        }
    }

    @Provide
    Arbitrary<List<Step>> programs() {
        return steps().list().ofMinSize(1).ofMaxSize(40);
    }

    @Provide
    Arbitrary<Duration> cacheAges() {
        return Arbitraries.of(Duration.ofHours(1), Duration.ofSeconds(5), Duration.ZERO);
    }

    private static Arbitrary<Step> steps() {
        return Arbitraries.frequencyOf(
                Tuple.of(8, creates()),
                Tuple.of(2, Combinators.combine(keys(), creates()).as(CreateAgain::new)),
                Tuple.of(1, Combinators.combine(creates(), creates()).as(CreateTwo::new)),
                Tuple.of(2, keys().map(Disable::new)),
                Tuple.of(2, keys().map(Enable::new)),
                Tuple.of(2, keys().map(Revoke::new)),
                Tuple.of(1, owners().map(RevokeAllOf::new)),
                Tuple.of(
                        4,
                        Combinators.combine(
                                        keys(),
                                        times().map(Math::abs),
                                        lifetimes().injectNull(0.7))
                                .as(Rotate::new)),
                Tuple.of(2, keys().map(Delete::new)),
                Tuple.of(2, Combinators.combine(keys(), permissions()).as(SetPermissions::new)),
                Tuple.of(2, Combinators.combine(keys(), roles().injectNull(0.2)).as(SetRole::new)),
                Tuple.of(2, Combinators.combine(keys(), times().injectNull(0.2)).as(SetExpiry::new)),
                Tuple.of(
                        1,
                        Combinators.combine(keys(), owners().injectNull(0.2), Arbitraries.of(0, 0, 1))
                                .as(SetOwner::new)),
                Tuple.of(6, times().map(Math::abs).map(Move::new)),
                Tuple.of(
                        2,
                        Combinators.combine(roles(), permissions().injectNull(0.2))
                                .as(ReopenWithRole::new)),
                Tuple.of(
                        2,
                        Combinators.combine(keys(), Arbitraries.of(Damaged.class))
                                .as(Damage::new)),
                Tuple.of(1, Arbitraries.create(Repair::new)),
                Tuple.of(
                        8,
                        Combinators.combine(keys(), Arbitraries.of(Presentation.class), permissions())
                                .as(Verify::new)),
                Tuple.of(4, keys().map(Claim::new)),
                Tuple.of(1, keys().map(Peek::new)),
                Tuple.of(1, keys().map(Discard::new)),
                Tuple.of(3, Arbitraries.create(Maintain::new)),
                Tuple.of(
                        2,
                        Combinators.combine(
                                        owners().injectNull(0.5),
                                        roles().injectNull(0.5),
                                        Arbitraries.of("ACTIVE", "DISABLED", "EXPIRED", "REVOKED")
                                                .injectNull(0.5),
                                        Arbitraries.integers().between(1, 5))
                                .as(ListBy::new)));
    }

    private static Arbitrary<Create> creates() {
        return Combinators.combine(
                        roles().injectNull(0.2),
                        permissions().injectNull(0.6),
                        owners().injectNull(0.3),
                        lifetimes().injectNull(0.6),
                        lifetimes().injectNull(0.4))
                .as(Create::new);
    }

    /** Few, so that a program comes back to the same ones. */
    private static Arbitrary<Integer> keys() {
        return Arbitraries.integers().between(0, 9);
    }

    private static Arbitrary<String> roles() {
        return Arbitraries.of("reader", "writer", "admin", "unknown");
    }

    private static Arbitrary<String> owners() {
        return Arbitraries.of("a", "b");
    }

    private static Arbitrary<Set<String>> permissions() {
        return Arbitraries.of("read", "upload", "download", "admin").set().ofMaxSize(3);
    }

    /** Often the same, so that a moment is hit to the millisecond. */
    private static Arbitrary<Long> times() {
        return Arbitraries.of(0L, 1L, -1L, 999L, 1_000L, 1_001L, 4_000L, 5_000L, 10_000L, 50_000L, 50_001L, 100_000L);
    }

    private static Arbitrary<Long> lifetimes() {
        return Arbitraries.of(1L, 1_000L, 5_000L, 10_000L, 50_000L);
    }
}
