package dev.apikeys.spi;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A stored temp key. The row alone opens nothing: the key to {@code sealed} is derived from the ticket, of which only
 * the hash is stored. Immutable and thread-safe.
 *
 * <p>A row is in one of three states. Live: {@code sealed} is set. Settled, which means claimed: {@code settledAt} is
 * set. Ended unread: both are null.
 *
 * @param ticketHash the SHA-256 of the ticket, 64 hex digits; unique
 * @param keyId the key whose secret is sealed
 * @param sealed the sealed secret in Base64, at most 512 characters of ASCII, or null
 * @param createdAt when the row was created, epoch milliseconds
 * @param deadline the time from which the row cannot be claimed, epoch milliseconds
 * @param settledAt when the row was claimed, epoch milliseconds, or null
 * @since 0.1
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
     * @throws IllegalArgumentException if both {@code sealed} and {@code settledAt} are set
     */
    public TempRow {
        Objects.requireNonNull(ticketHash, "ticketHash");
        Objects.requireNonNull(keyId, "keyId");
        if (sealed != null && settledAt != null) {
            throw new IllegalArgumentException("sealed and settledAt are both set; allowed: at most one of them");
        }
    }

    /**
     * Returns this row as claimed.
     *
     * @param at when, epoch milliseconds
     * @return a settled row
     */
    public TempRow settled(long at) {
        return new TempRow(ticketHash, keyId, null, createdAt, deadline, at);
    }

    /**
     * Returns this row as ended unread.
     *
     * @return a row that holds nothing sealed and was not settled
     */
    public TempRow ended() {
        return new TempRow(ticketHash, keyId, null, createdAt, deadline, null);
    }

    /** Returns the row without its sealed text and ticket hash. */
    @Override
    public String toString() {
        return "TempRow[keyId=" + keyId + ", deadline=" + deadline + ", settledAt=" + settledAt + "]";
    }
}
