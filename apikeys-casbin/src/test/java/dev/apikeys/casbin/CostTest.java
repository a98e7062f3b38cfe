package dev.apikeys.casbin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.AbstractList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.PatternSyntaxException;
import org.junit.jupiter.api.Test;

/** What a check leaves alone. Whatever it must not touch is a tripwire here: times and bytes depend on the compiler. */
class CostTest {
    private static final Set<String> READ = Set.of("read");
    private static final Rule GRANTED = new Rule(READ, PathPattern.of("/files/:id"), Set.of("GET"));

    /** No regular expression, so that whoever asks {@code keyMatch2} finds out. */
    private static final String TRIPWIRE = "/files/(";

    @Test
    void rulesOfOtherPermissionsAreNotLookedAt() {
        List<Rule> untouchable = new AbstractList<>() {
            @Override
            public Rule get(int index) {
                throw new AssertionError("looked at rule " + index);
            }

            @Override
            public int size() {
                throw new AssertionError("looked at the rules of another permission");
            }
        };
        CompiledPolicy policy = new CompiledPolicy(
                Map.of("other", untouchable), Map.of("read", List.of(GRANTED), "other", untouchable));

        assertThat(policy.allows(READ, "/files/7", "GET")).isTrue();
        assertThatThrownBy(() -> policy.allows(Set.of("other"), "/files/7", "GET"))
                .isInstanceOf(AssertionError.class);
    }

    @Test
    void pathsOfRulesWithAnotherActionAreNotMatched() {
        Rule other = new Rule(READ, new PathPattern(TRIPWIRE, "/files/"), Set.of("OTHER"));
        CompiledPolicy policy = denying(other);

        assertThat(policy.allows(READ, "/files/7", "GET")).isTrue();
        assertThatThrownBy(() -> policy.allows(READ, "/files/7", "OTHER")).isInstanceOf(PatternSyntaxException.class);
    }

    @Test
    void pathsWithAnotherPrefixAreNotMatched() {
        Rule other = new Rule(READ, new PathPattern(TRIPWIRE, "/other/"), Set.of("GET"));
        CompiledPolicy policy = denying(other);

        assertThat(policy.allows(READ, "/files/7", "GET")).isTrue();
        assertThatThrownBy(() -> policy.allows(READ, "/other/7", "GET")).isInstanceOf(PatternSyntaxException.class);
    }

    private static CompiledPolicy denying(Rule rule) {
        return new CompiledPolicy(Map.of("read", List.of(rule)), Map.of("read", List.of(GRANTED)));
    }
}
