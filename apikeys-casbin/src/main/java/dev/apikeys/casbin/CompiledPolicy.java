package dev.apikeys.casbin;

import dev.apikeys.spi.Authorizer;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The shipped model with one policy, immutable. Rules are indexed by a permission they need, so that a decision checks
 * only the rules of the granted permissions.
 */
final class CompiledPolicy implements Authorizer {

    private final Map<String, List<Rule>> denies;
    private final Map<String, List<Rule>> allows;

    CompiledPolicy(Map<String, List<Rule>> denies, Map<String, List<Rule>> allows) {
        this.denies = denies;
        this.allows = allows;
    }

    @Override
    public boolean allows(Set<String> granted, String resource, String action) {
        return !anyMatches(denies, granted, resource, action) && anyMatches(allows, granted, resource, action);
    }

    private static boolean anyMatches(
            Map<String, List<Rule>> rules, Set<String> granted, String resource, String action) {
        for (String permission : granted) {
            for (Rule rule : rules.getOrDefault(permission, List.of())) {
                if (rule.matches(granted, resource, action)) {
                    return true;
                }
            }
        }
        return false;
    }
}
