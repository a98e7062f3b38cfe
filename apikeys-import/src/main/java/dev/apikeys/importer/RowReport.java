package dev.apikeys.importer;

import java.util.List;
import java.util.Objects;

/**
 * The outcome for a row of a legacy table. Immutable and thread-safe.
 *
 * @param id the row's id, unchanged if it is a key id. Any other may be a secret: if it is longer than 12 characters, its
 *     first 6 and its length, escaped
 * @param outcome the outcome
 * @param remarks the remarks, by kind; empty if the row is imported unchanged
 * @since 0.1
 */
public record RowReport(String id, Outcome outcome, List<Remark> remarks) implements ImportReport {

    /**
     * The outcomes for a row.
     *
     * @since 0.1
     */
    public enum Outcome {
        /** It is imported; in a dry run: it would be. */
        IMPORTED,
        /** The store has a key with that id or hash, which is left unchanged. */
        ALREADY_THERE,
        /** It is not imported; the remarks say why. */
        SKIPPED
    }

    /** Copies the remarks. */
    public RowReport {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(outcome, "outcome");
        remarks = List.copyOf(remarks);
    }

    RowReport alreadyThere() {
        return new RowReport(id, Outcome.ALREADY_THERE, remarks);
    }

    /** Returns a line such as {@code ak_17: IMPORTED [PERMISSIONS_REPAIRED [NULL], DISABLED]}. */
    @Override
    public String toString() {
        return id + ": " + outcome + (remarks.isEmpty() ? "" : " " + remarks);
    }
}
