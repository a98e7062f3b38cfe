package dev.apikeys;

import dev.apikeys.internal.text.Described;

/**
 * The result of {@link ApiKeyManager#maintain()}. Immutable and thread-safe.
 *
 * @since 0.1
 */
public final class Maintained {
    private final long usageWritten;
    private final long keysPurged;
    private final long handOffsEnded;
    private final long handOffsPurged;
    private final long hashesMoved;
    private final long journalPurged;
    private final boolean putOff;
    private final boolean left;

    Maintained(
            long usageWritten,
            long keysPurged,
            long handOffsEnded,
            long handOffsPurged,
            long hashesMoved,
            long journalPurged,
            boolean putOff,
            boolean left) {
        this.usageWritten = usageWritten;
        this.keysPurged = keysPurged;
        this.handOffsEnded = handOffsEnded;
        this.handOffsPurged = handOffsPurged;
        this.hashesMoved = hashesMoved;
        this.journalPurged = journalPurged;
        this.putOff = putOff;
        this.left = left;
    }

    /**
     * Returns how many uses of keys were written.
     *
     * @return the number
     */
    public long usageWritten() {
        return usageWritten;
    }

    /**
     * Returns how many keys were purged; see {@link ApiKeys.Builder#retention}.
     *
     * @return the number
     */
    public long keysPurged() {
        return keysPurged;
    }

    /**
     * Returns how many hand-offs were found expired unclaimed; their sealed secrets are wiped.
     *
     * @return the number
     */
    public long handOffsEnded() {
        return handOffsEnded;
    }

    /**
     * Returns how many claimed or expired hand-offs were purged.
     *
     * @return the number
     */
    public long handOffsPurged() {
        return handOffsPurged;
    }

    /**
     * Returns how many hashes were moved to the current pepper.
     *
     * @return the number
     */
    public long hashesMoved() {
        return hashesMoved;
    }

    /**
     * Returns how many entries of the journal were purged; see {@link ApiKeys.Builder#journalRetention}.
     *
     * @return the number
     */
    public long journalPurged() {
        return journalPurged;
    }

    /**
     * Returns whether purges were put off because the clocks of store and node differ by more than an hour.
     *
     * @return true if something was not purged for that reason
     */
    public boolean putOff() {
        return putOff;
    }

    /**
     * Returns whether work is left that could be done now, because the time budget was spent or rows were locked.
     *
     * @return true if another call makes sense
     */
    public boolean left() {
        return left;
    }

    /** Returns all numbers. */
    @Override
    public String toString() {
        return Described.as("Maintained")
                .with("usageWritten", usageWritten)
                .with("keysPurged", keysPurged)
                .with("handOffsEnded", handOffsEnded)
                .with("handOffsPurged", handOffsPurged)
                .with("hashesMoved", hashesMoved)
                .with("journalPurged", journalPurged)
                .with("putOff", putOff)
                .with("left", left)
                .toString();
    }
}
