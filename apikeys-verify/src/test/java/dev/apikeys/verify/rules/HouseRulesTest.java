package dev.apikeys.verify.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.EvaluationResult;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Checks every house rule twice: on what is published, and on classes that break it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HouseRulesTest {
    private static final String PLANTED = "dev.apikeys.verify.planted";

    private final JavaClasses published = PublishedClasses.get();

    static Stream<HouseRule> rules() {
        return Stream.of(ArrowRules.all(), LockingRules.all(), ApiRules.all()).flatMap(List::stream);
    }

    static Stream<HouseRule> lists() {
        return rules().filter(rule -> !rule.uses().isEmpty());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rules")
    void publishedModulesKeepTheRule(HouseRule rule) {
        EvaluationResult result = rule.under().apply("dev.apikeys").evaluate(published);

        assertThat(result.getFailureReport().getDetails()).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rules")
    void aPlantedClassBreaksTheRule(HouseRule rule) {
        assertThat(rule.planted()).as("planted classes").isNotEmpty();

        List<String> found = found(rule);

        for (Class<?> each : rule.planted()) {
            assertThat(found).anyMatch(detail -> detail.contains(each.getSimpleName()));
        }
    }

    /** An entry taken from a list leaves its planted method unfound. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("lists")
    void everyPlantedMethodBreaksTheRule(HouseRule rule) {
        List<String> found = found(rule);

        Stream<String> methods = rule.planted().stream()
                .flatMap(planted -> Stream.of(planted.getDeclaredMethods())
                        .filter(method -> !method.isSynthetic())
                        .map(method -> planted.getName() + "." + method.getName() + "("));
        assertThat(methods)
                .filteredOn(method -> found.stream().noneMatch(detail -> detail.contains("<" + method)))
                .isEmpty();
    }

    /** An entry that nothing planted shows to fire may be one that cannot. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("lists")
    void everyEntryIsPlanted(HouseRule rule) {
        List<JavaAccess<?>> accesses = planted(rule).stream()
                .<JavaAccess<?>>flatMap(type -> type.getAccessesFromSelf().stream())
                .toList();

        assertThat(rule.uses())
                .filteredOn(use -> accesses.stream().noneMatch(use))
                .extracting(DescribedPredicate::getDescription)
                .isEmpty();
    }

    private static List<String> found(HouseRule rule) {
        return rule.under()
                .apply(PLANTED)
                .evaluate(planted(rule))
                .getFailureReport()
                .getDetails();
    }

    private static JavaClasses planted(HouseRule rule) {
        return new ClassFileImporter().importClasses(rule.planted());
    }
}
