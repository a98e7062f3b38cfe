package dev.apikeys;

import dev.apikeys.internal.text.Cursor;
import dev.apikeys.internal.text.Described;
import dev.apikeys.spi.JournalRow;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A query of the journal, newest entries first. Each method returns a new query; conditions are combined with AND, and
 * each can be set once. Limit and cursor can be set again. Immutable and thread-safe.
 *
 * <pre>{@code
 * Page<JournalEntry> page = keys.journal(JournalQuery.all().key(id).from(yesterday));
 * }</pre>
 *
 * @since 0.1
 */
public final class JournalQuery {
    private static final int DEFAULT_LIMIT = 100;
    private static final char JOURNAL = 'j';
    private static final char SEPARATOR = '.';

    private static final JournalQuery ALL = new JournalQuery(JournalRow.Filter.ALL, null, DEFAULT_LIMIT);

    private final JournalRow.Filter filter;
    private final @Nullable Cursor after;
    private final int limit;

    private JournalQuery(JournalRow.Filter filter, @Nullable Cursor after, int limit) {
        this.filter = filter;
        this.after = after;
        this.limit = limit;
    }

    /**
     * Returns a query for all entries, 100 a page.
     *
     * @return a query
     */
    public static JournalQuery all() {
        return ALL;
    }

    private JournalQuery with(JournalRow.Filter.Builder changed) {
        return new JournalQuery(changed.build(), after, limit);
    }

    /**
     * Returns this query for entries about one key, which may have been deleted.
     *
     * @param id the key
     * @return a query
     * @throws IllegalStateException if a key was set before
     */
    public JournalQuery key(KeyId id) {
        Arguments.unset(filter.keyId(), "key");
        Objects.requireNonNull(id, "id");
        return with(filter.toBuilder().keyId(id.value()));
    }

    /**
     * Returns this query for entries of one actor.
     *
     * @param name the {@link Actor#name()}, 1 to 200 code points
     * @return a query
     * @throws InvalidArgumentException if the name is null or longer, or holds characters that a name must not hold
     * @throws IllegalStateException if an actor was set before
     */
    public JournalQuery actor(String name) {
        Arguments.unset(filter.actor(), "actor");
        return with(filter.toBuilder().actor(Arguments.text("actor", name, Actor.MAX_TEXT)));
    }

    /**
     * Returns this query for entries of a moment or later.
     *
     * @param moment by the store's clock, cut to milliseconds
     * @return a query
     * @throws InvalidArgumentException if it is null, before 1970 or after 9998
     * @throws IllegalStateException if a beginning was set before
     */
    public JournalQuery from(Instant moment) {
        Arguments.unset(filter.from(), "from");
        return with(filter.toBuilder().from(Arguments.instant("from", moment).toEpochMilli()));
    }

    /**
     * Returns this query for entries before a moment.
     *
     * @param moment by the store's clock, cut to milliseconds
     * @return a query
     * @throws InvalidArgumentException if it is null, before 1970 or after 9998
     * @throws IllegalStateException if an end was set before
     */
    public JournalQuery until(Instant moment) {
        Arguments.unset(filter.until(), "until");
        return with(filter.toBuilder().until(Arguments.instant("until", moment).toEpochMilli()));
    }

    /**
     * Returns this query for pages of another size.
     *
     * @param limit the most entries a page, 1 to 1 000
     * @return a query
     * @throws InvalidArgumentException if it is less or more
     */
    public JournalQuery limit(int limit) {
        return new JournalQuery(filter, after, Arguments.range("limit", limit, 1, Arguments.MAX_PAGE));
    }

    /**
     * Returns this query continued after a page.
     *
     * @param cursor {@link Page#next()} of that page
     * @return a query
     * @throws InvalidArgumentException if this is not such a cursor. Where the query is used: if the cursor is of a
     *     query of another key or actor
     */
    public JournalQuery after(String cursor) {
        Cursor parsed = Arguments.cursor(cursor, "" + JOURNAL);
        if (position(parsed) == null) {
            throw Arguments.refusedCursor(cursor);
        }
        return new JournalQuery(filter, parsed, limit);
    }

    private static JournalRow.@Nullable Position position(Cursor cursor) {
        String position = cursor.position();
        int end = position.indexOf(SEPARATOR);
        try {
            long time = Long.parseLong(position.substring(0, Math.max(end, 0)));
            return new JournalRow.Position(time, position.substring(end + 1));
        } catch (NumberFormatException notATime) {
            return null;
        }
    }

    /**
     * Returns the key asked for.
     *
     * @return its id, or null for any
     */
    public @Nullable KeyId key() {
        return filter.keyId() == null ? null : KeyId.of(filter.keyId());
    }

    /**
     * Returns the actor asked for.
     *
     * @return the name, or null for any
     */
    public @Nullable String actor() {
        return filter.actor();
    }

    /**
     * Returns the moment from which entries are asked for.
     *
     * @return the moment, or null for the beginning
     */
    public @Nullable Instant from() {
        return filter.from() == null ? null : Instant.ofEpochMilli(filter.from());
    }

    /**
     * Returns the moment before which entries are asked for.
     *
     * @return the moment, or null for no end
     */
    public @Nullable Instant until() {
        return filter.until() == null ? null : Instant.ofEpochMilli(filter.until());
    }

    /**
     * Returns the most entries a page.
     *
     * @return 1 to 1 000
     */
    public int limit() {
        return limit;
    }

    /**
     * Returns the cursor.
     *
     * @return the cursor, or null for the newest entry
     */
    public @Nullable String after() {
        return after == null ? null : after.text();
    }

    JournalRow.Filter filter() {
        return filter;
    }

    /** Returns the position before the page, or null for the first page. Refuses the cursor of another list. */
    JournalRow.@Nullable Position position() {
        if (after == null) {
            return null;
        }
        if (!after.conditions().equals(conditions())) {
            throw Arguments.refusedCursor(after.text());
        }
        return position(after);
    }

    /** Returns the cursor of the page after a position. */
    String cursor(JournalRow.Position last) {
        return new Cursor(JOURNAL, conditions(), Long.toString(last.time()) + SEPARATOR + last.id()).text();
    }

    /** Returns the conditions of the cursor, without moments: callers compute these from now, again for each page. */
    private String conditions() {
        return Cursor.conditions(filter.keyId(), filter.actor());
    }

    private Described described() {
        return Described.as("JournalQuery")
                .with("key", filter.keyId())
                .with("actor", actor())
                .with("from", from())
                .with("until", until())
                .with("limit", limit)
                .with("after", after());
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof JournalQuery that && described().equals(that.described());
    }

    @Override
    public int hashCode() {
        return described().hashCode();
    }

    /** Returns the conditions; secrets within the actor are masked. */
    @Override
    public String toString() {
        return described().toString();
    }
}
