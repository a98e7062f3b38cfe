package dev.apikeys.benchmarks;

import java.util.random.RandomGenerator;

/**
 * Draws ranks from 1 to n, each in proportion to the reciprocal of the rank: a few keys are asked for all the time, and most
 * hardly ever. By rejection and inversion (Hörmann and Derflinger, 1996), which needs no table.
 */
final class Zipf {
    private final long n;
    private final double least;
    private final double greatest;
    private final double surelyBelow;

    /**
     * Creates a distribution.
     *
     * @param n at least 1
     */
    Zipf(long n) {
        this.n = n;
        this.least = Math.log(1.5) - 1;
        this.greatest = Math.log(n + 0.5);
        this.surelyBelow = 2 - Math.exp(Math.log(2.5) - 0.5);
    }

    long draw(RandomGenerator random) {
        for (; ; ) {
            double area = greatest + random.nextDouble() * (least - greatest);
            double x = Math.exp(area);
            long rank = Math.max(1, Math.min(n, (long) (x + 0.5)));
            if (rank - x <= surelyBelow || area >= Math.log(rank + 0.5) - 1.0 / rank) {
                return rank;
            }
        }
    }
}
