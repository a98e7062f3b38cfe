package dev.apikeys.benchmarks;

import java.util.Locale;
import java.util.Optional;

/**
 * The ratio of one measurement to another of the same run, against a target.
 *
 * @param question what is asked
 * @param against what it is measured against
 * @param value the ratio of the means
 * @param low the least that the error bars allow
 * @param high the most that they allow
 * @param target what it should be
 */
record Ratio(String question, String against, double value, double low, double high, Target target) {

    /** What a ratio should be. */
    sealed interface Target {
        boolean met(double value);

        String shown();
    }

    /** The least that is enough. */
    record AtLeast(double bound) implements Target {
        @Override
        public boolean met(double value) {
            return value >= bound;
        }

        @Override
        public String shown() {
            return "at least " + Ratio.shown(bound);
        }
    }

    /** The most that is good enough. */
    record AtMost(double bound) implements Target {
        @Override
        public boolean met(double value) {
            return value <= bound;
        }

        @Override
        public String shown() {
            return "at most " + Ratio.shown(bound);
        }
    }

    /** None; for comparison only. */
    record None() implements Target {
        @Override
        public boolean met(double value) {
            return true;
        }

        @Override
        public String shown() {
            return "-";
        }
    }

    /** A over b, where both were measured. */
    static Optional<Ratio> of(
            String question, String against, Optional<Measured> a, Optional<Measured> b, Target target) {
        return a.flatMap(over -> b.map(under -> new Ratio(
                question,
                against,
                over.score() / under.score(),
                over.low() / under.high(),
                under.low() > 0 ? over.high() / under.low() : Double.POSITIVE_INFINITY,
                target)));
    }

    String verdict() {
        String tie = low <= 1 && high >= 1 ? "a tie" : "";
        if (target instanceof None) {
            return tie.isEmpty() ? "-" : tie;
        }
        return (target.met(value) ? "met" : "**missed**") + (tie.isEmpty() ? "" : ", " + tie);
    }

    String row() {
        return String.format(
                Locale.ROOT,
                "| %s | %s | %s | %s to %s | %s | %s |",
                question,
                against,
                shown(value),
                shown(low),
                shown(high),
                target.shown(),
                verdict());
    }

    /** Without error bars and target, for the README. */
    String shortRow() {
        String tie = low <= 1 && high >= 1 ? " (a tie)" : "";
        String missed = target.met(value) ? "" : " (target " + target.shown() + ": missed)";
        return "| " + question + " | " + against + " | " + shown(value) + tie + missed + " |";
    }

    static String shown(double value) {
        if (Double.isInfinite(value)) {
            return "any";
        }
        if (value >= 100) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        return String.format(Locale.ROOT, value >= 10 ? "%.1f" : "%.2f", value);
    }
}
