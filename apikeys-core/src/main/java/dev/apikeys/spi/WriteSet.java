package dev.apikeys.spi;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one {@link ApiKeyStore#write write}, all or nothing. Immutable and thread-safe; its builder is not.
 *
 * <p>{@link #split} is the only access to the rows. A later version that adds a fifth kind of row changes
 * {@link Splitter}, so that a store that does not know it fails to compile and to link instead of ignoring it.
 *
 * <pre>{@code
 * boolean write(WriteSet rows) {
 *     return rows.split((inserts, replaces, deletes, journal) -> ...);
 * }
 * }</pre>
 *
 * @since 0.1
 */
public final class WriteSet {

    /** The maximum number of key rows in a set. */
    public static final int MAX_KEYS = 1_000;

    /**
     * Receives the rows of a set. All lists are immutable. Key ids occur at most once over inserts, replaces and deletes.
     *
     * @param <T> the result
     * @since 0.1
     */
    @FunctionalInterface
    public interface Splitter<T extends @Nullable Object> {
        /**
         * Receives the rows.
         *
         * @param inserts new rows of version 1, in ascending order of id by code unit
         * @param replaces new states of existing rows, in ascending order of id by code unit
         * @param deletes rows to remove, in ascending order of id by code unit
         * @param journal journal rows to insert, without a time: the store sets it, see {@link JournalRow}
         * @return the result of {@link WriteSet#split}
         */
        T split(List<KeyRow> inserts, List<Replace> replaces, List<Delete> deletes, List<JournalRow> journal);
    }

    /**
     * A new state of an existing row, written only if the stored row has {@link #expectedVersion()} and
     * {@code expectedHash}. Versions restart when a key is deleted and another one is created under its id; the hash,
     * which differs, keeps a late write from giving it the secret or the rights of the old key. {@code lookup},
     * {@code createdAt}, {@code createdBy}, {@code usageCount} and {@code lastUsedAt} of the row are not written: they
     * stay as stored.
     *
     * @param row the new state; its version is one more than that of the stored row
     * @param expectedHash the hash of the stored row
     * @param unlessUsedSince epoch milliseconds: written only if the stored {@code lastUsedAt} is null or less; null
     *     for no such condition
     * @since 0.1
     */
    public record Replace(
            KeyRow row, String expectedHash, @Nullable Long unlessUsedSince) {
        /**
         * Creates a replacement.
         *
         * @throws IllegalArgumentException if the version of the row is less than 2
         */
        public Replace {
            Objects.requireNonNull(expectedHash, "expectedHash");
            if (row.version() < 2) {
                throw new IllegalArgumentException(
                        "version is " + row.version() + "; allowed: at least 2 for a replaced row");
            }
        }

        /**
         * The version that the stored row must have.
         *
         * @return one less than the version of the new state
         */
        public long expectedVersion() {
            return row.version() - 1;
        }
    }

    /**
     * A row to remove, if it is unchanged since it was read.
     *
     * @param id the key id
     * @param expectedHash the hash of the stored row
     * @param expectedVersion the version of the stored row, or null if it could not be read
     * @since 0.1
     */
    public record Delete(
            String id, String expectedHash, @Nullable Long expectedVersion) {
        /** Creates a removal. */
        public Delete {
            Objects.requireNonNull(id, "id");
            Objects.requireNonNull(expectedHash, "expectedHash");
        }
    }

    private final List<KeyRow> inserts;
    private final List<Replace> replaces;
    private final List<Delete> deletes;
    private final List<JournalRow> journal;

    private WriteSet(Builder builder) {
        inserts = sorted(builder.inserts, Comparator.comparing(KeyRow::id));
        replaces = sorted(
                builder.replaces, Comparator.comparing(replace -> replace.row().id()));
        deletes = sorted(builder.deletes, Comparator.comparing(Delete::id));
        journal = List.copyOf(builder.journal);
    }

    private static <T> List<T> sorted(List<T> rows, Comparator<T> order) {
        // Most sets hold at most one row of a kind, and sorting it would slow a create.
        return rows.size() < 2 ? List.copyOf(rows) : rows.stream().sorted(order).toList();
    }

    /**
     * Starts a set.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Passes the rows to a splitter, in one call.
     *
     * @param splitter receives the rows
     * @param <T> the result
     * @return the result of the splitter
     */
    public <T extends @Nullable Object> T split(Splitter<T> splitter) {
        return splitter.split(inserts, replaces, deletes, journal);
    }

    /** Returns the numbers of rows. */
    @Override
    public String toString() {
        return "WriteSet[inserts=" + inserts.size() + ", replaces=" + replaces.size() + ", deletes=" + deletes.size()
                + ", journal=" + journal.size() + "]";
    }

    /**
     * Builds a {@link WriteSet}. Not thread-safe.
     *
     * @since 0.1
     */
    public static final class Builder {
        private final List<KeyRow> inserts = new ArrayList<>(1);
        private final List<Replace> replaces = new ArrayList<>(0);
        private final List<Delete> deletes = new ArrayList<>(0);
        private final List<JournalRow> journal = new ArrayList<>(1);

        private Builder() {}

        /**
         * Adds a new row.
         *
         * @param row a row of version 1
         * @return this
         * @throws IllegalArgumentException if the version is not 1
         */
        public Builder insert(KeyRow row) {
            if (row.version() != 1) {
                throw new IllegalArgumentException("version is " + row.version() + "; allowed: 1 for a new row");
            }
            inserts.add(row);
            return this;
        }

        /**
         * Adds a new state of an existing row.
         *
         * @param replace the new state and its conditions
         * @return this
         */
        public Builder replace(Replace replace) {
            replaces.add(Objects.requireNonNull(replace, "replace"));
            return this;
        }

        /**
         * Adds a removal.
         *
         * @param delete the row and its conditions
         * @return this
         */
        public Builder delete(Delete delete) {
            deletes.add(Objects.requireNonNull(delete, "delete"));
            return this;
        }

        /**
         * Adds a journal row.
         *
         * @param row a row without a time
         * @return this
         */
        public Builder journal(JournalRow row) {
            journal.add(Objects.requireNonNull(row, "row"));
            return this;
        }

        /**
         * Builds the set.
         *
         * @return the set
         * @throws IllegalArgumentException if it is empty, holds more than {@value WriteSet#MAX_KEYS} key rows, or holds
         *     an id twice
         */
        public WriteSet build() {
            int keys = inserts.size() + replaces.size() + deletes.size();
            if (keys > MAX_KEYS || (keys == 0 && journal.isEmpty())) {
                throw new IllegalArgumentException(
                        "number of key rows is " + keys + "; allowed: 1 to " + MAX_KEYS + ", or a journal row");
            }
            if (keys > 1 && ids().size() < keys) {
                throw new IllegalArgumentException("an id occurs twice; allowed: each id once in a set");
            }
            return new WriteSet(this);
        }

        private Set<String> ids() {
            Set<String> ids = new HashSet<>();
            inserts.forEach(row -> ids.add(row.id()));
            replaces.forEach(replace -> ids.add(replace.row().id()));
            deletes.forEach(delete -> ids.add(delete.id()));
            return ids;
        }
    }
}
