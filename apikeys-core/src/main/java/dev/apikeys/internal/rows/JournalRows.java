package dev.apikeys.internal.rows;

import dev.apikeys.internal.text.Ulid;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyRow;
import java.time.InstantSource;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Makes the journal row that is written with a change. It never holds a secret, hash, lookup, ticket or pepper id.
 * Thread-safe.
 */
public final class JournalRows {
    /**
     * Who makes a change, as a row says it.
     *
     * @param via the channel, or null
     * @param requestId the request, or null
     */
    public record Author(
            String name, @Nullable String via, @Nullable String requestId) {}

    private static final String CREATED = "CREATED";
    private static final String DELETED = "DELETED";
    private static final String PURGED = "PURGED";

    /** The last time that fits into a ULID. */
    private static final long LAST_MILLI = (1L << 48) - 1;

    private static final int STEP_BYTES = 3;
    private static final int STEPS = 3;
    private static final long LAST_STEP = (1L << (8 * STEP_BYTES)) - 1;

    private final InstantSource clock;

    public JournalRows(InstantSource clock) {
        this.clock = clock;
    }

    /** Returns the row for a creation. */
    public JournalRow created(Author author, KeyRow row) {
        return row(CREATED, author, row.id(), change(row))
                .version(row.version())
                .details(JournalDetails.ofCreated(row))
                .build();
    }

    /** Returns the row for a change. */
    public JournalRow changed(String type, Author author, KeyRow before, KeyRow after) {
        return row(type, author, after.id(), change(after))
                .version(after.version())
                .details(JournalDetails.ofChanged(before, after))
                .build();
    }

    /** Returns the row for a deletion. */
    public JournalRow deleted(Author author, KeyRow row) {
        return row(DELETED, author, row.id(), change(row) + 2)
                .version(row.version())
                .details(JournalDetails.ofUnchanged(row, false))
                .build();
    }

    /** Returns the row for a repeated change of a key that exists. */
    public JournalRow repeated(String type, Author author, KeyRow row) {
        return row(type, author, row.id(), change(row) + 1)
                .version(row.version())
                .details(JournalDetails.ofUnchanged(row, true))
                .build();
    }

    /** Returns the row for a deletion that found no key. */
    public JournalRow deletedBefore(Author author, String id) {
        return row(DELETED, author, id, LAST_STEP)
                .details(JournalDetails.ofUnchanged(null, true))
                .build();
    }

    /** Returns the row for a purge, whose count the store sets. */
    public JournalRow purged(Author author) {
        return row(PURGED, author, null, LAST_STEP).build();
    }

    /** Returns the step at which a key came to its version. One later are repeated changes, and after them its end. */
    private static long change(KeyRow row) {
        return STEPS * Math.min(row.version(), LAST_STEP / STEPS - 1);
    }

    /** The id begins with time and step, so that rows of one key are in order within a millisecond too. */
    private JournalRow.Builder row(String type, Author author, @Nullable String keyId, long step) {
        byte[] bytes = new byte[Ulid.RANDOM_BYTES];
        // The id of a row has to be unique, not secret: no second wait for the lock of SecureRandom in each create.
        ThreadLocalRandom.current().nextBytes(bytes);
        for (int i = 0; i < STEP_BYTES; i++) {
            bytes[i] = (byte) (step >>> (8 * (STEP_BYTES - 1 - i)));
        }
        long now = Math.max(0, Math.min(clock.millis(), LAST_MILLI));
        return JournalRow.builder(Ulid.text(now, bytes), type, author.name())
                .keyId(keyId)
                .via(author.via())
                .requestId(author.requestId());
    }
}
