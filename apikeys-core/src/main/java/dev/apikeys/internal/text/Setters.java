package dev.apikeys.internal.text;

import java.util.Set;

/** The setters of a builder that were called. Stateless and thread-safe. */
public final class Setters {
    private Setters() {}

    /**
     * Refuses a second call of a setter: silently dropping one of two values would hide a mistake.
     *
     * @throws IllegalStateException if it was called before
     */
    public static void once(Set<String> called, String setter) {
        if (!called.add(setter)) {
            throw new IllegalStateException(setter + " was called before; call each setter of a builder once");
        }
    }
}
