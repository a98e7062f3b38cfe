package dev.apikeys.http;

import dev.apikeys.Actor;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * Somebody who may use the admin API, for one request. Immutable and thread-safe.
 *
 * @param actor who stands in the journal; the request id is added to it
 * @param rights what this one may do
 * @param canGive the permissions that keys made or changed by this one may hold
 * @since 0.1
 */
public record Administrator(Actor actor, Set<Right> rights, Set<String> canGive) implements Administrators.Admission {

    /** Creates an administrator of copies. */
    public Administrator {
        Objects.requireNonNull(actor, "actor");
        rights = Set.copyOf(rights);
        canGive = Set.copyOf(canGive);
    }

    /** What an administrator may do. */
    public enum Right {
        /** See all keys, the journal and the health. */
        READ,
        /** Create keys and hand them over. */
        CREATE,
        /** Edit, rotate, disable, enable and delete keys. */
        CHANGE,
        /** Revoke keys. */
        REVOKE,
        /** Mend damaged permission lists. */
        REPAIR
    }

    /** The rights in the order of their declaration, so that answers are the same from call to call. */
    Set<Right> sortedRights() {
        return rights.isEmpty() ? Set.of() : EnumSet.copyOf(rights);
    }

    Administrator withoutRightsBut(Set<Right> most) {
        Set<Right> fewer = EnumSet.noneOf(Right.class);
        fewer.addAll(rights);
        fewer.retainAll(most);
        return new Administrator(actor, fewer, canGive);
    }

    /** @throws Failure if a permission is beyond what this one can give */
    void requireCanGive(Set<String> permissions) {
        if (!canGive.containsAll(permissions)) {
            TreeSet<String> beyond = new TreeSet<>(permissions);
            beyond.removeAll(canGive);
            throw Failure.forbidden("You cannot give the permissions " + beyond).with("field", "permissions");
        }
    }
}
