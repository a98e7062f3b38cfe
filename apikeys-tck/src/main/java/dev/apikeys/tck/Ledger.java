package dev.apikeys.tck;

import dev.apikeys.ApiKey;
import dev.apikeys.KeyId;
import dev.apikeys.spi.KeyStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The keys returned to a program, with the checks for them when all threads have ended. Thread-safe. */
final class Ledger {
    /** So few that threads compete for the same keys. */
    private static final int YOUNGEST = 6;

    /** Set before the manager is closed. */
    volatile boolean closing;

    /** Set when the close failed: unwritten usage is lost. */
    volatile boolean usageLost;

    /** The expected journal. */
    final Chronicle chronicle = new Chronicle();

    private final List<TrackedKey> keys = new ArrayList<>();
    private final Set<KeyId> foreign = ConcurrentHashMap.newKeySet();
    private final Map<String, Integer> doomed = new ConcurrentHashMap<>();

    synchronized void add(List<TrackedKey> created) {
        keys.addAll(created);
    }

    /** Marks all keys of an owner, including those not known yet, as about to be revoked. */
    void doom(String owner) {
        doomed.merge(owner, 1, Integer::sum);
    }

    /** Returns how often all keys of this key's owner were about to be revoked. */
    int dooms(TrackedKey key) {
        return key.owner == null ? 0 : doomed.getOrDefault(key.owner, 0);
    }

    List<TrackedKey> ofOwner(String owner) {
        return all().stream().filter(key -> owner.equals(key.owner)).toList();
    }

    /** Adds a key that existed before, or whose creation has an unknown outcome. */
    void mayExist(KeyId id) {
        foreign.add(id);
    }

    synchronized List<TrackedKey> all() {
        return List.copyOf(keys);
    }

    /** Returns one of the youngest keys, or null if there is none yet. */
    synchronized @Nullable TrackedKey pick(int number) {
        int young = Math.min(YOUNGEST, keys.size());
        return young == 0 ? null : keys.get(keys.size() - 1 - number % young);
    }

    /** Checks a list read during writes: it has each key that existed all the time, once. */
    static void checkListing(List<TrackedKey> before, List<ApiKey> listed) {
        Map<KeyId, ApiKey> byId = byId(listed);
        for (TrackedKey key : before) {
            if (!byId.containsKey(key.id) && !key.deleting) {
                throw missing(key);
            }
        }
    }

    private static Map<KeyId, ApiKey> byId(List<ApiKey> listed) {
        Map<KeyId, ApiKey> byId = new HashMap<>();
        String last = "";
        for (ApiKey key : listed) {
            if (last.compareTo(key.id().value()) >= 0) {
                throw new AssertionError("Listed out of order or twice: " + key.id() + " after " + last);
            }
            last = key.id().value();
            byId.put(key.id(), key);
        }
        return byId;
    }

    private static AssertionError missing(TrackedKey key) {
        return new AssertionError("Missing from the list: " + key + ", which was returned and never deleted");
    }

    /** Checks the final state; usage is compared exactly unless a flush may have been retried. */
    void check(List<ApiKey> listed, boolean exact) {
        Map<KeyId, ApiKey> byId = byId(listed);
        for (TrackedKey key : all()) {
            ApiKey stored = byId.remove(key.id);
            if (stored == null) {
                if (!key.deleting) {
                    throw missing(key);
                }
            } else if (key.deleted.get() > 0) {
                throw new AssertionError("Listed although it was deleted: " + key);
            } else {
                checkKey(key, stored, exact);
            }
        }
        byId.keySet().removeAll(foreign);
        if (!byId.isEmpty()) {
            throw new AssertionError("Listed although no call returned them: " + byId.keySet());
        }
    }

    private void checkKey(TrackedKey key, ApiKey stored, boolean exact) {
        int unseen = key.unknownChanges.get() + key.untoldChanges.get() + key.rotated.get();
        for (long version = 1; version <= stored.version(); version++) {
            if (!key.versions.contains(version)) {
                unseen--;
            }
        }
        if (unseen < 0) {
            throw new AssertionError(key + " has version " + stored.version() + ", and changes were answered with "
                    + key.versions + ": " + -unseen + " more were made than were asked for");
        }
        if (key.known.get() > stored.version()) {
            throw new AssertionError(key + " has version " + stored.version() + ", and a change was answered with "
                    + key.known + ": a change was lost");
        }
        if (key.ended) {
            key.requireTakenBack(stored);
        }
        if (key.unknownChanges.get() == 0) {
            checkName(key, stored);
            checkSwitch(key, stored);
        }
        long valid = key.valid.get();
        if ((stored.usageCount() < valid && !usageLost) || (exact && stored.usageCount() > valid)) {
            throw new AssertionError(
                    key + " was answered VALID " + valid + " times, and its usage count is " + stored.usageCount());
        }
    }

    /** Checks that a key has the state of its last enable or disable, unless it ended. */
    private static void checkSwitch(TrackedKey key, ApiKey stored) {
        KeyStatus wrong = last(key.off)
                .map(off -> off ? KeyStatus.ACTIVE : KeyStatus.DISABLED)
                .orElse(KeyStatus.DISABLED);
        if (stored.status() == wrong && stored.revokedAt() == null) {
            throw new AssertionError(key + " is " + wrong + ", and the switches left it so, true for off: " + key.off
                    + ": a switch was lost");
        }
    }

    private static void checkName(TrackedKey key, ApiKey stored) {
        String last = last(key.names).orElse(stored.name());
        if (!last.equals(stored.name())) {
            throw new AssertionError(key + " is named \"" + stored.name() + "\", and the last update named it \"" + last
                    + "\": an update was lost");
        }
    }

    /** Returns the entry of the highest known version. */
    private static <T> Optional<T> last(Map<Long, T> byVersion) {
        return byVersion.entrySet().stream().max(Map.Entry.comparingByKey()).map(Map.Entry::getValue);
    }
}
