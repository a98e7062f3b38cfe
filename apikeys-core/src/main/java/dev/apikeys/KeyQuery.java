package dev.apikeys;

import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which keys to list, by ascending id. Each method returns a new query. Immutable and thread-safe.
 */
public final class KeyQuery {
    private static final int DEFAULT_LIMIT = 100;
    static final int MAX_LIMIT = 1_000;
    private static final String CURSOR_PREFIX = "after:";

    /** Several times what any id of ours takes, for ids that were damaged by hand. */
    private static final int MAX_CURSOR = 1_024;

    private static final KeyQuery ALL = new KeyQuery(KeyFilter.ALL, null, DEFAULT_LIMIT);

    final KeyFilter filter;
    final @Nullable String afterId;
    final int limit;

    private KeyQuery(KeyFilter filter, @Nullable String afterId, int limit) {
        this.filter = filter;
        this.afterId = afterId;
        this.limit = limit;
    }

    /**
     * All keys, 100 a page.
     *
     * @return a query
     */
    public static KeyQuery all() {
        return ALL;
    }

    /**
     * Only keys of this owner.
     *
     * @param owner 1 to 200 code points
     * @return a query
     * @throws IllegalArgumentException if it is longer or holds what no owner may hold
     */
    public KeyQuery owner(String owner) {
        String checked = Arguments.text("owner", owner, Arguments.MAX_OWNER);
        return new KeyQuery(new KeyFilter(checked, filter.role(), filter.status()), afterId, limit);
    }

    /**
     * Only keys of this role.
     *
     * @param role its name
     * @return a query
     * @throws IllegalArgumentException if the name is outside the grammar {@code [a-z][a-z0-9_.:-]{0,63}}
     */
    public KeyQuery role(String role) {
        String checked = PermissionNames.require("role", role);
        return new KeyQuery(new KeyFilter(filter.owner(), checked, filter.status()), afterId, limit);
    }

    /**
     * Only keys that have this status when the page is read.
     *
     * @param status the status
     * @return a query
     */
    public KeyQuery status(KeyRow.Status status) {
        Objects.requireNonNull(status, "status");
        return new KeyQuery(new KeyFilter(filter.owner(), filter.role(), status), afterId, limit);
    }

    /**
     * At most so many keys a page.
     *
     * @param limit 1 to 1 000
     * @return a query
     * @throws IllegalArgumentException if it is less or more
     */
    public KeyQuery limit(int limit) {
        return new KeyQuery(filter, afterId, Arguments.range("limit", limit, 1, MAX_LIMIT));
    }

    /**
     * Goes on where a page ended.
     *
     * @param cursor {@link Page#next()} of that page
     * @return a query
     * @throws IllegalArgumentException if this is not such a cursor
     */
    public KeyQuery after(String cursor) {
        Objects.requireNonNull(cursor, "cursor");
        return new KeyQuery(filter, idOf(cursor), limit);
    }

    /** Of chars, not of text: an encoding would turn a lone surrogate into another character, and a list into a circle. */
    static String cursor(String id) {
        String chars = CURSOR_PREFIX + id;
        ByteBuffer bytes = ByteBuffer.allocate(Character.BYTES * chars.length());
        bytes.asCharBuffer().put(chars);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    private static String idOf(String cursor) {
        if (cursor.length() <= MAX_CURSOR) {
            try {
                ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(cursor));
                String chars = bytes.asCharBuffer().toString();
                // Ids that were damaged by hand must not end a list, whatever they hold but what PostgreSQL refuses.
                if (chars.startsWith(CURSOR_PREFIX) && chars.indexOf('\0') < 0) {
                    return chars.substring(CURSOR_PREFIX.length());
                }
            } catch (IllegalArgumentException notBase64) {
                // Refused below, like everything else that is not a cursor.
            }
        }
        throw Arguments.refused("cursor", cursor, "what Page.next() gave");
    }
}
