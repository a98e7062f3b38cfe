package dev.apikeys;

import dev.apikeys.ConflictException.Reason;
import dev.apikeys.internal.text.Masked;
import dev.apikeys.spi.KeyRow;
import org.jspecify.annotations.Nullable;

/**
 * Who asks for a change, and what must hold for it to be made.
 *
 * @param actor stands in the journal; its texts hold no secret
 * @param precondition must hold of the row that is changed, or null
 */
record Caller(Actor actor, @Nullable Precondition precondition) {
    static final Caller SYSTEM = new Caller(Actor.SYSTEM, null);

    Caller as(Actor other) {
        return new Caller(
                Actor.stored(Masked.text(other.name()), masked(other.via()), masked(other.requestId())), precondition);
    }

    private static @Nullable String masked(@Nullable String text) {
        return text == null ? null : Masked.text(text);
    }

    /** Adds to what must hold already: who narrows a view further must not widen it by that. */
    Caller provided(Precondition other) {
        return new Caller(actor, precondition instanceof Precondition.State held ? held.and(other) : other);
    }

    /** Whether a key is of the owner that is expected, if one is. */
    boolean mayOwn(KeyRow row) {
        String owner = precondition == null ? null : precondition.owner();
        return owner == null || owner.equals(row.owner());
    }

    /**
     * Checks the row that a change is about to replace. The owner comes first: whom a key does not belong to learns nothing
     * of its version.
     *
     * @throws ConflictException if the precondition does not hold
     */
    void require(KeyId id, KeyRow row) {
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
    }
}
