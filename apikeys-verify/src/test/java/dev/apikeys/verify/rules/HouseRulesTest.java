package dev.apikeys.verify.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.EvaluationResult;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Checks every house rule twice: on what is published, and on a class that breaks it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HouseRulesTest {
    private static final String PLANTED = "dev.apikeys.verify.planted";

    private final JavaClasses published = PublishedClasses.get();

    static Stream<HouseRule> rules() {
        return Stream.of(ArrowRules.all(), LockingRules.all(), ApiRules.all()).flatMap(List::stream);
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
        JavaClasses planted = new ClassFileImporter().importClasses(rule.planted());

        List<String> found =
                rule.under().apply(PLANTED).evaluate(planted).getFailureReport().getDetails();

        for (Class<?> each : rule.planted()) {
            assertThat(found).anyMatch(detail -> detail.contains(each.getSimpleName()));
        }
    }
}
