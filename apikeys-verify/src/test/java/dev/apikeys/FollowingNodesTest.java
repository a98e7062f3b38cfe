package dev.apikeys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.apikeys.FollowingProgram.Event;
import dev.apikeys.FollowingProgram.Twin;
import dev.apikeys.FollowingProgram.Where;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two and three nodes on one store, in simulated time. Each answer of a node was right within the bounds of
 * docs/revocation.md, while stores and feeds fail and nodes are paused. The system property
 * {@code apikeys.verify.times} says how many times as many programs are drawn.
 */
class FollowingNodesTest {
    private static final int TIMES = Integer.getInteger("apikeys.verify.times", 1);
    private static final int PROGRAMS = 60;
    private static final int PROGRAMS_IN_A_DATABASE = 2;

    /** Some faults take a rare order of events to be seen. */
    private static final int PROGRAMS_FOR_A_TWIN = 200;

    private final Map<Event, Integer> events = new EnumMap<>(Event.class);
    private long greatestStaleness;
    private long greatestWhileFollowing;

    /** Whoever follows knows after the next poll; whoever cannot follow knows after {@code cacheMaxAge}. */
    @ParameterizedTest
    @EnumSource
    void noAnswerIsOlderThanTheLastPollOrThanCacheMaxAge(Where where) {
        long seed = System.nanoTime();
        int programs = (where == Where.MEMORY ? PROGRAMS : PROGRAMS_IN_A_DATABASE) * TIMES;

        run(seed, programs, where, Twin.NONE, FollowingProgram.MAX_AGE);

        System.out.printf(
                "FollowingNodesTest, %s, seed %d, %d programs: %s; greatest staleness %d ms, while polls succeed %d ms%n",
                where, seed, programs, events, greatestStaleness, greatestWhileFollowing);
        Set<Event> all = EnumSet.allOf(Event.class);
        if (where != Where.H2) {
            all.remove(Event.JOURNAL_EMPTIED);
        }
        assertThat(events.keySet()).as("all of it happens").isEqualTo(all);
        if (where == Where.MEMORY) {
            assertThat(greatestStaleness)
                    .as("a feed that is dead leaves records for longer than one that is not")
                    .isGreaterThan(greatestWhileFollowing);
        }
    }

    /** By the time of the oldest row alone a feed took what was written after that for what had been there. */
    @ParameterizedTest
    @ValueSource(longs = {8, 26, 48, 50})
    void aJournalThatWasEmptiedByHandIsAGapWhateverTheClocksSay(long seed) {
        run(seed, 1, Where.H2, Twin.NONE, FollowingProgram.MAX_AGE);
    }

    /** The checks of the programs see each of these stores. */
    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
    void aStoreThatBreaksS19IsCaught(Twin twin) {
        assertThatThrownBy(() -> run(1, PROGRAMS_FOR_A_TWIN, Where.MEMORY, twin, FollowingProgram.MAX_AGE))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("was right for the last time");
    }

    /** Also a store that tells nothing, or what is wrong, leaves no record beyond its lifetime. */
    @ParameterizedTest
    @EnumSource
    void noAnswerIsOlderThanCacheLifetimeOnAnyStore(Twin twin) {
        run(System.nanoTime(), PROGRAMS / 6 * TIMES, Where.MEMORY, twin, null);

        assertThat(greatestStaleness).isLessThan(FollowingProgram.LIFETIME.toMillis());
    }

    private void run(long seed, int programs, Where where, Twin twin, @Nullable Duration bound) {
        for (int i = 0; i < programs; i++) {
            FollowingProgram program = new FollowingProgram(seed + i, where, twin, bound);
            try {
                program.run();
            } catch (AssertionError e) {
                throw new AssertionError("seed " + (seed + i) + ", " + where + ", " + twin + ": " + e.getMessage(), e);
            } finally {
                program.close();
            }
            program.events().forEach((event, count) -> events.merge(event, count, Integer::sum));
            greatestStaleness = Math.max(greatestStaleness, program.greatestStaleness());
            greatestWhileFollowing = Math.max(greatestWhileFollowing, program.greatestWhileFollowing());
        }
    }
}
