package dev.apikeys;

import dev.apikeys.spi.KeyRow;
import org.jspecify.annotations.Nullable;

/** What is to become of a key: worked out from the row that was read, without I/O. Immutable. */
final class KeyChange {
    /** How a key is to be left. */
    enum Kind {
        /** In a new state. */
        REPLACED,
        /** Not at all: it is removed. */
        DELETED,
        /** As it is, since what is asked for is done; the journal has it once more. */
        REPEATED,
        /** As it is, and nothing is written. */
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

    /** A new state, whose version and time of change are set when it is written. */
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

    /** With a key that is created in the same write. */
    KeyChange with(NewKey other) {
        return new KeyChange(kind, type, next, detail, other, unlessUsedSince);
    }

    /** Only if the key was not used since then, epoch milliseconds. */
    KeyChange unlessUsedSince(long millis) {
        return new KeyChange(kind, type, next, detail, successor, millis);
    }

    /**
     * The next state of a key that is revoked at a moment. Where that is now, the key is switched off as well: a node whose
     * clock is behind, or a clock that is set back, would otherwise take it for one that has some time left.
     */
    static KeyRow.Builder revoked(KeyRow row, long now, long at, String reason) {
        KeyRow.Builder next = row.toBuilder().revokedAt(at).revokedReason(reason);
        return at <= now ? next.disabledAt(at) : next;
    }
}
