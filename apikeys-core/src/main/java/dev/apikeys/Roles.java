package dev.apikeys;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The roles that a manager knows: named sets of permissions. A key grants the permissions that both it and its role
 * hold now: narrowing a role narrows its keys, widening it widens nothing. Immutable and thread-safe.
 *
 * <pre>{@code
 * Roles roles = Roles.standard().with("auditor", "read", "journal");
 * }</pre>
 *
 * @since 0.1
 */
public final class Roles {
    private static final int MAX_ROLES = 1_000;
    private static final Roles NONE = new Roles(new TreeMap<>());
    private static final Roles STANDARD = NONE.with("admin", "read", "download", "upload", "admin")
            .with("read_only", "read")
            .with("download_only", "download")
            .with("upload_only", "upload")
            .with("read_upload", "read", "upload");

    private final Map<String, Set<String>> permissions;

    private Roles(SortedMap<String, Set<String>> permissions) {
        this.permissions = Collections.unmodifiableMap(permissions);
    }

    /**
     * Returns the standard roles: {@code admin} (read, download, upload, admin), {@code read_only} (read), {@code download_only}
     * (download), {@code upload_only} (upload), {@code read_upload} (read, upload).
     *
     * @return the roles
     */
    public static Roles standard() {
        return STANDARD;
    }

    /**
     * Returns no roles, to start from.
     *
     * @return no roles
     */
    public static Roles none() {
        return NONE;
    }

    /**
     * Returns these roles with one added, or replaced if the name exists.
     *
     * @param role the name, {@code [a-z][a-z0-9_.:-]{0,63}}
     * @param permissions at most 128 names of the same grammar
     * @return new roles
     * @throws InvalidArgumentException if a name is outside the grammar, or there are more permissions, or more than 1
     *     000 roles
     */
    public Roles with(String role, String... permissions) {
        Arguments.name("role", role);
        Objects.requireNonNull(permissions, "permissions");
        TreeMap<String, Set<String>> all = new TreeMap<>(this.permissions);
        all.put(role, Arguments.permissions("permissions", new HashSet<>(Arrays.asList(permissions))));
        Arguments.range("number of roles", all.size(), 0, MAX_ROLES);
        return new Roles(all);
    }

    /**
     * Returns the permissions of a role.
     *
     * @param role the name
     * @return its permissions, sorted, or empty if there is no such role
     */
    public Optional<Set<String>> permissionsOf(String role) {
        return Optional.ofNullable(permissions.get(role));
    }

    /**
     * Returns all roles.
     *
     * @return permissions by role, sorted by name; immutable
     */
    public Map<String, Set<String>> asMap() {
        return permissions;
    }

    /** Refuses an unknown role, and permissions that the role does not hold. */
    void requireWithin(String role, Set<String> names) {
        Set<String> held = permissions.get(role);
        if (held == null) {
            throw Arguments.refused("role", role, "one of " + permissions.keySet());
        }
        if (!held.containsAll(names)) {
            TreeSet<String> extra = new TreeSet<>(names);
            extra.removeAll(held);
            throw Arguments.invalid(
                    "permissions",
                    "permissions " + extra + " are beyond the role " + role + "; allowed: " + held,
                    "" + held);
        }
    }

    /** Returns the names of the roles. */
    @Override
    public String toString() {
        return "Roles" + permissions.keySet();
    }
}
