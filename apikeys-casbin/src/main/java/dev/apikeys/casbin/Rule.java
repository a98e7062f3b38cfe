package dev.apikeys.casbin;

import java.util.Set;

/**
 * One validated allow or deny.
 *
 * @param needs the permissions that this rule requires, all of them; never empty
 * @param path the paths
 * @param actions the actions, or the one element {@code *} for any
 */
record Rule(Set<String> needs, PathPattern path, Set<String> actions) {

    static final String ANY_ACTION = "*";

    boolean matches(Set<String> granted, String resource, String action) {
        return (actions.contains(ANY_ACTION) || actions.contains(action))
                && granted.containsAll(needs)
                && path.matches(resource);
    }
}
