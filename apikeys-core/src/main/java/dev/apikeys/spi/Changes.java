package dev.apikeys.spi;

import java.util.Objects;
import java.util.Set;

/**
 * What a store reports of the changes that others made, see {@link ApiKeyStore#changes}. Immutable and thread-safe.
 *
 * @since 0.1
 */
public final class Changes {

    /**
     * How far a reader of the changes has come. Made and read by the store alone; the reader hands it back. Immutable, or
     * as if it were: an earlier mark can be handed back again.
     *
     * @since 0.1
     */
    public interface Mark {}

    private enum Extent {
        SOME,
        ALL,
        IN_DOUBT
    }

    private final Extent extent;
    private final Set<String> ids;
    private final Mark next;

    private Changes(Extent extent, Set<String> ids, Mark next) {
        this.extent = extent;
        this.ids = Set.copyOf(ids);
        this.next = Objects.requireNonNull(next, "next");
    }

    /**
     * Returns the answer that some keys changed.
     *
     * @param ids the ids of the keys, at most 1 000; none if nothing changed
     * @param next the mark of the next call
     * @return an answer
     * @throws IllegalArgumentException if there are more than 1 000 ids
     */
    public static Changes of(Set<String> ids, Mark next) {
        if (ids.size() > 1000) {
            throw new IllegalArgumentException(ids.size() + " ids; allowed: 0 to 1000, else Changes.all");
        }
        return new Changes(Extent.SOME, ids, next);
    }

    /**
     * Returns the answer that any key may have changed: more than 1 000 did, or the mark is null or older than what the
     * store remembers.
     *
     * @param next the mark of the next call
     * @return an answer
     */
    public static Changes all(Mark next) {
        return new Changes(Extent.ALL, Set.of(), next);
    }

    /**
     * Returns the answer that any key may have changed and that the store cannot vouch for what it reported: a clock went back
     * or jumped, or a change became visible late. The call does not count as good.
     *
     * @param next the mark of the next call
     * @return an answer
     */
    public static Changes inDoubt(Mark next) {
        return new Changes(Extent.IN_DOUBT, Set.of(), next);
    }

    /**
     * Returns whether any key may have changed.
     *
     * @return true if {@link #ids} says nothing
     */
    public boolean isAll() {
        return extent != Extent.SOME;
    }

    /**
     * Returns whether the store vouches for this answer and those before it.
     *
     * @return false if the answer was made by {@link #inDoubt}
     */
    public boolean isCertain() {
        return extent != Extent.IN_DOUBT;
    }

    /**
     * Returns the ids of the keys that changed.
     *
     * @return an immutable set; empty if {@link #isAll}
     */
    public Set<String> ids() {
        return ids;
    }

    /**
     * Returns the mark of the next call.
     *
     * @return a mark
     */
    public Mark next() {
        return next;
    }

    /** The extent and the number of ids. */
    @Override
    public String toString() {
        return "Changes[" + extent + ", ids=" + ids.size() + "]";
    }
}
