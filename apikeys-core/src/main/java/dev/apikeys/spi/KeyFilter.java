package dev.apikeys.spi;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A condition on key rows; null means no restriction. Immutable and thread-safe; its builder is not.
 *
 * <p>A store may return rows that a condition excludes, but must not omit rows that it includes: core applies
 * {@link #matches} to every row, so that a store that does not know a later condition is slow, not wrong.
 *
 * @since 0.1
 */
public final class KeyFilter {

    /** Every row. */
    public static final KeyFilter ALL = new Builder().build();

    private final @Nullable String owner;
    private final @Nullable String role;
    private final @Nullable String createdBy;
    private final @Nullable String matching;
    private final @Nullable KeyStatus status;
    private final @Nullable Long endingBefore;
    private final @Nullable Long unusedSince;

    private KeyFilter(Builder builder) {
        owner = builder.owner;
        role = builder.role;
        createdBy = builder.createdBy;
        matching = builder.matching;
        status = builder.status;
        endingBefore = builder.endingBefore;
        unusedSince = builder.unusedSince;
    }

    /**
     * Starts a filter without conditions.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Starts a changed copy.
     *
     * @return a builder that holds this filter's conditions
     */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.owner = owner;
        builder.role = role;
        builder.createdBy = createdBy;
        builder.matching = matching;
        builder.status = status;
        builder.endingBefore = endingBefore;
        builder.unusedSince = unusedSince;
        return builder;
    }

    /**
     * Tests a row.
     *
     * @param row the row
     * @param now the time at which its status is taken, epoch milliseconds
     * @return true if the row fulfils every condition
     */
    public boolean matches(KeyRow row, long now) {
        return (owner == null || owner.equals(row.owner()))
                && (role == null || role.equals(row.role()))
                && (createdBy == null || createdBy.equals(row.createdBy()))
                && (status == null || status == row.status(now))
                && (matching == null || contains(row, matching))
                && (endingBefore == null || endsBefore(row, endingBefore))
                && (unusedSince == null || lastUse(row) < unusedSince);
    }

    private static boolean contains(KeyRow row, String text) {
        return contains(row.id(), text) || contains(row.name(), text) || contains(row.owner(), text);
    }

    private static boolean contains(@Nullable String in, String text) {
        return in != null && lower(in).contains(lower(text));
    }

    /** Lowers only A to Z, as the databases do: their language-specific rules differ. */
    private static String lower(String text) {
        StringBuilder lower = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            lower.append(c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c);
        }
        return lower.toString();
    }

    private static boolean endsBefore(KeyRow row, long time) {
        Long end = row.endsAt();
        return end != null && end != KeyRow.UNREADABLE && end < time;
    }

    private static long lastUse(KeyRow row) {
        Long used = row.lastUsedAt();
        return used == null ? row.createdAt() : used;
    }

    /**
     * Returns the condition: exactly this owner, compared code point by code point.
     *
     * @return the value, or null for no condition
     */
    public @Nullable String owner() {
        return owner;
    }

    /**
     * Returns the condition: exactly this role.
     *
     * @return the value, or null for no condition
     */
    public @Nullable String role() {
        return role;
    }

    /**
     * Returns the condition: exactly this creator, compared code point by code point.
     *
     * @return the value, or null for no condition
     */
    public @Nullable String createdBy() {
        return createdBy;
    }

    /**
     * Returns the condition: a text that id, name or owner contains; A to Z match without case, every other character is itself ({@code %} and {@code _} too).
     *
     * @return the value, or null for no condition
     */
    public @Nullable String matching() {
        return matching;
    }

    /**
     * Returns the condition: this status at the time that goes with the call, see {@link KeyRow#status(long)}.
     *
     * @return the value, or null for no condition
     */
    public @Nullable KeyStatus status() {
        return status;
    }

    /**
     * Returns the condition: an end before this time, epoch milliseconds, see {@link KeyRow#endsAt()}; {@link KeyRow#UNREADABLE} is no end.
     *
     * @return the value, or null for no condition
     */
    public @Nullable Long endingBefore() {
        return endingBefore;
    }

    /**
     * Returns the condition: not used at this time or later, epoch milliseconds; a key that was never used counts as used when it was created.
     *
     * @return the value, or null for no condition
     */
    public @Nullable Long unusedSince() {
        return unusedSince;
    }

    private @Nullable Object[] values() {
        return new @Nullable Object[] {owner, role, createdBy, matching, status, endingBefore, unusedSince};
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof KeyFilter that && Arrays.equals(values(), that.values());
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(values());
    }

    /** Returns the conditions, without the search text. */
    @Override
    public String toString() {
        return "KeyFilter[owner=" + owner + ", role=" + role + ", createdBy=" + createdBy + ", matching="
                + (matching == null ? null : matching.length() + " characters") + ", status=" + status
                + ", endingBefore=" + endingBefore + ", unusedSince=" + unusedSince + "]";
    }

    /**
     * Builds a {@link KeyFilter}. Not thread-safe.
     *
     * @since 0.1
     */
    public static final class Builder {
        private @Nullable String owner;
        private @Nullable String role;
        private @Nullable String createdBy;
        private @Nullable String matching;
        private @Nullable KeyStatus status;
        private @Nullable Long endingBefore;
        private @Nullable Long unusedSince;

        private Builder() {}

        /**
         * Sets the condition: exactly this owner, compared code point by code point.
         *
         * @param value the value, or null for no condition
         * @return this
         */
        public Builder owner(@Nullable String value) {
            this.owner = value;
            return this;
        }

        /**
         * Sets the condition: exactly this role.
         *
         * @param value the value, or null for no condition
         * @return this
         */
        public Builder role(@Nullable String value) {
            this.role = value;
            return this;
        }

        /**
         * Sets the condition: exactly this creator, compared code point by code point.
         *
         * @param value the value, or null for no condition
         * @return this
         */
        public Builder createdBy(@Nullable String value) {
            this.createdBy = value;
            return this;
        }

        /**
         * Sets the condition: a text that id, name or owner contains; A to Z match without case, every other character is itself ({@code %} and {@code _} too).
         *
         * @param value the value, or null for no condition
         * @return this
         */
        public Builder matching(@Nullable String value) {
            this.matching = value;
            return this;
        }

        /**
         * Sets the condition: this status at the time that goes with the call, see {@link KeyRow#status(long)}.
         *
         * @param value the value, or null for no condition
         * @return this
         */
        public Builder status(@Nullable KeyStatus value) {
            this.status = value;
            return this;
        }

        /**
         * Sets the condition: an end before this time, epoch milliseconds, see {@link KeyRow#endsAt()}; {@link KeyRow#UNREADABLE} is no end.
         *
         * @param value the value, or null for no condition
         * @return this
         */
        public Builder endingBefore(@Nullable Long value) {
            this.endingBefore = value;
            return this;
        }

        /**
         * Sets the condition: not used at this time or later, epoch milliseconds; a key that was never used counts as used when it was created.
         *
         * @param value the value, or null for no condition
         * @return this
         */
        public Builder unusedSince(@Nullable Long value) {
            this.unusedSince = value;
            return this;
        }

        /**
         * Builds the filter.
         *
         * @return the filter
         */
        public KeyFilter build() {
            return new KeyFilter(this);
        }
    }
}
