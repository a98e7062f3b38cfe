package dev.apikeys.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.assertj.core.data.Percentage.withPercentage;

import dev.apikeys.benchmarks.FleetSimulation.Demand;
import dev.apikeys.benchmarks.FleetSimulation.Load;
import dev.apikeys.benchmarks.FleetSimulation.Setting;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The simulation of a fleet counts as real managers do, and the document says what it counted. */
class FleetTest {
    private static final Path PROJECT = Path.of("..");
    private static final Path DOCUMENT = PROJECT.resolve("docs").resolve("scaling.md");
    private static final Duration MAX_AGE = Duration.ofSeconds(5);
    private static final Duration HALF = Duration.ofMinutes(2);
    private static final int KEYS = 2_000;
    private static final int REQUESTS = 100;

    private static Setting setting(Duration lifetime) {
        return new Setting("tested", MAX_AGE, lifetime, Duration.ofSeconds(1), 10_000, Duration.ofSeconds(10));
    }

    private static double harmonic(long n) {
        return LongStream.rangeClosed(1, n).mapToDouble(rank -> 1.0 / rank).sum();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 10, 1_000})
    void ranksAreDrawnInProportionToTheirReciprocals(long n) {
        Zipf zipf = new Zipf(n);
        SplittableRandom random = new SplittableRandom(7);
        int[] drawn = new int[(int) Math.min(n, 5) + 1];
        int draws = 200_000;
        for (int i = 0; i < draws; i++) {
            long rank = zipf.draw(random);
            assertThat(rank).isBetween(1L, n);
            if (rank < drawn.length) {
                drawn[(int) rank]++;
            }
        }
        for (int rank = 1; rank < drawn.length; rank++) {
            assertThat((double) drawn[rank] / draws).isCloseTo(1 / (rank * harmonic(n)), within(0.005));
        }
    }

    /** A record is read again by the first who asks after four fifths of its time. */
    @ParameterizedTest
    @ValueSource(longs = {5, 60})
    void readsAreThoseOfTheFormulaWhereTheCacheHoldsAll(long lifetime) {
        Demand demand = new FleetSimulation(setting(Duration.ofSeconds(lifetime)), new Load(1, KEYS, REQUESTS, 0), 1)
                .run(Duration.ofMinutes(20));

        double expected = IntStream.rangeClosed(1, KEYS)
                .mapToDouble(rank -> 1 / (0.8 * lifetime + rank * harmonic(KEYS) / REQUESTS))
                .sum();
        assertThat(demand.reads()).isCloseTo(expected, withPercentage(4));
        assertThat(demand.polls()).isEqualTo(lifetime > 5 ? 1 : 0);
    }

    /** Without a feed a record is asked for anew after four fifths of {@code cacheMaxAge}; older ones are for outages. */
    @Test
    void answersAreAsOldAsAPollWithAFeedAndAsARecordWithoutOne() {
        Load load = new Load(1, KEYS, REQUESTS, 5);

        Demand following = new FleetSimulation(setting(Duration.ofMinutes(1)), load, 1).run(Duration.ofMinutes(20));
        Demand alone = new FleetSimulation(setting(MAX_AGE), load, 1).run(Duration.ofMinutes(20));

        assertThat(following.staleness()).isBetween(900L, 1_000L);
        assertThat(alone.staleness()).isBetween(3_700L, 4_000L);
    }

    /** What is counted of one simulated node is what four managers on one store do each. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 5})
    void fourManagersAskForAsMuchAsIsSimulated(double changes) throws Exception {
        Setting setting = setting(Duration.ofMinutes(1));
        double reads = 0;
        double usageRows = 0;
        for (int node = 0; node < 4; node++) {
            Demand demand = new FleetSimulation(setting, new Load(4, KEYS, REQUESTS, changes), node).run(HALF);
            reads += demand.reads() / 4;
            usageRows += demand.usageRows() / 4;
        }
        try (FourManagers managers = new FourManagers(setting, KEYS)) {
            managers.run(HALF, REQUESTS, changes);
            managers.forget();
            managers.run(HALF, REQUESTS, changes);

            assertThat(managers.finds() / 4 / HALF.toSeconds()).isCloseTo(reads, withPercentage(8));
            assertThat(managers.usageRows() / 4 / HALF.toSeconds()).isCloseTo(usageRows, withPercentage(8));
        }
    }

    @Test
    void theDocumentSaysWhatWasSimulated() throws Exception {
        assumeThat(FleetPublication.isKept(PROJECT)).as("a run that is kept").isTrue();
        assertThat(DOCUMENT).hasContent(FleetPublication.at(PROJECT).filled());
        assertThat(Files.readAllLines(DOCUMENT)).containsSubsequence(FleetPublication.BEGIN, FleetPublication.END);
    }
}
