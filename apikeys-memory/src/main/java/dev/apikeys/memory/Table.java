package dev.apikeys.memory;

import dev.apikeys.memory.Transaction.Outcome;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Values by key, which change alone or, in a {@link Transaction}, together with others. Every change replaces one
 * version by compare-and-set. Thread-safe; reads never wait and never write.
 */
final class Table<V> {
    private final ConcurrentMap<String, Version<V>> versions;

    Table(ConcurrentMap<String, Version<V>> versions) {
        this.versions = versions;
    }

    /** Returns the committed value, or null. */
    @Nullable V get(String key) {
        Version<V> version = versions.get(key);
        return version == null ? null : version.current();
    }

    /** Returns the committed value, after running the undecided transaction of this version, if there is one. */
    @Nullable V decided(String key, Version<V> seen) {
        return isHeldUp(seen) ? get(key) : seen.current();
    }

    /** Makes one edit without a transaction. */
    Outcome apply(Edit<V> edit) {
        if (edit instanceof Edit.Put<V> put && versions.putIfAbsent(put.key(), Version.of(put.value())) == null) {
            return Outcome.COMMITTED;
        }
        for (; ; ) {
            Version<V> seen = versions.get(edit.key());
            if (isHeldUp(seen)) {
                continue;
            }
            V before = seen == null ? null : seen.current();
            Outcome refusal = edit.refusal(before);
            if (refusal != null) {
                return refusal;
            }
            if (exchange(edit.key(), seen, edit.after(before))) {
                return Outcome.COMMITTED;
            }
        }
    }

    /**
     * Puts a proposal for an absent key, for a transaction that no other thread knows.
     *
     * @return the proposal, or null if the edit is not a {@link Edit.Put} or the key is present
     */
    @Nullable Version<V> proposeNew(Edit<V> edit, Transaction transaction) {
        if (!(edit instanceof Edit.Put<V> put)) {
            return null;
        }
        Version<V> proposal = Version.proposal(null, put.value(), transaction);
        return versions.putIfAbsent(put.key(), proposal) == null ? proposal : null;
    }

    /**
     * Puts a proposal. When this returns null, the proposal is in place or the transaction is decided.
     *
     * @return why the edit cannot be made, or null
     */
    @Nullable Outcome propose(Edit<V> edit, Transaction transaction) {
        for (; ; ) {
            Version<V> seen = versions.get(edit.key());
            if (seen == null) {
                versions.putIfAbsent(edit.key(), Version.vacant());
                continue;
            }
            // After the read: a version from before the decision never recurs, so a late thread cannot propose again.
            if (transaction.decided() || seen.proposedBy(transaction)) {
                return null;
            }
            if (isHeldUp(seen)) {
                continue;
            }
            V before = seen.current();
            Outcome refusal = edit.refusal(before);
            if (refusal != null) {
                return refusal;
            }
            if (versions.replace(edit.key(), seen, Version.proposal(before, edit.after(before), transaction))) {
                return null;
            }
        }
    }

    /** Cleans up after a decided transaction: its proposal, or an unused vacancy. */
    void settle(String key, Transaction transaction) {
        Version<V> seen = versions.get(key);
        if (seen != null && (seen.proposedBy(transaction) || seen.isVacant()) && !seen.settled()) {
            exchange(key, seen, seen.current());
        }
    }

    /** Returns the number of keys with a version, present or not. */
    int size() {
        return versions.size();
    }

    /** Runs the undecided transaction of this version, if there is one. */
    private boolean isHeldUp(@Nullable Version<V> seen) {
        Transaction other = seen == null ? null : seen.undecided();
        if (other == null) {
            return false;
        }
        other.run();
        return true;
    }

    private boolean exchange(String key, @Nullable Version<V> seen, @Nullable V after) {
        if (seen == null) {
            return after == null || versions.putIfAbsent(key, Version.of(after)) == null;
        }
        return after == null ? versions.remove(key, seen) : versions.replace(key, seen, Version.of(after));
    }
}
