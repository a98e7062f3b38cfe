package dev.apikeys.verify.rules;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.function.Function;

/**
 * A rule that the published modules keep.
 *
 * @param name what it says, as a sentence
 * @param under makes the rule for the classes under a package: {@code dev.apikeys}, or where the planted ones live
 * @param uses what nobody does, where the rule is a list of such: each of them is planted
 * @param planted classes that break it; where the rule is a list, every method of theirs does
 */
record HouseRule(
        String name,
        Function<String, ArchRule> under,
        List<DescribedPredicate<JavaAccess<?>>> uses,
        List<Class<?>> planted) {

    static HouseRule of(String name, Function<String, ArchRule> under, Class<?>... planted) {
        return new HouseRule(name, under, List.of(), List.of(planted));
    }

    static HouseRule ofUses(String name, List<DescribedPredicate<JavaAccess<?>>> uses, Class<?>... planted) {
        return ofUses(name, uses, root -> DescribedPredicate.alwaysFalse(), planted);
    }

    /** Those few apart who may. */
    static HouseRule ofUses(
            String name,
            List<DescribedPredicate<JavaAccess<?>>> uses,
            Function<String, DescribedPredicate<JavaAccess<?>>> may,
            Class<?>... planted) {
        DescribedPredicate<JavaAccess<?>> any = DescribedPredicate.or(uses);
        Function<String, ArchRule> under =
                root -> noClasses().should().accessTargetWhere(any.and(DescribedPredicate.not(may.apply(root))));
        return new HouseRule(name, under, uses, List.of(planted));
    }

    @Override
    public String toString() {
        return name;
    }
}
