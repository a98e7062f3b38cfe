package dev.apikeys.spi;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One row of the journal: who did what to which key. Immutable and thread-safe; its builder is not.
 *
 * <p>Core creates the row; the store sets its time on write, from the store's own clock (the database's, not the
 * node's), in the transaction of the key rows. Rows are never changed, and removed only by
 * {@link ApiKeyStore#purgeJournal}.
 *
 * @since 0.1
 */
public final class JournalRow {

    /** The type of the row of a key that was created. */
    public static final String CREATED = "CREATED";

    /**
     * The position of a row in the journal, which is sorted by time, then by id.
     *
     * @param time epoch milliseconds
     * @param id the row's id
     * @since 0.1
     */
    public record Position(long time, String id) {
        /** Creates a position. */
        public Position {
            Objects.requireNonNull(id, "id");
        }
    }

    /**
     * A condition on journal rows; null means no restriction. Immutable and thread-safe; its builder is not.
     *
     * @since 0.1
     */
    public static final class Filter {

        /** Every row. */
        public static final Filter ALL = new Builder().build();

        private final @Nullable String keyId;
        private final @Nullable String actor;
        private final @Nullable Long from;
        private final @Nullable Long until;

        private Filter(Builder builder) {
            keyId = builder.keyId;
            actor = builder.actor;
            from = builder.from;
            until = builder.until;
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
            return new Builder().keyId(keyId).actor(actor).from(from).until(until);
        }

        /**
         * Tests a row.
         *
         * @param row a row with its time
         * @return true if the row fulfils every condition
         */
        public boolean matches(JournalRow row) {
            return (keyId == null || keyId.equals(row.keyId))
                    && (actor == null || actor.equals(row.actor))
                    && (from == null || row.time >= from)
                    && (until == null || row.time < until);
        }

        /**
         * Returns the condition: exactly this key.
         *
         * @return the key id, or null for no condition
         */
        public @Nullable String keyId() {
            return keyId;
        }

        /**
         * Returns the condition: exactly this actor, compared code point by code point.
         *
         * @return the actor, or null for no condition
         */
        public @Nullable String actor() {
            return actor;
        }

        /**
         * Returns the condition: rows of this time or later, epoch milliseconds.
         *
         * @return the time, or null for no condition
         */
        public @Nullable Long from() {
            return from;
        }

        /**
         * Returns the condition: rows before this time, epoch milliseconds.
         *
         * @return the time, or null for no condition
         */
        public @Nullable Long until() {
            return until;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Filter that
                    && Objects.equals(keyId, that.keyId)
                    && Objects.equals(actor, that.actor)
                    && Objects.equals(from, that.from)
                    && Objects.equals(until, that.until);
        }

        @Override
        public int hashCode() {
            return Objects.hash(keyId, actor, from, until);
        }

        /** Returns the conditions. */
        @Override
        public String toString() {
            return "Filter[keyId=" + keyId + ", actor=" + actor + ", from=" + from + ", until=" + until + "]";
        }

        /**
         * Builds a {@link Filter}. Not thread-safe.
         *
         * @since 0.1
         */
        public static final class Builder {
            private @Nullable String keyId;
            private @Nullable String actor;
            private @Nullable Long from;
            private @Nullable Long until;

            private Builder() {}

            /**
             * Sets the condition: exactly this key.
             *
             * @param value the value, or null for no condition
             * @return this
             */
            public Builder keyId(@Nullable String value) {
                this.keyId = value;
                return this;
            }

            /**
             * Sets the condition: exactly this actor, compared code point by code point.
             *
             * @param value the value, or null for no condition
             * @return this
             */
            public Builder actor(@Nullable String value) {
                this.actor = value;
                return this;
            }

            /**
             * Sets the condition: rows of this time or later, epoch milliseconds.
             *
             * @param value the value, or null for no condition
             * @return this
             */
            public Builder from(@Nullable Long value) {
                this.from = value;
                return this;
            }

            /**
             * Sets the condition: rows before this time, epoch milliseconds.
             *
             * @param value the value, or null for no condition
             * @return this
             */
            public Builder until(@Nullable Long value) {
                this.until = value;
                return this;
            }

            /**
             * Builds the filter.
             *
             * @return the filter
             */
            public Filter build() {
                return new Filter(this);
            }
        }
    }

    private final String id;
    private final long time;
    private final String type;
    private final @Nullable String keyId;
    private final String actor;
    private final @Nullable String via;
    private final @Nullable String requestId;
    private final @Nullable Long version;
    private final long count;
    private final @Nullable String details;

    private JournalRow(Builder builder) {
        id = builder.id;
        time = builder.time;
        type = builder.type;
        keyId = builder.keyId;
        actor = builder.actor;
        via = builder.via;
        requestId = builder.requestId;
        version = builder.version;
        count = builder.count;
        details = builder.details;
    }

    /**
     * Starts a row of time 0 and count 1.
     *
     * @param id a ULID of core's in lower case, 26 characters; unique over all rows
     * @param type the type of the change, at most 32 characters of ASCII
     * @param actor who did it, at most 200 code points
     * @return a builder
     */
    public static Builder builder(String id, String type, String actor) {
        return new Builder(id, type, actor);
    }

    /**
     * Starts a changed copy.
     *
     * @return a builder that holds this row's values
     */
    public Builder toBuilder() {
        Builder builder = new Builder(id, type, actor);
        builder.time = time;
        builder.keyId = keyId;
        builder.via = via;
        builder.requestId = requestId;
        builder.version = version;
        builder.count = count;
        builder.details = details;
        return builder;
    }

    /**
     * Returns the id.
     *
     * @return a ULID in lower case
     */
    public String id() {
        return id;
    }

    /**
     * Returns when the row was written, by the store's clock.
     *
     * @return epoch milliseconds; 0 in a row that was not written
     */
    public long time() {
        return time;
    }

    /**
     * Returns the type of the change.
     *
     * @return at most 32 characters of ASCII
     */
    public String type() {
        return type;
    }

    /**
     * Returns the key.
     *
     * @return its id, or null where the row is about several
     */
    public @Nullable String keyId() {
        return keyId;
    }

    /**
     * Returns who did it.
     *
     * @return at most 200 code points
     */
    public String actor() {
        return actor;
    }

    /**
     * Returns the channel through which the actor acted, such as {@code admin page}.
     *
     * @return at most 200 code points, or null
     */
    public @Nullable String via() {
        return via;
    }

    /**
     * Returns the request in which it was done.
     *
     * @return at most 200 code points, or null
     */
    public @Nullable String requestId() {
        return requestId;
    }

    /**
     * Returns the version of the key after the change.
     *
     * @return the version, or null
     */
    public @Nullable Long version() {
        return version;
    }

    /**
     * Returns how many keys the row is about. A purge sets it to the number of rows removed.
     *
     * @return 1 unless the row is about several
     */
    public long count() {
        return count;
    }

    /**
     * Returns the details of the change, written by core.
     *
     * @return JSON of at most 4 KiB in UTF-8, or null
     */
    public @Nullable String details() {
        return details;
    }

    /**
     * Returns whether the row is about a key that existed before, which {@link ApiKeyStore#changes} reports. A creation is
     * not: that a key is absent is remembered for a second. Nor is a purge: its keys had ended.
     *
     * @return true if the row has a key and another type than {@link #CREATED}
     */
    public boolean isChange() {
        return keyId != null && !type.equals(CREATED);
    }

    /**
     * Returns the row's place in the journal.
     *
     * @return time and id
     */
    public Position position() {
        return new Position(time, id);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof JournalRow that
                && id.equals(that.id)
                && time == that.time
                && type.equals(that.type)
                && Objects.equals(keyId, that.keyId)
                && actor.equals(that.actor)
                && Objects.equals(via, that.via)
                && Objects.equals(requestId, that.requestId)
                && Objects.equals(version, that.version)
                && count == that.count
                && Objects.equals(details, that.details);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    /** Returns the row without its details. */
    @Override
    public String toString() {
        return "JournalRow[id=" + id + ", time=" + time + ", type=" + type + ", keyId=" + keyId + "]";
    }

    /**
     * Builds a {@link JournalRow}. Not thread-safe.
     *
     * @since 0.1
     */
    public static final class Builder {
        private final String id;
        private final String type;
        private final String actor;
        private long time;
        private @Nullable String keyId;
        private @Nullable String via;
        private @Nullable String requestId;
        private @Nullable Long version;
        private long count = 1;
        private @Nullable String details;

        private Builder(String id, String type, String actor) {
            this.id = Objects.requireNonNull(id, "id");
            this.type = Objects.requireNonNull(type, "type");
            this.actor = Objects.requireNonNull(actor, "actor");
        }

        /**
         * Sets the time, which the store does when it writes or reads the row.
         *
         * @param millis epoch milliseconds
         * @return this
         */
        public Builder time(long millis) {
            this.time = millis;
            return this;
        }

        /**
         * Sets the key.
         *
         * @param id its id, or null
         * @return this
         */
        public Builder keyId(@Nullable String id) {
            this.keyId = id;
            return this;
        }

        /**
         * Sets the channel through which the actor acted.
         *
         * @param way at most 200 code points, or null
         * @return this
         */
        public Builder via(@Nullable String way) {
            this.via = way;
            return this;
        }

        /**
         * Sets the request.
         *
         * @param request at most 200 code points, or null
         * @return this
         */
        public Builder requestId(@Nullable String request) {
            this.requestId = request;
            return this;
        }

        /**
         * Sets the version of the key after the change.
         *
         * @param number the version, or null
         * @return this
         */
        public Builder version(@Nullable Long number) {
            this.version = number;
            return this;
        }

        /**
         * Sets how many keys the row is about.
         *
         * @param keys the number
         * @return this
         */
        public Builder count(long keys) {
            this.count = keys;
            return this;
        }

        /**
         * Sets the details of the change, written by core.
         *
         * @param json JSON of at most 4 KiB in UTF-8, or null
         * @return this
         */
        public Builder details(@Nullable String json) {
            this.details = json;
            return this;
        }

        /**
         * Builds the row.
         *
         * @return the row
         */
        public JournalRow build() {
            return new JournalRow(this);
        }
    }
}
