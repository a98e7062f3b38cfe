package dev.apikeys.tck;

import dev.apikeys.ApiKey;
import dev.apikeys.JournalEntry;
import dev.apikeys.KeyId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * The answers to the calls of a program, for comparison with the journal: no change without its row, and no row without
 * its change. Each call has its own request id, which identifies its rows. Thread-safe.
 */
final class Chronicle {

    /**
     * A row that a call must have written.
     *
     * @param version of the key after the change, or null where the row must have none
     */
    record Row(JournalEntry.Type type, KeyId key, @Nullable Long version) {
        boolean isOf(JournalEntry entry) {
            return entry.type() == type
                    && key.equals(entry.keyId())
                    && (version == null || version.equals(entry.version()));
        }

        @Override
        public String toString() {
            return type + " of " + key + (version == null ? "" : " version " + version);
        }
    }

    /**
     * The outcome of a call.
     *
     * @param rows the rows that it must have written
     * @param mayHaveMore true if it may have written other rows: its outcome is unknown, or not reported row by row
     */
    private record Answer(List<Row> rows, boolean mayHaveMore) {}

    private static final Answer UNKNOWN = new Answer(List.of(), true);

    private final String run = UUID.randomUUID().toString();
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final Map<KeyId, Collection<Map.Entry<String, Row>>> byKey = new ConcurrentHashMap<>();

    /** Registers a call that begins and returns its request id. */
    String begin(String worker, int number) {
        String request = run + " " + worker + "/" + number;
        answers.put(request, UNKNOWN);
        return request;
    }

    /** Records that a call changed nothing. */
    void nothing(String request) {
        answers.put(request, new Answer(List.of(), false));
    }

    /** Records that a call may have changed any number of keys, regardless of its answer. */
    void untold(String request) {
        answers.put(request, UNKNOWN);
    }

    /** Records the rows of a call. */
    void done(String request, List<Row> rows) {
        answers.put(request, new Answer(List.copyOf(rows), false));
        rows.forEach(row -> ofKey(row.key()).add(Map.entry(request, row)));
    }

    private Collection<Map.Entry<String, Row>> ofKey(KeyId key) {
        return byKey.computeIfAbsent(key, id -> new ConcurrentLinkedQueue<>());
    }

    /** Returns the changes of a key known so far, by request. */
    List<Map.Entry<String, Row>> known(KeyId key) {
        return List.copyOf(ofKey(key));
    }

    /** Requires the rows of changes that had returned before the journal of the key was read. */
    static void requireKnown(List<Map.Entry<String, Row>> known, List<JournalEntry> read) {
        Map<String, List<JournalEntry>> byRequest = byRequest(read);
        for (Map.Entry<String, Row> change : known) {
            boolean told =
                    byRequest.getOrDefault(change.getKey(), List.of()).stream().anyMatch(change.getValue()::isOf);
            if (!told) {
                throw new AssertionError(
                        "A change without its row: " + change.getValue() + " had returned before the journal was read");
            }
        }
    }

    private static Map<String, List<JournalEntry>> byRequest(List<JournalEntry> journal) {
        Map<String, List<JournalEntry>> byRequest = new HashMap<>();
        for (JournalEntry entry : journal) {
            String request = entry.actor().requestId();
            if (request != null) {
                byRequest.computeIfAbsent(request, id -> new ArrayList<>()).add(entry);
            }
        }
        return byRequest;
    }

    /** Compares the journal with the answers and the stored keys, once no call is under way. */
    void check(List<JournalEntry> journal, List<ApiKey> stored) {
        requireOrder(journal);
        Map<String, List<JournalEntry>> byRequest = byRequest(journal);
        byRequest.forEach((request, rows) -> {
            if (request.startsWith(run)) {
                checkRows(request, rows);
            }
        });
        answers.forEach((request, answer) -> {
            if (!answer.rows().isEmpty() && !byRequest.containsKey(request)) {
                throw new AssertionError("Changes without a row, of request " + request + ": " + answer.rows());
            }
        });
        checkVersions(journal, stored);
    }

    private static void requireOrder(List<JournalEntry> journal) {
        Set<String> ids = new HashSet<>();
        JournalEntry last = null;
        for (JournalEntry entry : journal) {
            if (!ids.add(entry.id())) {
                throw new AssertionError("On two pages of the journal: " + entry);
            }
            if (last != null && last.time().isBefore(entry.time())) {
                throw new AssertionError("Newest first, but " + entry + " came after " + last);
            }
            last = entry;
        }
    }

    private void checkRows(String request, List<JournalEntry> rows) {
        Answer answer = answers.get(request);
        if (answer == null) {
            throw new AssertionError("Rows of a request that was never made: " + rows);
        }
        List<Row> missing = new ArrayList<>(answer.rows());
        for (JournalEntry entry : rows) {
            Optional<Row> row =
                    missing.stream().filter(each -> each.isOf(entry)).findFirst();
            if (row.isPresent()) {
                missing.remove(row.get());
            } else if (!answer.mayHaveMore()) {
                throw new AssertionError("A row without its change: " + entry + " of request " + request
                        + ", which was answered with " + answer.rows());
            }
        }
        if (!missing.isEmpty()) {
            throw new AssertionError("Changes without a row, of request " + request + ": " + missing);
        }
    }

    /** Checks that each version of a key created here has exactly one row, up to the stored version. */
    private void checkVersions(List<JournalEntry> journal, List<ApiKey> stored) {
        Map<KeyId, TreeSet<Long>> versions = new HashMap<>();
        Set<KeyId> created = new HashSet<>();
        for (JournalEntry entry : journal) {
            KeyId key = entry.keyId();
            Long version = entry.version();
            if (key == null || version == null || entry.repeated() || entry.type() == JournalEntry.Type.DELETED) {
                continue;
            }
            if (!versions.computeIfAbsent(key, id -> new TreeSet<>()).add(version)) {
                throw new AssertionError(
                        "Two rows of version " + version + " of " + key + ", of which one has no change");
            }
            if (entry.type() == JournalEntry.Type.CREATED && isOfThisRun(entry)) {
                created.add(key);
            }
        }
        for (ApiKey key : stored) {
            TreeSet<Long> told = versions.getOrDefault(key.id(), new TreeSet<>());
            if (created.contains(key.id()) && (told.size() != key.version() || told.last() != key.version())) {
                throw new AssertionError(key.id() + " has version " + key.version() + ", and the journal tells of "
                        + told + ": a change without its row, or a row without its change");
            }
        }
    }

    private boolean isOfThisRun(JournalEntry entry) {
        String request = entry.actor().requestId();
        return request != null && request.startsWith(run);
    }

    /**
     * Returns the number of keys in the journal that are neither stored nor recorded as removed, which no program
     * changes.
     */
    static long unexplained(List<JournalEntry> journal, int stored) {
        long balance = -stored;
        for (JournalEntry entry : journal) {
            balance += switch (entry.type()) {
                case CREATED -> 1;
                case DELETED -> entry.repeated() ? 0 : -1;
                case PURGED -> -entry.count();
                default -> 0;
            };
        }
        return balance;
    }
}
