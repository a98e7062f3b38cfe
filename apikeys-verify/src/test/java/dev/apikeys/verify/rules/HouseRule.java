package dev.apikeys.verify.rules;

import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.function.Function;

/**
 * A rule that the published modules keep.
 *
 * @param name what it says, as a sentence
 * @param under makes the rule for the classes under a package: {@code dev.apikeys}, or where the planted ones live
 * @param planted classes that break it
 */
record HouseRule(String name, Function<String, ArchRule> under, List<Class<?>> planted) {

    static HouseRule of(String name, Function<String, ArchRule> under, Class<?>... planted) {
        return new HouseRule(name, under, List.of(planted));
    }

    @Override
    public String toString() {
        return name;
    }
}
