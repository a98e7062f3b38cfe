package dev.apikeys.jdbc.legacy;

import java.util.List;
import java.util.Objects;

/**
 * What becomes of a row of a legacy table. Immutable and thread-safe.
 *
 * @param id the row's id: as it stands if it is a key id, else cut and with what is not printable escaped
 * @param outcome what becomes of it
 * @param findings what there is to know about it, by kind; empty if it is imported as it is
 */
public record RowReport(String id, Outcome outcome, List<Finding> findings) {

    /** What becomes of a row. */
    public enum Outcome {
        /** It is imported; in a dry run: it would be. */
        IMPORTED,
        /** The store has a key of that id or hash: that key is left alone. */
        ALREADY_THERE,
        /** It is not imported; the findings say why. */
        SKIPPED
    }

    /** Copies the findings. */
    public RowReport {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(outcome, "outcome");
        findings = List.copyOf(findings);
    }

    RowReport alreadyThere() {
        return new RowReport(id, Outcome.ALREADY_THERE, findings);
    }
}
