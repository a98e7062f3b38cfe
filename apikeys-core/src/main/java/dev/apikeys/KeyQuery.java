package dev.apikeys;

import dev.apikeys.internal.text.Cursor;
import dev.apikeys.internal.text.Described;
import dev.apikeys.spi.ApiKeyStore.Order;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A query of keys to list, count or revoke, with an order. Each method returns a new query; conditions are combined
 * with AND, and each can be set once. Limit, order and cursor can be set again. Immutable and thread-safe.
 *
 * <pre>{@code
 * Page<ApiKey> page = keys.list(KeyQuery.all().owner("team-a").status(KeyStatus.ACTIVE).newestFirst().limit(50));
 * }</pre>
 *
 * <p>Without an owner, {@link #matching}, {@link #role}, {@link #status} and {@link #unusedSince} are scans: a page
 * holds the keys found within a bounded time, and may be empty although there is a next one.
 *
 * @since 0.1
 */
public final class KeyQuery {
    private static final int DEFAULT_LIMIT = 100;
    private static final Duration LEAST_UNUSED = Duration.ofHours(1);
    private static final char OLDEST_FIRST = 'o';
    private static final char NEWEST_FIRST = 'n';

    private static final KeyQuery ALL = new KeyQuery(KeyFilter.ALL, Order.OLDEST_FIRST, null, DEFAULT_LIMIT);

    private final KeyFilter filter;
    private final Order order;
    private final @Nullable Cursor after;
    private final int limit;

    private KeyQuery(KeyFilter filter, Order order, @Nullable Cursor after, int limit) {
        this.filter = filter;
        this.order = order;
        this.after = after;
        this.limit = limit;
    }

    /**
     * Returns a query for all keys, oldest first, 100 a page.
     *
     * @return a query
     */
    public static KeyQuery all() {
        return ALL;
    }

    private KeyQuery with(KeyFilter.Builder changed) {
        return new KeyQuery(changed.build(), order, after, limit);
    }

    /**
     * Returns this query for keys of one owner.
     *
     * @param owner 1 to 200 code points
     * @return a query
     * @throws InvalidArgumentException if the owner is null or longer, or holds characters that an owner must not hold
     * @throws IllegalStateException if an owner was set before
     */
    public KeyQuery owner(String owner) {
        Arguments.unset(filter.owner(), "owner");
        return with(filter.toBuilder().owner(Arguments.text("owner", owner, Arguments.MAX_OWNER)));
    }

    /**
     * Returns this query for keys of one role.
     *
     * @param role its name
     * @return a query
     * @throws InvalidArgumentException if the name is outside the grammar {@code [a-z][a-z0-9_.:-]{0,63}}
     * @throws IllegalStateException if a role was set before
     */
    public KeyQuery role(String role) {
        Arguments.unset(filter.role(), "role");
        return with(filter.toBuilder().role(Arguments.name("role", role)));
    }

    /**
     * Returns this query for keys that have a status when the page is read.
     *
     * @param status the status
     * @return a query
     * @throws IllegalStateException if a status was set before
     */
    public KeyQuery status(KeyStatus status) {
        Arguments.unset(filter.status(), "status");
        return with(filter.toBuilder().status(Objects.requireNonNull(status, "status")));
    }

    /**
     * Returns this query for keys that one actor created.
     *
     * @param actor the {@link Actor#name()}, 1 to 200 code points
     * @return a query
     * @throws InvalidArgumentException if the name is null or longer, or holds characters that a name must not hold
     * @throws IllegalStateException if a creator was set before
     */
    public KeyQuery createdBy(String actor) {
        Arguments.unset(filter.createdBy(), "createdBy");
        return with(filter.toBuilder().createdBy(Arguments.text("createdBy", actor, Actor.MAX_TEXT)));
    }

    /**
     * Returns this query for keys whose id, name or owner contains a text. Only A to Z match case-insensitively; every
     * other character, {@code %} and {@code _} included, is literal.
     *
     * @param text 1 to 200 code points, not blanks alone
     * @return a query
     * @throws InvalidArgumentException if the text is null, blank or longer, or holds control characters or lone
     *     surrogates
     * @throws IllegalStateException if a text was set before
     */
    public KeyQuery matching(String text) {
        Arguments.unset(filter.matching(), "matching");
        return with(filter.toBuilder().matching(Arguments.search("matching", text)));
    }

    /**
     * Returns this query for keys that expire, or whose revocation begins, before a moment; keys that have ended are
     * included. Add {@link #status} to exclude them.
     *
     * @param moment a moment, cut to milliseconds
     * @return a query
     * @throws InvalidArgumentException if it is null, before 1970 or after 9998
     * @throws IllegalStateException if an end was set before
     */
    public KeyQuery endingBefore(Instant moment) {
        Arguments.unset(filter.endingBefore(), "endingBefore");
        return with(filter.toBuilder()
                .endingBefore(Arguments.instant("endingBefore", moment).toEpochMilli()));
    }

    /**
     * Returns this query for keys without a use at or after a moment. A key that was never used counts as used at its
     * creation. A use counts once it is written, which other nodes do every few seconds.
     *
     * @param moment a moment at least an hour before the query is used, cut to milliseconds
     * @return a query
     * @throws InvalidArgumentException if it is null, before 1970 or after 9998. Where the query is used: if it is less
     *     than an hour ago
     * @throws IllegalStateException if a last use was set before
     */
    public KeyQuery unusedSince(Instant moment) {
        Arguments.unset(filter.unusedSince(), "unusedSince");
        return with(filter.toBuilder()
                .unusedSince(Arguments.instant("unusedSince", moment).toEpochMilli()));
    }

    /**
     * Returns this query by descending id: newest first, to the millisecond.
     *
     * @return a query
     */
    public KeyQuery newestFirst() {
        return new KeyQuery(filter, Order.NEWEST_FIRST, after, limit);
    }

    /**
     * Returns this query for pages of another size.
     *
     * @param limit the most keys a page, 1 to 1 000
     * @return a query
     * @throws InvalidArgumentException if it is less or more
     */
    public KeyQuery limit(int limit) {
        return new KeyQuery(filter, order, after, Arguments.range("limit", limit, 1, Arguments.MAX_PAGE));
    }

    /**
     * Returns this query continued after a page.
     *
     * @param cursor {@link Page#next()} of that page
     * @return a query
     * @throws InvalidArgumentException if this is not such a cursor. Where the query is used: if the cursor is of a
     *     query of the other order or of other conditions; {@link #endingBefore} and {@link #unusedSince} may have
     *     moved on
     */
    public KeyQuery after(String cursor) {
        return new KeyQuery(filter, order, Arguments.cursor(cursor, "" + OLDEST_FIRST + NEWEST_FIRST), limit);
    }

    /**
     * Returns the owner asked for.
     *
     * @return the owner, or null for any
     */
    public @Nullable String owner() {
        return filter.owner();
    }

    /**
     * Returns the role asked for.
     *
     * @return the name, or null for any
     */
    public @Nullable String role() {
        return filter.role();
    }

    /**
     * Returns the status asked for.
     *
     * @return the status, or null for any
     */
    public @Nullable KeyStatus status() {
        return filter.status();
    }

    /**
     * Returns the creator asked for.
     *
     * @return the name, or null for any
     */
    public @Nullable String createdBy() {
        return filter.createdBy();
    }

    /**
     * Returns the text to search for.
     *
     * @return the text, or null for none
     */
    public @Nullable String matching() {
        return filter.matching();
    }

    /**
     * Returns the moment before which the keys end.
     *
     * @return the moment, or null for any end and none
     */
    public @Nullable Instant endingBefore() {
        return moment(filter.endingBefore());
    }

    /**
     * Returns the moment since which the keys are unused.
     *
     * @return the moment, or null for any use
     */
    public @Nullable Instant unusedSince() {
        return moment(filter.unusedSince());
    }

    private static @Nullable Instant moment(@Nullable Long millis) {
        return millis == null ? null : Instant.ofEpochMilli(millis);
    }

    /**
     * Returns the direction.
     *
     * @return true for newest first
     */
    public boolean isNewestFirst() {
        return order == Order.NEWEST_FIRST;
    }

    /**
     * Returns the most keys a page.
     *
     * @return 1 to 1 000
     */
    public int limit() {
        return limit;
    }

    /**
     * Returns the cursor.
     *
     * @return the cursor, or null for the beginning
     */
    public @Nullable String after() {
        return after == null ? null : after.text();
    }

    KeyFilter filter() {
        return filter;
    }

    Order order() {
        return order;
    }

    /** Returns the id after which the page begins, or null for the first page. Refuses the cursor of another list. */
    @Nullable String afterId() {
        if (after == null) {
            return null;
        }
        if (after.list() != list() || !after.conditions().equals(conditions())) {
            throw Arguments.refusedCursor(after.text());
        }
        return after.position();
    }

    /** Returns the cursor of the page of this query after an id. */
    String cursor(String lastId) {
        return new Cursor(list(), conditions(), lastId).text();
    }

    /** Returns the conditions of the cursor, without moments: callers compute these from now, again for each page. */
    private String conditions() {
        KeyStatus status = filter.status();
        return Cursor.conditions(
                filter.owner(),
                filter.role(),
                filter.createdBy(),
                filter.matching(),
                status == null ? null : status.name());
    }

    private char list() {
        return isNewestFirst() ? NEWEST_FIRST : OLDEST_FIRST;
    }

    /** Refuses {@code unusedSince} within the last hour: another node may not have written a use of that time yet. */
    void requireFor(long now) {
        Long since = filter.unusedSince();
        if (since != null && since > now - LEAST_UNUSED.toMillis()) {
            throw Arguments.refusedValue("unusedSince", Instant.ofEpochMilli(since), "at least an hour ago");
        }
    }

    private Described described() {
        return Described.as("KeyQuery")
                .with("owner", owner())
                .with("role", role())
                .with("status", status())
                .with("createdBy", createdBy())
                .with("matching", matching())
                .with("endingBefore", endingBefore())
                .with("unusedSince", unusedSince())
                .with("order", order)
                .with("limit", limit)
                .with("after", after());
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof KeyQuery that && described().equals(that.described());
    }

    @Override
    public int hashCode() {
        return described().hashCode();
    }

    /** Returns the conditions; secrets within the texts are masked. */
    @Override
    public String toString() {
        return described().toString();
    }
}
