package dev.apikeys.benchmarks;

import java.util.Locale;
import java.util.Optional;

/**
 * How one measurement stands to another of the same run, against a target.
 *
 * @param question what is asked
 * @param against what it is measured against
 * @param value the ratio of the means
 * @param low the least that the error bars allow
 * @param high the most that they allow
 * @param target what it shall be
 * @param atLeast whether the target is the least that is enough, or else the most
 */
record Ratio(String question, String against, double value, double low, double high, double target, boolean atLeast) {

    /** A over b, which shall be at least so much. */
    static Optional<Ratio> atLeast(
            String question, String against, Optional<Measured> a, Optional<Measured> b, double target) {
        return of(question, against, a, b, target, true);
    }

    /** A over b, which shall be at most so much. */
    static Optional<Ratio> atMost(
            String question, String against, Optional<Measured> a, Optional<Measured> b, double target) {
        return of(question, against, a, b, target, false);
    }

    private static Optional<Ratio> of(
            String question,
            String against,
            Optional<Measured> a,
            Optional<Measured> b,
            double target,
            boolean atLeast) {
        return a.flatMap(over -> b.map(under -> new Ratio(
                question,
                against,
                over.score() / under.score(),
                over.low() / under.high(),
                over.high() / Math.max(under.low(), Double.MIN_NORMAL),
                target,
                atLeast)));
    }

    String verdict() {
        boolean met = atLeast ? value >= target : value <= target;
        String tie = low <= 1 && high >= 1 ? ", a tie" : "";
        return (met ? "met" : "**missed**") + tie;
    }

    String row() {
        return String.format(
                Locale.ROOT,
                "| %s | %s | %s | %s to %s | %s %s | %s |",
                question,
                against,
                shown(value),
                shown(low),
                shown(high),
                atLeast ? "at least" : "at most",
                shown(target),
                verdict());
    }

    static String shown(double value) {
        if (value >= 100) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        return String.format(Locale.ROOT, value >= 10 ? "%.1f" : "%.2f", value);
    }
}
