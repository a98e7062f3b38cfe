package dev.apikeys;

import dev.apikeys.internal.text.Ulid;
import dev.apikeys.spi.JournalRow;
import dev.apikeys.spi.KeyRow;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The journal: makes the row that is written with a change, and reads rows. A row never holds a secret, hash, lookup,
 * ticket or pepper id. Thread-safe.
 */
final class Journal {
    private static final String PURGED = "PURGED";

    /** The last time that fits into a ULID. */
    private static final long LAST_MILLI = (1L << 48) - 1;

    private static final int STEP_BYTES = 3;
    private static final int STEPS = 3;
    private static final long LAST_STEP = (1L << (8 * STEP_BYTES)) - 1;

    private final GatedKeyStore store;
    private final RowReader rows;
    private final InstantSource clock;

    Journal(GatedKeyStore store, RowReader rows, InstantSource clock) {
        this.store = store;
        this.rows = rows;
        this.clock = clock;
    }

    /** Returns the row for a creation. */
    JournalRow created(Caller caller, KeyRow row) {
        return row(KeyEvent.Type.CREATED, caller, row.id(), change(row))
                .version(row.version())
                .details(JournalDetails.ofCreated(row))
                .build();
    }

    /** Returns the row for a change. */
    JournalRow changed(KeyEvent.Type type, Caller caller, KeyRow before, KeyRow after) {
        return row(type, caller, after.id(), change(after))
                .version(after.version())
                .details(JournalDetails.ofChanged(before, after))
                .build();
    }

    /** Returns the row for a deletion. */
    JournalRow deleted(Caller caller, KeyRow row) {
        return row(KeyEvent.Type.DELETED, caller, row.id(), change(row) + 2)
                .version(row.version())
                .details(JournalDetails.ofUnchanged(row, false))
                .build();
    }

    /** Returns the row for a repeated change of a key that exists. */
    JournalRow repeated(KeyEvent.Type type, Caller caller, KeyRow row) {
        return row(type, caller, row.id(), change(row) + 1)
                .version(row.version())
                .details(JournalDetails.ofUnchanged(row, true))
                .build();
    }

    /** Returns the row for a deletion that found no key. */
    JournalRow deletedBefore(Caller caller, KeyId id) {
        return row(KeyEvent.Type.DELETED, caller, id.value(), LAST_STEP)
                .details(JournalDetails.ofUnchanged(null, true))
                .build();
    }

    /** Returns the row for a purge, whose count the store sets. */
    JournalRow purged(Caller caller) {
        return row(PURGED, caller, null, LAST_STEP).build();
    }

    /** Returns the step at which a key came to its version. One later are repeated changes, and after them its end. */
    private static long change(KeyRow row) {
        return STEPS * Math.min(row.version(), LAST_STEP / STEPS - 1);
    }

    private JournalRow.Builder row(KeyEvent.Type type, Caller caller, String keyId, long step) {
        return row(type.name(), caller, keyId, step);
    }

    /** The id begins with time and step, so that rows of one key are in order within a millisecond too. */
    private JournalRow.Builder row(String type, Caller caller, @Nullable String keyId, long step) {
        byte[] bytes = new byte[Ulid.RANDOM_BYTES];
        // The id of a row has to be unique, not secret: no second wait for the lock of SecureRandom in each create.
        ThreadLocalRandom.current().nextBytes(bytes);
        for (int i = 0; i < STEP_BYTES; i++) {
            bytes[i] = (byte) (step >>> (8 * (STEP_BYTES - 1 - i)));
        }
        long now = Math.max(0, Math.min(clock.millis(), LAST_MILLI));
        Actor actor = caller.actor();
        return JournalRow.builder(Ulid.text(now, bytes), type, actor.name())
                .keyId(keyId)
                .via(actor.via())
                .requestId(actor.requestId());
    }

    Page<JournalEntry> read(Operation operation, JournalQuery query) {
        List<JournalRow> found = store.journal(operation, query.filter(), query.position(), query.limit());
        List<JournalEntry> entries = new ArrayList<>(found.size());
        for (JournalRow row : found) {
            entries.add(entry(row));
        }
        return new Page<>(entries, next(query, found));
    }

    /** Returns the cursor of the next page, if this one is full. */
    private static Optional<String> next(JournalQuery query, List<JournalRow> found) {
        return found.size() < query.limit()
                ? Optional.empty()
                : Optional.of(query.cursor(found.get(found.size() - 1).position()));
    }

    private JournalEntry entry(JournalRow row) {
        JournalDetails details = JournalDetails.read(row.details());
        String keyId = row.keyId();
        return new JournalEntry(
                row.id(),
                time(row.time()),
                type(row.type()),
                keyId != null && KeyId.isValid(keyId) ? new KeyId(keyId) : null,
                Actor.stored(row.actor(), row.via(), row.requestId()),
                row.version(),
                row.count(),
                details.owner(),
                details.name(),
                details.changes(rows),
                details.fields(),
                details.repeated(),
                details.cut());
    }

    private static Instant time(long millis) {
        Instant time = Instant.ofEpochMilli(millis);
        return Arguments.isReadable(time) ? time : Instant.EPOCH;
    }

    private static JournalEntry.Type type(String stored) {
        for (JournalEntry.Type type : JournalEntry.Type.values()) {
            if (type.name().equals(stored)) {
                return type;
            }
        }
        return JournalEntry.Type.OTHER;
    }
}
