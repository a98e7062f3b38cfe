package dev.apikeys;

import dev.apikeys.ConflictException.Reason;
import dev.apikeys.internal.rows.JournalRows.Author;
import dev.apikeys.internal.text.Masked;
import dev.apikeys.internal.upkeep.UsageWriter;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The actor of a change, with the precondition of the change.
 *
 * @param actor written to the journal; its texts hold no secret
 * @param precondition must hold for the row that is changed; or null
 */
record Caller(Author actor, @Nullable Precondition precondition) {
    static final Caller SYSTEM = new Caller(new Author("system", null, null), null);

    Caller as(Actor other) {
        return new Caller(
                new Author(Masked.text(other.name()), masked(other.via()), masked(other.requestId())), precondition);
    }

    private static @Nullable String masked(@Nullable String text) {
        return text == null ? null : Masked.text(text);
    }

    /** Adds to the precondition: narrowing a view further must never widen it. */
    Caller provided(Precondition other) {
        return new Caller(actor, precondition instanceof Precondition.State held ? held.and(other) : other);
    }

    /** Returns whether a key has the expected owner, if one is expected. */
    boolean mayOwn(KeyRow row) {
        String owner = precondition == null ? null : precondition.owner();
        return owner == null || owner.equals(row.owner());
    }

    /**
     * Checks the row that a change is about to replace. The owner is checked first, so that the version of another
     * owner's key is not disclosed.
     *
     * @param usage the uses that are not written yet
     * @throws ConflictException if the precondition does not hold
     */
    void require(KeyId id, KeyRow row, UsageWriter usage) {
        if (precondition == null) {
            return;
        }
        if (!mayOwn(row)) {
            throw new ConflictException(id, Reason.OWNER, "has another owner than expected");
        }
        Long version = precondition.version();
        if (version != null && version != row.version()) {
            throw new ConflictException(id, Reason.VERSION, "has version " + row.version() + ", not " + version);
        }
        Long since = unusedSince();
        if (since != null && (usage.holds(row.id()) || isUsedSince(since, row))) {
            throw new ConflictException(
                    id, Reason.USED, "was used since " + precondition.unusedSince() + ", or has uses not written yet");
        }
    }

    private static boolean isUsedSince(long millis, KeyRow row) {
        return !KeyFilter.builder().unusedSince(millis).build().matches(row, 0);
    }

    /** Returns since when the key must be unused, epoch milliseconds, or null. */
    @Nullable Long unusedSince() {
        Instant moment = precondition == null ? null : precondition.unusedSince();
        return moment == null ? null : moment.toEpochMilli();
    }
}
