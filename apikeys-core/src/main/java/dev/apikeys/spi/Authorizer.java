package dev.apikeys.spi;

import java.util.Set;

/**
 * A decision whether a set of permissions allows an action on a resource.
 *
 * <p>Implementations are thread-safe. Locking: the library holds nothing while it calls this. An exception
 * means no.
 *
 * @since 0.1
 */
@FunctionalInterface
public interface Authorizer {

    /**
     * Decides.
     *
     * @param granted the permissions that count, sorted and immutable, never null; the key's role is not an input
     * @param resource an absolute path such as {@code /files/a.txt}, checked: no {@code ..}, {@code //}, {@code %} or NUL
     * @param action what is to be done, such as {@code GET}
     * @return true if it is allowed
     */
    boolean allows(Set<String> granted, String resource, String action);
}
