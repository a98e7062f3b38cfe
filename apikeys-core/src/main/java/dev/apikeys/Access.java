package dev.apikeys;

import dev.apikeys.internal.text.PlainPath;
import dev.apikeys.internal.text.SortedNames;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The permissions and resources that a call needs. Immutable and thread-safe: build it once and use it for every call.
 *
 * <pre>{@code
 * private static final Access UPLOAD = Access.permission("upload");
 * }</pre>
 *
 * @since 0.1
 */
public final class Access {
    private static final int MAX_ACTION = 64;

    /** Needs only a valid key. */
    static final Access NONE = new Access(Set.of(), List.of(), List.of());

    /**
     * A request for the authorizer to decide.
     *
     * @param path an absolute path
     * @param action the action to allow
     * @since 0.1
     */
    public record Resource(String path, String action) {
        /**
         * Creates a request to the authorizer.
         *
         * @throws InvalidArgumentException as {@link Access#resource} does
         */
        public Resource {
            if (path == null || !PlainPath.isPlain(path)) {
                throw Arguments.refused(
                        "path",
                        path,
                        "an absolute path of at most " + PlainPath.MAX_LENGTH
                                + " characters without .., //, /./, %, ;, ?, #, backslash,"
                                + " blanks around a segment, control or line separator characters");
            }
            Arguments.text("action", action, MAX_ACTION);
        }
    }

    final Set<String> allOf;
    final List<Set<String>> anyOf;
    final List<Resource> resources;

    private Access(Set<String> allOf, List<Set<String>> anyOf, List<Resource> resources) {
        this.allOf = allOf;
        this.anyOf = anyOf;
        this.resources = resources;
    }

    /**
     * Returns an access that needs one permission.
     *
     * @param permission its name
     * @return an access
     * @throws InvalidArgumentException if the name is outside the grammar {@code [a-z][a-z0-9_.:-]{0,63}}
     */
    public static Access permission(String permission) {
        return allOf(permission);
    }

    /**
     * Returns an access that needs every one of these permissions.
     *
     * @param permissions 1 to 128 names
     * @return an access
     * @throws InvalidArgumentException if there are none or more, or a name is outside the grammar
     */
    public static Access allOf(String... permissions) {
        return new Access(names(permissions), List.of(), List.of());
    }

    /**
     * Returns an access that needs any one of these permissions.
     *
     * @param permissions 1 to 128 names
     * @return an access
     * @throws InvalidArgumentException if there are none or more, or a name is outside the grammar
     */
    public static Access anyOf(String... permissions) {
        return new Access(Set.of(), List.of(names(permissions)), List.of());
    }

    /**
     * Returns an access that needs the authorizer to allow an action on a resource. Without an authorizer it is denied.
     *
     * @param path an absolute path, decoded and normalised by the caller, at most 2 048 characters
     * @param action the action, such as {@code GET}, at most 64 characters
     * @return an access
     * @throws InvalidArgumentException if the path does not begin with {@code /}, or holds {@code ..}, {@code //}, a
     *     segment {@code .}, one of {@code % ; ? #}, a backslash, a blank beside a slash or at the end, a control
     *     character or a line separator: the code that serves such a path may resolve it to another one. Answer with
     *     HTTP status 400
     */
    public static Access resource(String path, String action) {
        return new Access(Set.of(), List.of(), List.of(new Resource(path, action)));
    }

    /**
     * Returns an access that needs both.
     *
     * @param other the further needs
     * @return an access
     */
    public Access and(Access other) {
        Objects.requireNonNull(other, "other");
        Set<String> all = SortedNames.copyOf(joined(allOf, other.allOf));
        return new Access(all, joined(anyOf, other.anyOf), joined(resources, other.resources));
    }

    /**
     * Returns the permissions that are all needed.
     *
     * @return the names, sorted; may be empty
     */
    public Set<String> required() {
        return allOf;
    }

    /**
     * Returns the sets of alternatives: one permission of each set is needed.
     *
     * @return the sets, sorted each; may be empty
     */
    public List<Set<String>> alternatives() {
        return anyOf;
    }

    /**
     * Returns what the authorizer must allow.
     *
     * @return the requests; may be empty
     */
    public List<Resource> resources() {
        return resources;
    }

    /** Returns the permissions that are needed and not granted; where any one of several would do, all of these. */
    Set<String> missing(Set<String> granted) {
        List<String> missing = new ArrayList<>(0);
        for (String name : allOf) {
            if (!granted.contains(name)) {
                missing.add(name);
            }
        }
        for (Set<String> any : anyOf) {
            if (Collections.disjoint(granted, any)) {
                missing.addAll(any);
            }
        }
        return missing.isEmpty() ? Set.of() : SortedNames.copyOf(missing);
    }

    private static Set<String> names(String... permissions) {
        if (permissions == null || permissions.length == 0) {
            throw Arguments.refusedValue("permissions", "empty", "1 to " + Arguments.MAX_PERMISSIONS + " names");
        }
        return Arguments.permissions("permissions", new HashSet<>(Arrays.asList(permissions)));
    }

    private static <T> List<T> joined(Collection<T> a, Collection<T> b) {
        List<T> both = new ArrayList<>(a);
        both.addAll(b);
        return List.copyOf(both);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Access that
                && allOf.equals(that.allOf)
                && anyOf.equals(that.anyOf)
                && resources.equals(that.resources);
    }

    @Override
    public int hashCode() {
        return Objects.hash(allOf, anyOf, resources);
    }

    /** The permissions and resources. */
    @Override
    public String toString() {
        return "Access[required=" + allOf + ", alternatives=" + anyOf + ", resources=" + resources + "]";
    }
}
