package dev.apikeys;

import dev.apikeys.DecodedPermissions.Grade;
import dev.apikeys.internal.text.SortedNames;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds damaged permission lists and repairs them, page by page. Nothing is deleted, and a key that changes
 * concurrently is left alone. Thread-safe.
 *
 * <pre>{@code
 * PermissionRepair repair = keys.permissionRepair();
 * repair.inspect(KeyQuery.all()).items().forEach(finding -> ...); // writes nothing
 * repair.apply(KeyQuery.all());
 * }</pre>
 *
 * <p>In a view that is {@linkplain ApiKeyManager#provided restricted to an owner}, {@link #inspect} and {@link #apply}
 * skip the keys of other owners. A decorator of {@link ApiKeyManager} implements this interface.
 *
 * @since 0.1
 */
public interface PermissionRepair {

    /**
     * The result for a damaged list.
     *
     * @since 0.1
     */
    enum Outcome {
        /** It was only inspected. */
        FOUND,
        /** It was rewritten in the canonical form. */
        REWRITTEN,
        /** It is quarantined, and needs new contents from the caller: {@link PermissionRepair#set}. */
        LEFT,
        /** The key was changed or deleted concurrently; inspect it again. */
        CHANGED_MEANWHILE
    }

    /**
     * A damaged list.
     *
     * @param id the key
     * @param stored the stored text, or null
     * @param grade REPAIRED or QUARANTINED
     * @param rules the repairs, or why repair is impossible
     * @param permissions the repaired list, sorted; empty if quarantined
     * @param outcome the result
     * @since 0.1
     */
    record Finding(
            KeyId id,
            @Nullable String stored,
            Grade grade,
            List<String> rules,
            Set<String> permissions,
            Outcome outcome) {
        /** Creates a finding and copies the collections. */
        public Finding {
            rules = List.copyOf(rules);
            permissions = SortedNames.copyOf(permissions);
        }
    }

    /**
     * Reports damaged lists without writing anything.
     *
     * @param query which keys to look at
     * @return the damaged lists among them
     * @throws dev.apikeys.spi.StorageException if the store failed
     * @throws IllegalStateException if the manager is closed
     */
    Page<Finding> inspect(KeyQuery query);

    /**
     * Rewrites the repairable lists; quarantined ones are reported and left unchanged. Inspect first: for a key without
     * a role, a repaired list grants nothing before it is rewritten, and all that it holds afterwards.
     *
     * @param query which keys to look at
     * @return the damaged lists among them
     * @throws dev.apikeys.spi.StorageException if the store failed
     * @throws IllegalStateException if the manager is closed
     */
    Page<Finding> apply(KeyQuery query);

    /**
     * Sets a key's permission list, quarantined or not.
     *
     * @param id the key
     * @param permissions at most 128 names, within the key's role if it has one; or those that the stored list is read
     *     as, which the role still bounds
     * @return the key
     * @throws IllegalArgumentException if there are more, a name is outside the grammar, or other names than the stored
     *     ones are beyond the role
     * @throws KeyNotFoundException if there is no such key
     * @throws ConflictException if a precondition does not hold, the stored version cannot be read, or the change kept
     *     losing the race with others
     * @throws dev.apikeys.spi.StorageException if the store failed
     * @throws IllegalStateException if the manager is closed
     */
    ApiKey set(KeyId id, Set<String> permissions);
}
