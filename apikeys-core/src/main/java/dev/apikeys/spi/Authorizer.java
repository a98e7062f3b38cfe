package dev.apikeys.spi;

import java.util.Set;

/**
 * Decides whether a set of permissions allows an action on a resource.
 *
 * <p>Implementations are thread-safe. Locking: the library holds nothing while it calls this. An exception denies.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface Authorizer {

    /**
     * Returns whether an action is allowed.
     *
     * @param granted the effective permissions, sorted and immutable, never null; the key's role is not an input
     * @param resource an absolute path such as {@code /files/a.txt}, checked: no {@code ..}, {@code //}, {@code %} or
     *     NUL
     * @param action the action, such as {@code GET}
     * @return true if it is allowed
     */
    boolean allows(Set<String> granted, String resource, String action);
}
