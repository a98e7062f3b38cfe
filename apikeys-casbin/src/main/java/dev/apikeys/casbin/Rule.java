package dev.apikeys.casbin;

import java.util.Set;

/**
 * One allow or deny, checked and ready.
 *
 * @param needs the permissions it takes, all of them, for this rule to count; never empty
 * @param path where
 * @param actions what, or the one element {@code *} for anything
 */
record Rule(Set<String> needs, PathPattern path, Set<String> actions) {

    static final String ANY_ACTION = "*";

    boolean matches(Set<String> granted, String resource, String action) {
        return (actions.contains(ANY_ACTION) || actions.contains(action))
                && granted.containsAll(needs)
                && path.matches(resource);
    }
}
