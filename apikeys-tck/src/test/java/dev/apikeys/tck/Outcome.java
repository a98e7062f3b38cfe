package dev.apikeys.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;
import org.junit.platform.testkit.engine.Events;

/**
 * What became of the rules when a contract was run.
 *
 * @param passed the tests that passed
 * @param failed the tests that failed, in the order of the rules, with their messages
 * @param skipped the tests that were skipped, with their messages
 */
record Outcome(List<String> passed, TreeMap<String, String> failed, Map<String, String> skipped) {

    /** Runs all rules. */
    static Outcome of(Class<?> contract) {
        return run(List.of(selectClass(contract)));
    }

    /** Runs one test. */
    static Outcome of(Class<?> contract, String test) {
        return run(List.of(selectMethod(contract, test)));
    }

    /** Fails unless of a rule and all before it only tests of that rule fail, and this one is among them. */
    static void requireFirstFailure(Class<?> contract, String test) {
        String rule = test.substring(0, 3);
        Outcome outcome = upTo(rule, contract);
        // Whether threads meet is up to chance.
        for (int n = 1; n < 10 && outcome.failed().isEmpty(); n++) {
            outcome = upTo(rule, contract);
        }
        assertThat(outcome.failed()).containsKey(test);
        assertThat(outcome.failed().keySet())
                .allSatisfy(name -> assertThat(name).startsWith(rule));
    }

    /** Runs a rule and all before it. */
    static Outcome upTo(String rule, Class<?> contract) {
        List<DiscoverySelector> tests = new ArrayList<>();
        for (Method method : contract.getMethods()) {
            if (method.isAnnotationPresent(Test.class)
                    && method.getName().substring(0, 3).compareTo(rule) <= 0) {
                tests.add(selectMethod(contract, method));
            }
        }
        return run(tests);
    }

    private static Outcome run(List<DiscoverySelector> selectors) {
        Events tests = EngineTestKit.engine("junit-jupiter")
                .selectors(selectors.toArray(DiscoverySelector[]::new))
                .configurationParameter("junit.jupiter.execution.timeout.default", "2 m")
                .execute()
                .testEvents();
        return new Outcome(
                tests.succeeded().map(Outcome::name).toList(),
                new TreeMap<>(messages(tests.failed())),
                messages(tests.aborted()));
    }

    private static Map<String, String> messages(Events events) {
        return events.stream()
                .collect(Collectors.toMap(Outcome::name, Outcome::message, (a, b) -> a + b, LinkedHashMap::new));
    }

    private static String name(Event event) {
        return event.getTestDescriptor().getDisplayName().replace("()", "");
    }

    private static String message(Event event) {
        return event.getRequiredPayload(TestExecutionResult.class)
                .getThrowable()
                .map(String::valueOf)
                .orElse("");
    }
}
