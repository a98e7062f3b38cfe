package dev.apikeys.memory;

import static dev.apikeys.verify.model.Schedules.hold;
import static dev.apikeys.verify.model.Schedules.refute;

import dev.apikeys.memory.Transaction.Outcome;
import dev.apikeys.memory.Transaction.Step;
import dev.apikeys.spi.ApiKeyStore;
import dev.apikeys.spi.Change;
import dev.apikeys.spi.KeyExistsException;
import dev.apikeys.spi.KeyFilter;
import dev.apikeys.spi.KeyRow;
import dev.apikeys.spi.UsageDelta;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Keys in memory: several rows change at once or not at all, also to readers, and nobody waits for anybody. */
class KeyStoreModelCheckTest {

    private static KeyRow row(String id, @Nullable String lookup, String name, @Nullable Long expiresAt, long version) {
        return new KeyRow(
                id,
                lookup,
                "sha256$$00",
                name,
                null,
                null,
                null,
                null,
                null,
                0,
                version,
                expiresAt,
                null,
                null,
                null,
                null,
                null,
                null,
                0,
                version);
    }

    private static Change insert(String id) {
        return new Change.Insert(row(id, null, "first", null, 1));
    }

    private static Change replace(String id, String name, long version) {
        return new Change.Replace(row(id, null, name, null, version));
    }

    @Test
    void twoRowsChangeAtOnceAlsoToReaders() {
        hold(WriteTwoRows.class);
    }

    @Test
    void twinThatWritesOneRowAfterTheOtherIsCaught() {
        refute(WriteTwoRows.OneAfterTheOther.class, "half");
    }

    @Test
    void twinThatListsWithoutLookingAtTheCountIsCaught() {
        refute(WriteTwoRows.IgnoringTheCount.class, "half of a write was listed");
    }

    @Test
    void twinThatReadsTheCountBeforeTheRowIsDecidedIsCaught() {
        refute(WriteTwoRows.CountingFirst.class, "half of a write was listed");
    }

    @Test
    void twinThatListsUndecidedRowsIsCaught() {
        refute(WriteTwoRows.ListingUndecided.class, "half of a write was listed");
    }

    @Test
    void twinThatMeetsAnIdTwiceInOneTraversalIsCaught() {
        refute(WriteTwoRows.MeetingTwice.class, "an id was listed twice");
    }

    /** Two writes of the same two rows, of which one must lose, and a reader. */
    public static class WriteTwoRows {
        private final AtomicInteger written = new AtomicInteger();
        private final ApiKeyStore store;

        public WriteTwoRows() {
            this(new InMemoryApiKeyStore());
        }

        WriteTwoRows(ApiKeyStore store) {
            this.store = store;
            store.write(List.of(insert("a"), insert("b")));
        }

        @Operation(runOnce = true)
        public void write() {
            write("second");
        }

        @Operation(runOnce = true)
        public void writeToo() {
            write("other");
        }

        private void write(String name) {
            if (store.write(List.of(replace("a", name, 2), replace("b", name, 2)))) {
                written.incrementAndGet();
            }
        }

        @Operation(runOnce = true)
        public void list() {
            List<KeyRow> rows = store.list(KeyFilter.ALL, null, 10, 0).rows();
            if (rows.size() > 2) {
                throw new AssertionError("an id was listed twice: " + rows);
            }
            if (rows.size() == 2 && !rows.get(0).name().equals(rows.get(1).name())) {
                throw new AssertionError("half of a write was listed: " + rows);
            }
        }

        @Validate
        public void oneWasWrittenWhole() {
            list();
            if (written.get() != 1) {
                throw new AssertionError("half: " + written + " of two writes of one version succeeded");
            }
            requireVersion(store, "a", 2);
            requireVersion(store, "b", 2);
        }

        public static final class OneAfterTheOther extends WriteTwoRows {
            public OneAfterTheOther() {
                super(new WritesOneAfterTheOther());
            }
        }

        public static final class IgnoringTheCount extends WriteTwoRows {
            public IgnoringTheCount() {
                super(new IgnoresTheCount());
            }
        }

        public static final class CountingFirst extends WriteTwoRows {
            public CountingFirst() {
                super(new CountsBeforeItDecides());
            }
        }

        public static final class ListingUndecided extends WriteTwoRows {
            public ListingUndecided() {
                super(new ListsUndecided());
            }
        }

        public static final class MeetingTwice extends WriteTwoRows {
            public MeetingTwice() {
                super(new BeginsAgain());
            }
        }
    }

    @Test
    void writersThatMeetHelpEachOtherToTheEnd() {
        hold(OverlappingWrites.class);
    }

    @Test
    void twinThatReadsTheVersionThenPutsIsCaught() {
        refute(OverlappingWrites.ReadingThenPutting.class, "writes of one version");
    }

    /** Three writes, each of which shares a row with the next. */
    public static class OverlappingWrites {
        private final AtomicInteger ofA = new AtomicInteger(1);
        private final AtomicInteger ofB = new AtomicInteger(1);
        private final AtomicInteger ofC = new AtomicInteger(1);
        private final ApiKeyStore store;

        public OverlappingWrites() {
            this(new InMemoryApiKeyStore());
        }

        OverlappingWrites(ApiKeyStore store) {
            this.store = store;
            store.write(List.of(insert("a"), insert("b"), insert("c")));
        }

        @Operation(runOnce = true)
        public void writeAandB() {
            if (store.write(List.of(replace("a", "ab", 2), replace("b", "ab", 2)))) {
                ofA.incrementAndGet();
                ofB.incrementAndGet();
            }
        }

        @Operation(runOnce = true)
        public void writeBandC() {
            if (store.write(List.of(replace("b", "bc", 2), replace("c", "bc", 2)))) {
                ofB.incrementAndGet();
                ofC.incrementAndGet();
            }
        }

        @Operation(runOnce = true)
        public void writeB() {
            if (store.write(List.of(replace("b", "b", 2)))) {
                ofB.incrementAndGet();
            }
        }

        @Validate
        public void versionsAreWhatWasWritten() {
            if (ofB.get() != 2) {
                throw new AssertionError("of three writes of one version " + (ofB.get() - 1) + " succeeded");
            }
            requireVersion(store, "a", ofA.get());
            requireVersion(store, "b", 2);
            requireVersion(store, "c", ofC.get());
        }

        public static final class ReadingThenPutting extends OverlappingWrites {
            public ReadingThenPutting() {
                super(new WritesOneAfterTheOther());
            }
        }
    }

    @Test
    void aLookupBelongsToOneRow() {
        hold(InsertOneLookupTwice.class);
    }

    @Test
    void twinThatLooksForTheLookupThenPutsIsCaught() {
        refute(InsertOneLookupTwice.LookingThenPutting.class, "inserted 2 rows of one lookup");
    }

    @Test
    void twinThatPutsTheLookupBeforeTheRowIsCaught() {
        refute(InsertOneLookupTwice.PuttingTheLookupFirst.class, "found by lookup and not by id");
    }

    /** Two rows that want one lookup, and a reader by it. */
    public static class InsertOneLookupTwice {
        private final AtomicInteger inserted = new AtomicInteger();
        private final ApiKeyStore store;

        public InsertOneLookupTwice() {
            this(new InMemoryApiKeyStore());
        }

        InsertOneLookupTwice(ApiKeyStore store) {
            this.store = store;
        }

        @Operation(runOnce = true)
        public void insert() {
            insert("a");
        }

        @Operation(runOnce = true)
        public void insertToo() {
            insert("b");
        }

        private void insert(String id) {
            try {
                store.write(List.of(new Change.Insert(row(id, "lookup", "first", null, 1))));
                inserted.incrementAndGet();
            } catch (KeyExistsException e) {
                if (store.find(id) != null) {
                    throw new AssertionError("refused and kept");
                }
            }
        }

        @Operation(runOnce = true)
        public void find() {
            KeyRow found = store.findByLookup("lookup");
            if (found != null && store.find(found.id()) == null) {
                throw new AssertionError("found by lookup and not by id");
            }
        }

        @Validate
        public void oneIsThere() {
            if (inserted.get() != 1 || store.findByLookup("lookup") == null) {
                throw new AssertionError("inserted " + inserted + " rows of one lookup");
            }
            if (store instanceof InMemoryApiKeyStore memory && !memory.sizes().equals(List.of(1, 1))) {
                throw new AssertionError("left behind: " + memory.sizes());
            }
        }

        public static final class LookingThenPutting extends InsertOneLookupTwice {
            public LookingThenPutting() {
                super(new LooksThenPuts());
            }
        }

        public static final class PuttingTheLookupFirst extends InsertOneLookupTwice {
            public PuttingTheLookupFirst() {
                super(new PutsTheLookupFirst());
            }
        }
    }

    @Test
    void usageAndChangesOfARowDoNotOverwriteEachOther() {
        hold(UseWhileReplacing.class);
    }

    @Test
    void twinThatReadsThenPutsIsCaught() {
        refute(UseWhileReplacing.ReadingThenPutting.class, "lost");
    }

    /** Uses that are added from two sides, and a change of the row. */
    public static class UseWhileReplacing {
        private final ApiKeyStore store;

        public UseWhileReplacing() {
            this(new InMemoryApiKeyStore());
        }

        UseWhileReplacing(ApiKeyStore store) {
            this.store = store;
            store.write(List.of(insert("a"), insert("b")));
        }

        @Operation(runOnce = true)
        public void use() {
            store.addUsage(List.of(new UsageDelta("a", 1, 7)));
        }

        @Operation(runOnce = true)
        public void useToo() {
            store.addUsage(List.of(new UsageDelta("a", 1, 5)));
        }

        @Operation(runOnce = true)
        public void replaceBoth() {
            store.write(List.of(replace("a", "second", 2), replace("b", "second", 2)));
        }

        @Validate
        public void nothingIsLost() {
            KeyRow row = store.find("a");
            if (row == null
                    || row.version() != 2
                    || row.usageCount() != 2
                    || !Long.valueOf(7).equals(row.lastUsedAt())) {
                throw new AssertionError("lost: " + row);
            }
        }

        public static final class ReadingThenPutting extends UseWhileReplacing {
            public ReadingThenPutting() {
                super(new WritesOneAfterTheOther());
            }
        }
    }

    @Test
    void maintenancePurgesNoKeyThatWasProlongedAndNoNewOne() {
        hold(PurgeWhileProlongingAndCreating.class);
    }

    @Test
    void twinThatPurgesByIdIsCaught() {
        refute(PurgeWhileProlongingAndCreating.PurgingById.class, "prolonged 1 times and purged 1 times");
    }

    /** A purge, a change that moves the end of the key that the purge looks at, and a create. */
    public static class PurgeWhileProlongingAndCreating {
        private final AtomicInteger prolonged = new AtomicInteger();
        private final AtomicInteger purged = new AtomicInteger();
        private final ApiKeyStore store;

        public PurgeWhileProlongingAndCreating() {
            this(new InMemoryApiKeyStore());
        }

        PurgeWhileProlongingAndCreating(ApiKeyStore store) {
            this.store = store;
            store.write(List.of(new Change.Insert(row("a", "lookup", "first", 1L, 1))));
        }

        @Operation(runOnce = true)
        public void purge() {
            purged.addAndGet(store.purge(5, 10).size());
        }

        @Operation(runOnce = true)
        public void prolong() {
            if (store.write(List.of(new Change.Replace(row("a", "lookup", "second", null, 2))))) {
                prolonged.incrementAndGet();
            }
        }

        @Operation(runOnce = true)
        public void create() {
            store.write(List.of(insert("b")));
        }

        @Validate
        public void oneOfTheTwoWon() {
            if (prolonged.get() + purged.get() != 1) {
                throw new AssertionError("prolonged " + prolonged + " times and purged " + purged + " times");
            }
            if ((store.find("a") != null) != (prolonged.get() == 1) || store.find("b") == null) {
                throw new AssertionError("purged what must stay");
            }
            if (store instanceof InMemoryApiKeyStore memory
                    && !memory.sizes().equals(List.of(1 + prolonged.get(), prolonged.get()))) {
                throw new AssertionError("left behind: " + memory.sizes());
            }
        }

        public static final class PurgingById extends PurgeWhileProlongingAndCreating {
            public PurgingById() {
                super(new PurgesById());
            }
        }
    }

    @Test
    void whoHelpsTooLateBringsNothingBack() {
        hold(DeleteWhileOneHelpsLate.class);
    }

    @Test
    void twinThatAsksWhetherItIsOverBeforeItLooksIsCaught() {
        refute(DeleteWhileOneHelpsLate.AskingFirst.class, "what was deleted is there again");
    }

    /**
     * Two who run one insert, as a writer and its helper do; one goes on, deletes the row and inserts another, which lays a
     * vacancy where the other one looks.
     */
    public static class DeleteWhileOneHelpsLate {
        private static final String ID = "a";

        private final ConcurrentSkipListMap<String, Version<KeyRow>> versions = new ConcurrentSkipListMap<>();
        private final Table<KeyRow> rows = new Table<>(versions);
        private final AtomicLong commits = new AtomicLong();
        private final Edit<KeyRow> first = new Edit.InsertRow(row(ID, null, "first", null, 1));
        private final Transaction shared = inserting(first);

        private Transaction inserting(Edit<KeyRow> edit) {
            return new Transaction(List.of(new Step<>(rows, edit, ID)), commits);
        }

        @Operation(runOnce = true)
        public void help() {
            propose();
            shared.run();
        }

        /** For a twin: proposes what the run that follows would propose. */
        void propose() {}

        @Operation(runOnce = true)
        public void helpThenDeleteAndInsertAnew() {
            shared.run();
            KeyRow row = rows.get(ID);
            if (row == null || rows.apply(new Edit.RemoveRow(row)) != Outcome.COMMITTED) {
                throw new AssertionError("what was inserted is not there: " + row);
            }
            Transaction anew = inserting(new Edit.InsertRow(row(ID, null, "second", null, 1)));
            if (anew.run().outcome() != Outcome.COMMITTED) {
                throw new AssertionError("what was deleted is there again");
            }
        }

        @Validate
        public void theNewOneIsThere() {
            KeyRow row = rows.get(ID);
            if (row == null || !row.name().equals("second")) {
                throw new AssertionError("what was deleted is there again: " + row);
            }
        }

        /** Broken: after the answer the transaction is decided, and what is seen then is of another. */
        public static final class AskingFirst extends DeleteWhileOneHelpsLate {
            @Override
            void propose() {
                boolean over = super.shared.decided();
                Version<KeyRow> seen = super.versions.get(ID);
                if (!over && seen != null && seen.isVacant()) {
                    KeyRow after = super.first.after(null);
                    super.versions.replace(ID, seen, Version.proposal(null, after, super.shared));
                }
            }
        }
    }

    private static void requireVersion(ApiKeyStore store, String id, long version) {
        KeyRow row = store.find(id);
        if (row == null || row.version() != version) {
            throw new AssertionError(id + " has version " + (row == null ? null : row.version()) + ", not " + version);
        }
    }

    /** What no program asks of a twin. */
    private abstract static class Twin implements ApiKeyStore {
        @Override
        public @Nullable KeyRow findByLookup(String lookup) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Slice list(KeyFilter filter, @Nullable String afterId, int limit, long now) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void addUsage(List<UsageDelta> deltas) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean delete(String id) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<KeyRow> purge(long endedBefore, int limit) {
            throw new UnsupportedOperationException();
        }
    }

    /** The rows of the memory store, written as it writes them, under a list that is broken. */
    private abstract static class BrokenList extends Twin {
        final ConcurrentSkipListMap<String, Version<KeyRow>> versions = new ConcurrentSkipListMap<>();
        final Table<KeyRow> rows = new Table<>(versions);
        final AtomicLong commits = new AtomicLong();

        @Override
        public boolean write(List<Change> changes) {
            List<Step<?>> steps = new ArrayList<>();
            for (Change change : changes) {
                Edit<KeyRow> edit = change instanceof Change.Replace replace
                        ? new Edit.ReplaceRow(replace)
                        : new Edit.InsertRow(change.row());
                steps.add(new Step<>(rows, edit, change.row().id()));
            }
            return new Transaction(steps, commits).run().outcome() == Outcome.COMMITTED;
        }

        @Override
        public @Nullable KeyRow find(String id) {
            return rows.get(id);
        }

        @Override
        public Slice list(KeyFilter filter, @Nullable String afterId, int limit, long now) {
            long moment = commits.get();
            List<KeyRow> found = new ArrayList<>();
            for (Map.Entry<String, Version<KeyRow>> entry : versions.entrySet()) {
                KeyRow row = rowOf(moment, entry.getKey(), entry.getValue());
                if (row == null) {
                    break;
                }
                found.add(row);
            }
            return new Slice(found, null);
        }

        /** The row, or null if it is not of this moment and the list must end. */
        abstract @Nullable KeyRow rowOf(long moment, String id, Version<KeyRow> version);
    }

    /** Broken: one row from before a write, the next one from after it. */
    private static final class IgnoresTheCount extends BrokenList {
        @Override
        @Nullable KeyRow rowOf(long moment, String id, Version<KeyRow> version) {
            return rows.decided(id, version);
        }
    }

    /** Broken: between the look at the count and the row's decision a write is decided. */
    private static final class CountsBeforeItDecides extends BrokenList {
        @Override
        @Nullable KeyRow rowOf(long moment, String id, Version<KeyRow> version) {
            long now = commits.get();
            KeyRow row = rows.decided(id, version);
            return now == moment ? row : null;
        }
    }

    /** Broken: a write that has moved the count is not decided yet, and its rows are seen as before it. */
    private static final class ListsUndecided extends BrokenList {
        @Override
        @Nullable KeyRow rowOf(long moment, String id, Version<KeyRow> version) {
            KeyRow row = version.current();
            return commits.get() == moment ? row : null;
        }
    }

    /** Broken: begins again when the count has moved, and keeps what it has found. */
    private static final class BeginsAgain extends BrokenList {
        @Override
        public Slice list(KeyFilter filter, @Nullable String afterId, int limit, long now) {
            List<KeyRow> found =
                    new ArrayList<>(super.list(filter, afterId, limit, now).rows());
            if (found.size() < 2) {
                found.addAll(super.list(filter, afterId, limit, now).rows());
            }
            return new Slice(found, null);
        }

        @Override
        @Nullable KeyRow rowOf(long moment, String id, Version<KeyRow> version) {
            KeyRow row = rows.decided(id, version);
            return commits.get() == moment ? row : null;
        }
    }

    /** Rows in two indexes, and nothing that changes both at once. */
    private abstract static class TwoMaps extends Twin {
        final ConcurrentHashMap<String, KeyRow> rows = new ConcurrentHashMap<>();
        final ConcurrentHashMap<String, KeyRow> byLookup = new ConcurrentHashMap<>();

        @Override
        public @Nullable KeyRow find(String id) {
            return rows.get(id);
        }

        @Override
        public @Nullable KeyRow findByLookup(String lookup) {
            return byLookup.get(lookup);
        }
    }

    /** Broken: both see that nobody has the lookup. */
    private static final class LooksThenPuts extends TwoMaps {
        @Override
        public boolean write(List<Change> changes) {
            KeyRow row = changes.get(0).row();
            if (byLookup.containsKey(row.lookup())) {
                throw new KeyExistsException(row.id(), null);
            }
            rows.put(row.id(), row);
            byLookup.put(row.lookup(), row);
            return true;
        }
    }

    /** Broken: who finds the row by its lookup may not find it by its id yet. */
    private static final class PutsTheLookupFirst extends TwoMaps {
        @Override
        public boolean write(List<Change> changes) {
            KeyRow row = changes.get(0).row();
            if (byLookup.putIfAbsent(row.lookup(), row) != null) {
                throw new KeyExistsException(row.id(), null);
            }
            rows.put(row.id(), row);
            return true;
        }
    }

    /** Broken: decides on a row, and removes what stands under its id by then. */
    private static final class PurgesById extends Twin {
        private final ConcurrentSkipListMap<String, KeyRow> rows = new ConcurrentSkipListMap<>();

        @Override
        public boolean write(List<Change> changes) {
            KeyRow row = changes.get(0).row();
            KeyRow stored = rows.get(row.id());
            return stored == null
                    ? changes.get(0) instanceof Change.Insert && rows.putIfAbsent(row.id(), row) == null
                    : stored.version() == row.version() - 1 && rows.replace(row.id(), stored, row);
        }

        @Override
        public @Nullable KeyRow find(String id) {
            return rows.get(id);
        }

        @Override
        public List<KeyRow> purge(long endedBefore, int limit) {
            List<KeyRow> removed = new ArrayList<>();
            for (KeyRow row : rows.values()) {
                Long end = row.expiresAt();
                if (end != null && end < endedBefore && rows.remove(row.id()) != null) {
                    removed.add(row);
                }
            }
            return removed;
        }
    }

    /** Broken twice: looks at all versions and then puts row after row, and puts back a row as it was read. */
    private static final class WritesOneAfterTheOther extends Twin {
        private final ConcurrentSkipListMap<String, KeyRow> rows = new ConcurrentSkipListMap<>();

        @Override
        public boolean write(List<Change> changes) {
            for (Change change : changes) {
                KeyRow stored = rows.get(change.row().id());
                if (stored != null && stored.version() != change.row().version() - 1) {
                    return false;
                }
            }
            for (Change change : changes) {
                KeyRow stored = rows.get(change.row().id());
                rows.put(change.row().id(), stored == null ? change.row() : used(change.row(), stored, 0, 0));
            }
            return true;
        }

        @Override
        public void addUsage(List<UsageDelta> deltas) {
            for (UsageDelta delta : deltas) {
                KeyRow stored = rows.get(delta.keyId());
                if (stored != null) {
                    rows.put(delta.keyId(), used(stored, stored, delta.count(), delta.lastUsedAt()));
                }
            }
        }

        private static KeyRow used(KeyRow row, KeyRow before, long more, long at) {
            Long last = before.lastUsedAt();
            return new KeyRow(
                    row.id(),
                    row.lookup(),
                    row.hash(),
                    row.name(),
                    null,
                    null,
                    null,
                    null,
                    null,
                    row.createdAt(),
                    row.updatedAt(),
                    row.expiresAt(),
                    more == 0 ? last : (Long) Math.max(last == null ? 0 : last, at),
                    null,
                    null,
                    null,
                    null,
                    null,
                    before.usageCount() + more,
                    row.version());
        }

        @Override
        public @Nullable KeyRow find(String id) {
            return rows.get(id);
        }

        @Override
        public Slice list(KeyFilter filter, @Nullable String afterId, int limit, long now) {
            return new Slice(rows.entrySet().stream().map(Map.Entry::getValue).toList(), null);
        }
    }
}
