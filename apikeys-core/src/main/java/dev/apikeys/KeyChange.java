package dev.apikeys;

import dev.apikeys.spi.KeyRow;
import org.jspecify.annotations.Nullable;

/** A planned change of a key, computed from the row that was read, without I/O. Immutable. */
final class KeyChange {
    /** The kind of a change. */
    enum Kind {
        /** The row is replaced by the next state. */
        REPLACED,
        /** The row is removed. */
        DELETED,
        /** The row is unchanged, since the request was already fulfilled; the repetition is written to the journal. */
        REPEATED,
        /** The row is unchanged and nothing is written. */
        UNTOUCHED
    }

    final Kind kind;
    final KeyEvent.Type type;
    final KeyRow.@Nullable Builder next;
    final String detail;
    final @Nullable NewKey successor;
    final @Nullable Long unlessUsedSince;

    private KeyChange(
            Kind kind,
            KeyEvent.Type type,
            KeyRow.@Nullable Builder next,
            String detail,
            @Nullable NewKey successor,
            @Nullable Long unlessUsedSince) {
        this.kind = kind;
        this.type = type;
        this.next = next;
        this.detail = detail;
        this.successor = successor;
        this.unlessUsedSince = unlessUsedSince;
    }

    /** Returns a change to a new state, whose version and time of change are set on write. */
    static KeyChange to(KeyEvent.Type type, KeyRow.Builder next, String detail) {
        return new KeyChange(Kind.REPLACED, type, next, detail, null, null);
    }

    static KeyChange deletion() {
        return new KeyChange(Kind.DELETED, KeyEvent.Type.DELETED, null, "", null, null);
    }

    static KeyChange repeated(KeyEvent.Type type) {
        return new KeyChange(Kind.REPEATED, type, null, "", null, null);
    }

    static KeyChange none(KeyEvent.Type type) {
        return new KeyChange(Kind.UNTOUCHED, type, null, "", null, null);
    }

    /** Returns this change with a key that is created in the same write. */
    KeyChange with(NewKey other) {
        return new KeyChange(kind, type, next, detail, other, unlessUsedSince);
    }

    /** Returns this change on the condition that the key was not used since then, epoch milliseconds. */
    KeyChange unlessUsedSince(long millis) {
        return new KeyChange(kind, type, next, detail, successor, millis);
    }

    /**
     * Returns the next state of a key that is revoked at a moment. If that is now, the key is disabled as well:
     * otherwise a node whose clock is behind, or is set back, would still accept it for a while.
     */
    static KeyRow.Builder revoked(KeyRow row, long now, long at, String reason) {
        KeyRow.Builder next = row.toBuilder().revokedAt(at).revokedReason(reason);
        return at <= now ? next.disabledAt(at) : next;
    }
}
