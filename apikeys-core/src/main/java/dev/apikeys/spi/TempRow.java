package dev.apikeys.spi;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A stored temp key. It opens nothing by itself: the key to {@code sealed} is derived from the ticket, of which only the
 * hash stands here. Immutable and thread-safe.
 *
 * <p>A row is live until it is settled, expires, or is discarded. Settled means claimed: {@code settledAt} is set and
 * {@code sealed} is null. No row is settled otherwise.
 *
 * @param ticketHash the SHA-256 of the ticket, 64 hex digits; unique
 * @param keyId the key whose secret is sealed
 * @param sealed the sealed secret in Base64, at most 512 characters of ASCII; null once settled
 * @param createdAt when the row was made, epoch milliseconds
 * @param deadline from when on the row cannot be claimed, epoch milliseconds
 * @param settledAt when the row was claimed, epoch milliseconds, or null
 */
public record TempRow(
        String ticketHash,
        String keyId,
        @Nullable String sealed,
        long createdAt,
        long deadline,
        @Nullable Long settledAt) {

    /**
     * Creates a row.
     *
     * @throws IllegalArgumentException if both or neither of {@code sealed} and {@code settledAt} are null
     */
    public TempRow {
        Objects.requireNonNull(ticketHash, "ticketHash");
        Objects.requireNonNull(keyId, "keyId");
        if ((sealed == null) == (settledAt == null)) {
            throw new IllegalArgumentException("exactly one of sealed and settledAt must be null");
        }
    }

    /**
     * This row as claimed.
     *
     * @param at when, epoch milliseconds
     * @return a settled row that holds nothing sealed
     */
    public TempRow settled(long at) {
        return new TempRow(ticketHash, keyId, null, createdAt, deadline, at);
    }

    /** The row without its sealed text and ticket hash. */
    @Override
    public String toString() {
        return "TempRow[keyId=" + keyId + ", deadline=" + deadline + ", settledAt=" + settledAt + "]";
    }
}
