package dev.apikeys;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turns a set of permissions into stored text and back. Thread-safe.
 *
 * <p>Decoding is total: whatever stands in the store, the answer is a {@link DecodedPermissions} with a grade, never an
 * exception and never null.
 */
public interface PermissionCodec {

    /**
     * Encodes.
     *
     * @param permissions at most 128 names of the grammar {@code [a-z][a-z0-9_.:-]{0,63}}
     * @return the canonical text
     * @throws IllegalArgumentException if there are more, or a name is outside the grammar
     */
    String encode(Set<String> permissions);

    /**
     * Decodes.
     *
     * @param stored any text, or null
     * @return the permissions with their grade
     */
    DecodedPermissions decode(@Nullable String stored);
}
